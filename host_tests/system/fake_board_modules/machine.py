"""What the deployment tools need of a board's machine module."""

import sys


def reset() -> None:
    """End the process with the status that the fake board takes for a hard reset."""
    sys.exit(3)
