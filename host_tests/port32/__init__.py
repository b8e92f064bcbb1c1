"""A 32-bit MicroPython (31-bit small integers, 32-bit pointers) under Node for the portable tests: `make test-32bit`."""
