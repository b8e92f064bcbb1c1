"""Outputs and the level at which nothing happens. The coil lives on edges: any level is safe for it.

The clear line of the coil's one-shot, the RCD test current and the lights are on the expander, which the reset line of the module resets too (README.md).
"""

SAFE_OUTPUTS = (
    (32, 0),  # coil
    (33, 1),  # pilot: steady +12 V
    (5, 1),  # meter chip select
)
