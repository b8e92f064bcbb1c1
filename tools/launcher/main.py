"""The second file a board with an official MicroPython runs: the firmware's main module, from the slot that boot.py has chosen."""

__import__("main")
