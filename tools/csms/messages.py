"""The record of what passed between a charger and the central system, and waiting for what is to come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tools.csms.schema import CALL, CALL_ERROR


@dataclass(frozen=True)
class Message:
    """One OCPP-J message as it passed. `action` of an answer is that of the CALL it answers ("" when unknown)."""

    number: int
    time: datetime
    from_charger: bool
    kind: int
    unique_id: str
    action: str
    payload: Any
    text: str
    error_code: str = ""
    error_description: str = ""

    @property
    def is_call(self) -> bool:
        """Whether it is a request."""
        return self.kind == CALL

    @property
    def is_error(self) -> bool:
        """Whether it is a CALLERROR."""
        return self.kind == CALL_ERROR

    def has(self, **fields: object) -> bool:
        """Whether the payload has these values under these keys."""
        return isinstance(self.payload, dict) and all(key in self.payload and self.payload[key] == value for key, value in fields.items())


class Timeout(AssertionError):
    """What was waited for did not come; the text says what came instead."""


class MessageLog:
    """Every message of one charger, oldest first, over all its connections."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self.messages)

    def add(self, message: Message) -> None:
        """Append a message and wake who waits."""
        self.messages.append(message)
        self.wake()

    def wake(self) -> None:
        """Have those who wait look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    def calls(self, action: str, since: int = 0, **fields: object) -> list[Message]:
        """Return the charger's requests of one action, from message number `since` on, whose payload has these fields."""
        return [m for m in self.messages[since:] if m.from_charger and m.is_call and m.action == action and m.has(**fields)]

    async def wait(self, wanted: Callable[[Message], bool], since: int = 0, timeout_s: float = 10.0, what: str = "a message") -> Message:
        """Return the first message from number `since` on for which `wanted` is true; wait for it when it is not there yet.

        Raises: Timeout, with the messages that came in the meantime.
        """
        looked_at = since
        deadline = asyncio.get_running_loop().time() + timeout_s
        while True:
            changed = self._changed
            for message in self.messages[looked_at:]:
                looked_at = message.number + 1
                if wanted(message):
                    return message
            try:
                await asyncio.wait_for(changed.wait(), deadline - asyncio.get_running_loop().time())
            except asyncio.TimeoutError:
                came = "\n".join(f"  {'<' if m.from_charger else '>'} {m.text[:300]}" for m in self.messages[since:]) or "  nothing"
                raise Timeout(f"{what} did not come within {timeout_s:g} s; since message {since} there came:\n{came}") from None

    async def expect(self, action: str, since: int = 0, timeout_s: float = 10.0, **fields: object) -> Message:
        """Return the charger's first request of that action with these payload fields; wait for it when it is not there yet."""
        described = action + "".join(f" {key}={value}" for key, value in fields.items())
        return await self.wait(lambda m: m.from_charger and m.is_call and m.action == action and m.has(**fields), since, timeout_s, described)
