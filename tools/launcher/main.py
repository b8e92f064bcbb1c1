"""The second file a board with an official MicroPython runs: the firmware's main module, from the slot that boot.py has chosen.

Both files share one name space, so what boot.py has defined is here.
"""

_boot = globals()
if _boot["_running"]:
    _boot["_feeds"] = _boot["_START_FEEDS"]
    _boot["_running"] = _boot["_start"](("boot", "main"), _boot["_running"])
