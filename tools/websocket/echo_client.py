"""The echo client of the Autobahn cases, made of the firmware's own wire layer; runs on MicroPython and on CPython.

    micropython tools/websocket/echo_client.py HOST PORT AGENT

What it does with a frame is what runtime/link/link.py does: pongs, closes with the code that the reader names, checks the UTF-8 of a text when it is
whole. Where a charge point would answer a CALL it sends the text back. A text longer than the buffer ends the connection with 1009 (the firmware,
which knows what a CALL is, answers with a CALLERROR instead and keeps the connection).
"""

import os
import select
import socket
import sys

from chargepoint.wire import handshake
from chargepoint.wire.json_scan import utf8_end
from chargepoint.wire.websocket import CLOSE, FAILED, NOTHING, PING, PONG, TEXT, TOO_LONG, FrameReader, seal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CPYTHON = sys.implementation.name == "cpython"
BUFFER_BYTES = 65535  # the most that the reader takes
HEADER_ROOM = 8
SILENCE_MS = 20000
NOT_ECHOED = "echoes no subprotocol"  # the server of the cases knows none


class Echo:
    """One connection."""

    def __init__(self, host: str, port: int, path: str, buffers: "tuple[bytearray, bytearray]") -> None:
        """Connect and shake hands. Raises: OSError."""
        self._rx, self._tx = buffers
        self._socket = socket.socket()
        self._socket.connect(socket.getaddrinfo(host, port)[0][-1])
        self._socket.setblocking(False)
        self._poller = select.poll()
        self._frames = FrameReader(self._rx)
        self._shake_hands("ws://%s:%d" % (host, port), path)

    def _shake_hands(self, url: str, path: str) -> None:
        nonce = os.urandom(16)
        self._send_all(handshake.request(url, "", None, nonce).replace(b"GET / ", b"GET %s " % path.encode()))
        end = filled = 0
        view = memoryview(self._rx)
        while not end:
            count = self._read(view[filled:])
            if not count:
                raise OSError("closed during the handshake")
            filled += count
            end = handshake.head_end(self._rx, filled)
        status, wrong = handshake.judge(bytes(self._rx[: end - 4]), nonce)
        if status != 101 or (wrong and NOT_ECHOED not in wrong):
            raise OSError("handshake: %d %s" % (status, wrong))
        self._frames.begin(end, filled)

    def _wait(self, event: int) -> None:
        """Wait until the socket can be read or written. Raises: OSError after a long silence."""
        self._poller.register(self._socket, event)
        if not self._poller.poll(SILENCE_MS):
            raise OSError("the server is silent")

    def _read(self, room: "memoryview") -> int:
        """What has come, at least a byte; 0 when the server has closed."""
        self._wait(select.POLLIN)
        stream: "Any" = self._socket
        return (stream.recv_into(room) if CPYTHON else stream.readinto(room)) or 0

    def _send_all(self, data: "bytes | memoryview") -> None:
        view = memoryview(data)
        stream: "Any" = self._socket
        while len(view):
            self._wait(select.POLLOUT)
            view = view[(stream.send(view) if CPYTHON else stream.write(view)) or 0 :]

    def _send(self, opcode: int, payload: "bytes | memoryview") -> None:
        tx = self._tx
        end = HEADER_ROOM + len(payload)
        tx[HEADER_ROOM:end] = payload
        start = seal(tx, HEADER_ROOM, end, opcode, os.urandom(4))
        self._send_all(memoryview(tx)[start:end])

    def _close(self, code: int) -> None:
        self._send(CLOSE, bytes((code >> 8, code & 255)))
        while self._receive():  # the peer closes
            self._frames.begin(0, 0)

    def _receive(self) -> int:
        count = self._read(self._frames.room())
        self._frames.received(count)
        return count

    def texts(self, echo: bool) -> "list[str]":
        """Serve the connection until it ends; returns the texts when they are not to be sent back. Raises: OSError."""
        kept: "list[str]" = []
        frames = self._frames
        view = memoryview(self._rx)
        while True:
            event = frames.next()
            if event == NOTHING:
                if not self._receive():
                    return kept
            elif event == TEXT and utf8_end(self._rx, frames.start, frames.end) != frames.end:
                return self._end(1007, kept)
            elif event == TEXT and echo:
                self._send(TEXT, view[frames.start : frames.end])
            elif event == TEXT:
                kept.append(str(bytes(view[frames.start : frames.end]), "utf-8"))
            elif event == TOO_LONG:
                return self._end(1009, kept)
            elif event == PING:
                self._send(PONG, view[frames.start : frames.end])
            elif event == CLOSE:
                return self._end(1000 if frames.code == 1005 else frames.code, kept)
            elif event == FAILED:
                return self._end(frames.code, kept)

    def _end(self, code: int, kept: "list[str]") -> "list[str]":
        self._close(code)
        return kept

    def end(self) -> None:
        """Close the socket."""
        self._socket.close()


def _serve(host: str, port: int, path: str, buffers: "tuple[bytearray, bytearray]", echo: bool) -> "list[str]":
    connection = Echo(host, port, path, buffers)
    try:
        return connection.texts(echo)
    finally:
        connection.end()


def run(host: str, port: int, agent: str) -> int:
    """All cases that the server has, one connection each. Returns: how many. Raises: OSError when there is no server."""
    buffers = bytearray(BUFFER_BYTES), bytearray(BUFFER_BYTES + HEADER_ROOM)
    count = int(_serve(host, port, "/getCaseCount", buffers, False)[0])
    for case in range(1, count + 1):
        try:
            _serve(host, port, "/runCase?case=%d&agent=%s" % (case, agent), buffers, True)
        except OSError as error:
            print("case %d: %s" % (case, error))  # the server drops some connections on purpose; it judges
    _serve(host, port, "/updateReports?agent=%s" % agent, buffers, False)
    return count


if __name__ == "__main__":
    print("%d cases" % run(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
