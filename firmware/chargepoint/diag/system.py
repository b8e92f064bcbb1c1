"""`diag.heap()` and `diag.versions()`."""

import gc
import sys

from chargepoint.diag.words import duration
from chargepoint.runtime.build_id import BUILD_ID

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

_CAUSES = ("power on", "a reset that was asked for", "watchdog or crash")


def largest_block(free: int) -> int:
    """The largest block that could be allocated now, within a sixteenth. Blocks: one collection; nothing stays."""
    gc.disable()  # what fails need not collect each time
    size = free
    try:
        while size > 64:
            try:
                bytearray(size)
                break
            except MemoryError:
                size = size * 15 // 16
    finally:
        gc.enable()
    gc.collect()
    return size


def heap(app: "Any", now: int) -> "Iterator[str]":
    """The lines of `diag.heap()`."""
    if not hasattr(gc, "mem_free"):
        yield "no heap of its own: this is CPython"
        return
    gc.collect()
    free = gc.mem_free()
    yield "free %d, used %d bytes, the REPL and diag included: they go five minutes after the last use" % (free, gc.mem_alloc())  # type: ignore[attr-defined]
    block = largest_block(free)
    yield "largest free block %d bytes%s" % (block, "; TLS WANTS 17 KB IN ONE PIECE WHEN IT CONNECTS" if block < 17408 else "")


def versions(app: "Any", now: int) -> "Iterator[str]":
    """The lines of `diag.versions()`."""
    product = app.product
    yield "product      %s" % product.NAME
    yield "build        %s" % BUILD_ID
    for line in app.core.boot_text.split("\n"):
        name, equals, value = line.partition("=")
        if equals:
            yield "%-12s %s" % (short(name), value)
    yield "board        %s" % getattr(sys.modules.get("board"), "NAME", "unknown")
    unique = getattr(app.hardware, "unique_id", b"")
    yield "chip         " + "".join(["%02x" % byte for byte in bytes(unique)])
    yield "interpreter  %s %s" % (sys.implementation.name, sys.version.split("; ")[-1])
    yield "running from " + ", ".join([path or "." for path in sys.path[:2]])
    cause = app.reset_cause
    yield "boot %d, %s ago, because of %s" % (app.store.boot_number, duration(app.up_s), _CAUSES[cause] if cause < len(_CAUSES) else "cause %d" % cause)


def short(name: str) -> str:
    """The name of a BootNotification field without its beginning."""
    for begin in ("chargePoint", "chargeBox"):
        if name[: len(begin)] == begin:
            name = name[len(begin) :]
    return name[0].lower() + name[1:]
