"""Drives a link with real sockets in the MicroPython interpreter; `test_link_real_server.py` starts it.

Arguments: the address, and for TLS the file with the root certificate. Prints what the listener hears; ends after one answer or
one failure.
"""

import os
import select
import socket
import sys
import time

from chargepoint.runtime.link.link import Link

LIMIT_MS = 20000


class Charger:
    """Network and listener in one."""

    def __init__(self, url, root):  # type: ignore[no-untyped-def]
        """Point the link at the address."""
        self.answered = False
        self.link = Link(self, self, bytearray(2048), bytearray(1024), os.urandom)
        self.link.configure(url, "CP1", None, 10, 5, tls_roots=[root] if root else None)

    def resolve(self, host, port):  # type: ignore[no-untyped-def]
        """The address of the server."""
        return socket.getaddrinfo(host, port)[0][-1]

    def socket(self):  # type: ignore[no-untyped-def]
        """A fresh socket."""
        return socket.socket()

    def cable(self):  # type: ignore[no-untyped-def]
        """Nothing is known about a cable."""
        return None

    def on_link_up(self, now):  # type: ignore[no-untyped-def]
        """Say it."""
        print("up")

    def on_link_down(self, now):  # type: ignore[no-untyped-def]
        """Say it."""
        print("down")

    def on_bad_call(self, code, description, now):  # type: ignore[no-untyped-def]
        """Refuse it."""
        self.link.send_error(code, description)

    def on_call(self, action, reader, now):  # type: ignore[no-untyped-def]
        """Say it and answer with an empty object."""
        print("call", action)
        writer = self.link.begin_result()
        writer.begin_object()
        writer.end_object()
        self.link.end_result()
        self.answered = True

    def on_result(self, reader, now):  # type: ignore[no-untyped-def]
        """Say it and hang up."""
        print("result")
        self.link.close()

    def on_error(self, code, description, now):  # type: ignore[no-untyped-def]
        """Say it."""
        print("error", code)

    def on_no_answer(self, now):  # type: ignore[no-untyped-def]
        """Say it."""
        print("no answer")


def main():  # type: ignore[no-untyped-def]
    """One exchange, or one failure."""
    root = None
    if len(sys.argv) > 2:
        with open(sys.argv[2], "rb") as file:
            root = file.read()
    charger = Charger(sys.argv[1], root)  # type: ignore[no-untyped-call]
    link = charger.link
    poller = select.poll()
    link.register(poller)
    start = time.ticks_ms()  # type: ignore[attr-defined, unused-ignore]
    called = False
    while not link.closed:
        now = time.ticks_ms() & 0x3FFFFFFF  # type: ignore[attr-defined, unused-ignore]
        assert time.ticks_diff(time.ticks_ms(), start) < LIMIT_MS, link.reason  # type: ignore[attr-defined, unused-ignore]
        link.poll(now)
        if "failed" in link.reason:
            print(link.reason)
            link.close()
        elif charger.answered and not called and link.ready:
            writer = link.begin_call("Heartbeat")
            assert writer is not None
            writer.begin_object()
            writer.end_object()
            called = link.end_call(now)
        poller.poll(min(link.next_due(now), 100))
    print("closed")


main()  # type: ignore[no-untyped-call]
