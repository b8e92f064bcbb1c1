"""The text of an exception with the place it came from, on both interpreters. Loaded when something has gone wrong."""

import io
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def last_lines(error: BaseException, frames: int = 4) -> str:
    """Return type, message and the innermost frames on one line. Raises: nothing, even without heap."""
    try:
        text: "Any" = io.StringIO()
        if hasattr(sys, "print_exception"):
            sys.print_exception(error, text)
        else:
            import traceback

            traceback.print_exception(type(error), error, error.__traceback__, file=text)
        lines = [line.strip() for line in text.getvalue().strip().split("\n")]
        said: str = lines[-1]
        return said + " | " + " < ".join([line for line in lines[-2:0:-1] if line[:4] == "File"][:frames])
    except Exception:
        return type(error).__name__
