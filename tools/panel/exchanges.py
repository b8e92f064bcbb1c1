"""The OCPP messages as people read them: a request and its answer are one thing, with a verdict and the time that the answer took."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tools.csms.schema import CALL_ERROR
from tools.run.witness import Frame
from tools.run.words import frame_line

MOST_KEPT = 2000


@dataclass
class Exchange:
    """A request and, once it has come, its answer. `number` counts from 1 and is never used twice."""

    number: int
    call: Frame
    answer: Frame | None = None

    @property
    def verdict(self) -> str:
        """What is wrong with either of the two, "" when nothing is: the official schemas, the outer form, and refusals."""
        return "; ".join(frame.fault for frame in (self.call, self.answer) if frame is not None and frame.fault)

    @property
    def answered_ms(self) -> int | None:
        """Simulated milliseconds from request to answer; None while it is open."""
        return None if self.answer is None or self.answer is self.call else round((self.answer.time_s - self.call.time_s) * 1000)

    @property
    def answered(self) -> str:
        """What the answer says, in a word or two."""
        if self.answer is None:
            return "no answer yet"
        payload = self.answer.payload if isinstance(self.answer.payload, dict) else {}
        if self.answer.kind == CALL_ERROR:
            return self.answer.fault or "refused"
        info = payload.get("idTagInfo")
        status = payload.get("status") or (info.get("status") if isinstance(info, dict) else None)
        return str(status or "answered")

    @property
    def line(self) -> str:
        """The request in one line, with an arrow: -> to the central system, <- from it."""
        return frame_line(self.call)

    def holds(self, text: str) -> bool:
        """Whether all words of a search are somewhere in it: in names, payloads, or the verdict."""
        hay = " ".join([self.call.action, self.call.text, self.answer.text if self.answer else "", self.verdict, self.answered]).lower()
        return all(word in hay for word in text.lower().split())

    def whole(self) -> str:
        """Both messages, each field on a line of its own."""
        return "\n".join(_indented(frame.text) for frame in (self.call, self.answer) if frame is not None)


class Exchanges:
    """Pairs frames as they pass; the last MOST_KEPT stay."""

    def __init__(self) -> None:
        self.kept: list[Exchange] = []
        self._frames: list[Frame] = []
        self._open: dict[int, Exchange] = {}
        self._last = 0
        self.changes = 0

    def add(self, frame: Frame) -> None:
        """Take the next frame in the order of the record. An answer that fits no request stands alone."""
        self.changes += 1
        at = len(self._frames)
        self._frames.append(frame)
        known = self._open.pop(frame.call_number, None) if frame.call_number >= 0 else None
        if known is not None:
            known.answer = frame
            return
        self._last += 1
        exchange = Exchange(self._last, frame)
        self.kept = [*self.kept[-MOST_KEPT + 1 :], exchange]
        if frame.is_call:
            self._open[at] = exchange

    def found(self, text: str, limit: int) -> list[Exchange]:
        """The newest `limit` that a search finds, newest first."""
        found = [exchange for exchange in reversed(self.kept) if exchange.holds(text)]
        return found[:limit]


def _indented(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
