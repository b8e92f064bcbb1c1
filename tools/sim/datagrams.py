"""UDP between the firmware and one destination, through the cable: a datagram that is under way while it is out is lost."""

from __future__ import annotations

import socket
from typing import Callable

DATAGRAM_BYTES = 2048


class Datagrams:
    """`inner` is the port that the firmware sends to, `outer` the one that the destination answers to."""

    def __init__(self, port: int, destination: tuple[str, int], cable: Callable[[], bool], received: Callable[[], None], sent: Callable[[], None]) -> None:
        """Take the port. Raises OSError when it is taken, or when the destination has no address."""
        family, kind, protocol, _, address = socket.getaddrinfo(*destination, type=socket.SOCK_DGRAM)[0]
        self._cable = cable
        self._received = received
        self._sent = sent
        self._firmware: tuple[str, int] | None = None
        self.inner = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.outer = socket.socket(family, kind, protocol)
        try:
            self.inner.bind(("127.0.0.1", port))
        except OSError:
            self.close()
            raise
        try:
            self.outer.connect(address)
        except OSError:
            pass  # no way there from this computer
        self.inner.setblocking(False)
        self.outer.setblocking(False)

    def outward(self) -> None:
        """Take what the firmware has sent to the destination."""
        try:
            data, self._firmware = self.inner.recvfrom(DATAGRAM_BYTES)
            if self._cable():
                self._sent()
                self.outer.send(data)
        except OSError:
            pass  # nobody there: datagrams get lost

    def inward(self) -> None:
        """Take what the destination has answered to the firmware."""
        try:
            data = self.outer.recv(DATAGRAM_BYTES)
            if self._cable() and self._firmware is not None:
                self._received()
                self.inner.sendto(data, self._firmware)
        except OSError:
            pass

    def close(self) -> None:
        """End both."""
        self.inner.close()
        self.outer.close()
