"""Outputs and the level at which nothing happens. The coil lives on edges: any level is safe for it, and 0 on the clear line keeps it off."""

SAFE_OUTPUTS = (
    ("PE13", 0),  # coil
    ("PE11", 0),  # clears the coil's one-shot
    ("PD15", 0),  # RCD test current
    ("PE10", 0),  # lock motor
    ("PE12", 0),  # unlock motor
    ("PE9", 1),  # pilot: steady +12 V
    ("PA4", 1),  # meter chip select
    ("PD11", 1),  # SPI flash chip select
    ("PB0", 0),  # lights
    ("PE1", 0),
    ("PB14", 0),
)
