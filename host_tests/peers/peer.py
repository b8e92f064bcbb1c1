"""What the central systems of others have in common for our run: a URL, CALLs to send, CALLs received, complaints."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import Any

HEARTBEAT_S = 300


class Refused(Exception):
    """The charge point answered with a CALLERROR; the argument is its code."""


class Peer(ABC):
    """A central system written by somebody else."""

    def __init__(self) -> None:
        self.received: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
        self.complaints: list[str] = []
        self.news = threading.Condition()

    @property
    @abstractmethod
    def url(self) -> str:
        """Where it listens."""

    @abstractmethod
    def call(self, action: str, **payload: Any) -> dict[str, Any]:
        """Send a CALL and return the result. Raises Refused for a CALLERROR, ConnectionError when nobody is connected."""

    @abstractmethod
    def registration(self, status: str, interval_s: int) -> None:
        """Answer one BootNotification like this; the first of several first. Afterwards: Accepted."""

    @abstractmethod
    def close(self) -> None:
        """End it."""

    def note(self, action: str, payload: dict[str, Any], result: dict[str, Any]) -> None:
        """Record a CALL of the charge point and its answer."""
        with self.news:
            self.received.append((action, payload, result))
            self.news.notify_all()

    def complain(self, text: str) -> None:
        """Record something that this peer finds invalid."""
        with self.news:
            self.complaints.append(text)
            self.news.notify_all()
