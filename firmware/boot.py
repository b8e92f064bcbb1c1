"""First of all: every output into its safe state, before anything that can fail.

The board's table is data only: `SAFE_OUTPUTS = ((pin, level), ...)` in its safe_outputs.py. A pin that cannot be set does not keep the
others from being set. main.py follows by itself.
"""

from machine import Pin
from safe_outputs import SAFE_OUTPUTS

for _pin, _level in SAFE_OUTPUTS:
    try:
        Pin(_pin, Pin.OUT, value=_level)
    except Exception as _error:
        print("output", _pin, "is not in its safe state:", _error)
