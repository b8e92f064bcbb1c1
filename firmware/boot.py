"""First of all: no interruption by the console, and every output into its safe state, before anything that can fail.

The board's table is data only: `SAFE_OUTPUTS = ((pin, level), ...)` in its safe_outputs.py. A pin that cannot be set does not keep the
others from being set. main.py follows by itself.
"""

import micropython
from machine import Pin
from safe_outputs import SAFE_OUTPUTS

_kbd_intr = getattr(micropython, "kbd_intr", None)
if _kbd_intr is not None:
    _kbd_intr(-1)  # Ctrl-C, or noise that looks like it, would leave a prompt and no charger; the console's server gives it back in a session

for _pin, _level in SAFE_OUTPUTS:
    try:
        Pin(_pin, Pin.OUT, value=_level)
    except Exception as _error:
        print("output", _pin, "is not in its safe state:", _error)
