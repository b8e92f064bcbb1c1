"""Outputs and the level at which nothing happens. The coil lives on edges: any level is safe for it.

The RCD test current, the lights and the lock are on the expander, which the reset line of the module resets too (README.md).
"""

SAFE_OUTPUTS = (
    (32, 0),  # coil
    (33, 1),  # pilot: steady +12 V
    (5, 1),  # meter chip select
)
