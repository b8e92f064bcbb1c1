"""Outputs of the virtual board and the level at which nothing happens. The coil lives on edges; 0 on its clear line keeps it off."""

SAFE_OUTPUTS = (
    (17, 0),  # coil, its clear line, RCD test, chip select, lock motors of connector 1
    (25, 0),
    (20, 0),
    (21, 1),
    (22, 0),
    (23, 0),
    (33, 0),  # the same of connector 2
    (41, 0),
    (36, 0),
    (37, 1),
    (38, 0),
    (39, 0),
    (9, 0),  # lights
    (10, 0),
    (11, 0),
    (12, 0),
    (13, 0),
    (14, 0),
)
