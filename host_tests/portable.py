"""What the portable tests may use, on CPython and on MicroPython alike.

A portable test is a plain `def test_xxx():` with `assert`, in a file `host_tests/unit/<layer>/test_<module>.py`. It imports firmware
modules, this one, and nothing else that a charger does not have. `make test-cpython` runs it with pytest, `make test-micropython`
runs the same file in the real interpreter, in a process and a small heap of its own.
"""

import gc
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Type, TypeVar

    _E = TypeVar("_E", bound=BaseException)

MICROPYTHON = sys.implementation.name == "micropython"

# What the runner looks for in the output of MicroPython: micropython_tests.py.
SENT_MARK = "@sent "


def raises(expected: "Type[_E]", function: "Callable[..., object]", *args: "Any", **kwargs: "Any") -> "_E":
    """Call the function and return the exception that it must raise."""
    try:
        function(*args, **kwargs)
    except expected as error:
        return error
    raise AssertionError("%s was not raised" % expected.__name__)


def sent(action: str, payload: "str | bytes | bytearray | memoryview") -> None:
    """Register the payload of an OCPP message that the firmware sent: it must satisfy the official schema and our own promises.

    Args: the action as on the wire, with "Response" behind it for an answer ("Heartbeat", "ResetResponse"); the payload's JSON text.
    """
    text = payload if isinstance(payload, str) else str(bytes(payload), "utf-8")
    if MICROPYTHON:
        import json

        print(SENT_MARK + json.dumps([action, text]))
    else:
        from tools.csms.schema import check_sent

        check_sent(action, text)


def sent_frame(frame: "str | bytes | bytearray | memoryview", answered_action: str = "") -> None:
    """Register a whole OCPP-J frame that the firmware sent.

    Args: the frame's text; for a CALLRESULT the action of the CALL that it answers.
    """
    text = frame if isinstance(frame, str) else str(bytes(frame), "utf-8")
    if MICROPYTHON:
        import json

        print(SENT_MARK + json.dumps([text, answered_action, True]))
    else:
        from tools.csms.schema import check_sent_frame

        check_sent_frame(text, answered_action)


def collect() -> None:
    """Collect garbage, twice: what the first pass freed may have kept other things alive."""
    gc.collect()
    gc.collect()


def allocated(function: "Callable[[], object]") -> int:
    """Return the bytes of heap that one call takes, freed or not; 0 on CPython, where nobody counts.

    Call the function once before if its first call builds something that stays.
    """
    if not MICROPYTHON:
        function()
        return 0
    gc.collect()
    gc.disable()
    try:
        before: int = gc.mem_alloc()  # type: ignore[attr-defined]
        function()
        after: int = gc.mem_alloc()  # type: ignore[attr-defined]
        return after - before
    finally:
        gc.enable()


def without_heap(function: "Callable[[], object]") -> None:
    """Call the function with the heap locked, as in an interrupt: it must not allocate. A plain call on CPython."""
    if not MICROPYTHON:
        function()
        return
    import micropython

    failed = False
    micropython.heap_lock()  # type: ignore[attr-defined, unused-ignore]
    try:
        function()
    except MemoryError:
        failed = True
    finally:
        micropython.heap_unlock()  # type: ignore[attr-defined, unused-ignore]
    if failed:
        raise AssertionError("the call allocates on the heap")
