"""Runs inside MicroPython, in front of the firmware: counts the bytes that each pass and each message allocates.

Everything found goes to standard error as lines that begin with "@bench"; bench.py reads them. The garbage collector is off while a
pass is measured, so that every byte counts, and is run between passes.
"""

import gc
import sys

_MARK = b'"pilotline.bench"'
_PREFIX = 96
_FRAMES = 6
_QUIET_PASSES = 25

# The frames of the pass that is being measured: direction and the first bytes of each.
_count = [0]
_trace_bytes = [0]  # what handing frames to the world's record took: no board does that
_directions = bytearray(_FRAMES)
_texts = [bytearray(_PREFIX) for _ in range(_FRAMES)]


def say(*words: object) -> None:
    """One line for bench.py."""
    sys.stderr.write("@bench " + " ".join([str(word) for word in words]) + "\n")


_send: "list[object]" = []


def _traced(hardware: "object", direction: int, buf: "bytearray", begin: int, end: int) -> None:
    """Stand for the board's trace. No closure: with so many arguments its call would allocate."""
    before = gc.mem_alloc()  # type: ignore[attr-defined]
    _noted(direction, buf, begin, end)
    _send[0](hardware, direction, buf, begin, end)  # type: ignore[operator]
    _trace_bytes[0] += gc.mem_alloc() - before  # type: ignore[attr-defined]


class _NoCollection:
    """Stands for gc in the app: collecting would hide what a pass allocates."""

    def collect(self) -> None:
        """Do nothing."""

    def mem_free(self) -> int:
        """Return the free heap."""
        free: int = gc.mem_free()  # type: ignore[attr-defined]
        return free

    def mem_alloc(self) -> int:
        """Return the used heap."""
        used: int = gc.mem_alloc()  # type: ignore[attr-defined]
        return used


class _Part:
    """Stands for one part in the app's lists and counts what its turns allocate while no message passes."""

    def __init__(self, part: "object", name: str) -> None:
        self.part = part
        self.name = name
        self.figures = [0, 0, 0, 0]  # turns, turns that allocated, bytes in all, bytes at most
        self.last = 0
        self._poll = getattr(part, "poll", None)
        self._service = getattr(part, "service", None)
        self.next_due = part.next_due  # type: ignore[attr-defined]

    def poll(self, now: int) -> None:
        """One turn of a polled part."""
        before = gc.mem_alloc()  # type: ignore[attr-defined]
        self._poll(now)  # type: ignore[misc]
        self._book(gc.mem_alloc() - before)  # type: ignore[attr-defined]

    def service(self, core: "object", now: int) -> None:
        """One turn of a serviced part."""
        before = gc.mem_alloc()  # type: ignore[attr-defined]
        self._service(core, now)  # type: ignore[misc]
        self._book(gc.mem_alloc() - before)  # type: ignore[attr-defined]

    def _book(self, used: int) -> None:
        self.last = used
        if _count[0]:
            return
        figures = self.figures
        figures[0] += 1
        if used:
            figures[1] += 1
            figures[2] += used
            if used > figures[3]:
                figures[3] = used


def _noted(direction: int, buf: "bytearray", start: int, end: int) -> None:
    """Keep the beginning of a frame. Allocates: none."""
    number = _count[0]
    if number >= _FRAMES:
        return
    text = _texts[number]
    _directions[number] = direction
    for place in range(_PREFIX):
        text[place] = buf[start + place] if start + place < end else 32
    _count[0] = number + 1


def _run(app: "object", base: int) -> None:
    """Stand for App.run: the same loop, measured."""
    from world_port import port

    step = app.step  # type: ignore[attr-defined]
    clock = app.hardware.clock  # type: ignore[attr-defined]
    parts = []
    for turn in app.turns:  # type: ignore[attr-defined]
        parts.append(_Part(turn.part, turn.name.replace(" ", "_")))
        turn.part = parts[-1]
    passes = [0, 0, 0, 0]
    port.overhead = base
    gc.collect()
    gc.disable()
    waiting = ""
    quiet = 0
    while True:
        _count[0] = _trace_bytes[0] = 0
        now = clock.ticks_ms()
        before = gc.mem_alloc()  # type: ignore[attr-defined]
        wait_ms = step(now)
        used = gc.mem_alloc() - before - _trace_bytes[0]  # type: ignore[attr-defined]
        if _count[0]:
            quiet = 0
            waiting = _report(used, parts) or waiting
        else:
            quiet += 1
            passes[0] += 1
            if used:
                passes[1] += 1
                passes[2] += used
                passes[3] = max(passes[3], used)
        if waiting and quiet > _QUIET_PASSES:
            _moment(waiting, app, parts, passes)
            waiting = ""
        if gc.mem_free() < 300000:  # type: ignore[attr-defined]
            gc.collect()
        clock.wait(app.poller, wait_ms)  # type: ignore[attr-defined]


def _report(used: int, parts: "list[_Part]") -> str:
    """Say what a pass with frames allocated, and which parts did; return the name of a moment that bench.py asks for."""
    moment = ""
    words = []
    for number in range(_count[0]):
        text = bytes(_texts[number])
        if _MARK in text:
            moment = str(text[text.find(b'"messageId"') :], "utf-8").split('"')[3]
        words.append(("in" if _directions[number] == 0 else "out") + "|" + str(text, "utf-8").strip().replace(" ", "_"))
    say("frames", used, ",".join([part.name + "_" + str(part.last) for part in parts if part.last]) or "-", *words)
    return moment


def _moment(name: str, app: "object", parts: "list[_Part]", passes: "list[int]") -> None:
    """Say what the passes allocated since the last time."""
    say("passes", name, *passes)
    for part in parts:
        say("part", name, part.name, *part.figures)
        for place in range(4):
            part.figures[place] = 0
    for place in range(4):
        passes[place] = 0
    tick = app.connectors[-1].safety.tick  # type: ignore[attr-defined]
    before = gc.mem_alloc()  # type: ignore[attr-defined]
    tick(None)
    say("tick", name, gc.mem_alloc() - before)  # type: ignore[attr-defined]
    say("modules", name, *sorted([module for module in sys.modules if module.startswith("chargepoint.")]))


def live() -> None:
    """Start the firmware with its app's loop measured."""
    import machine  # noqa: F401
    import network  # noqa: F401

    gc.collect()
    base: int = gc.mem_alloc()  # type: ignore[attr-defined]
    import pilotline  # type: ignore[import-not-found, unused-ignore]

    _send.append(pilotline.Hardware.trace)
    pilotline.Hardware.trace = _traced
    pilotline.gc = _NoCollection()
    pilotline.App.run = lambda app: _run(app, base)
    import start  # type: ignore[import-not-found, unused-ignore]  # noqa: F401
