"""Outputs and the level at which nothing happens. The coil lives on edges: any level is safe for it, and 0 on the clear line keeps it off."""

SAFE_OUTPUTS = (
    (6, 0),  # coil
    (14, 0),  # clears the coil's one-shot
    (5, 0),  # RCD test current
    (4, 1),  # pilot: steady +12 V
    (9, 1),  # meter chip select
    (15, 0),  # status light
)
