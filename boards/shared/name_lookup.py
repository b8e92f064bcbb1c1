"""Host names to addresses, within a bounded time: a port's own getaddrinfo blocks for 7 s a server, which a watchdog of 8 s may not survive.

A literal address is itself. Any other name is asked for once over UDP and kept; the next attempt uses what is kept and asks nobody, the
one after that asks again. So a central system that moved is found with the second attempt, and a name server that is down
stops nobody. IPv4 only.
"""

import os
import select
import socket

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

_TRIES = const(3)
_ANSWER_MS = const(1000)
_MOST_NAMES = const(4)
_PORT = const(53)
_NO_SUCH_NAME = const(-2)  # the number that lwIP and getaddrinfo give


class NameLookup:
    """Args: server: gives the name server's address as text, "0.0.0.0" when there is none."""

    def __init__(self, server: "Callable[[], str]") -> None:
        """Ask nobody yet."""
        self._server = server
        self._known: "dict[str, str]" = {}
        self._fresh: "set[str]" = set()  # names whose kept address may be used once without asking

    def address(self, host: str) -> str:
        """Return the address of a host as text. Raises OSError when nobody knows it. Blocks: at most 3 s, every second time at most."""
        if _is_literal(host):
            return host
        known = self._known
        if host in known and host in self._fresh:
            self._fresh.discard(host)
            return known[host]
        found = self._ask(host)
        if found is None:
            found = known.get(host)
            if found is None:
                raise OSError(_NO_SUCH_NAME)
            return found
        if host not in known and len(known) >= _MOST_NAMES:
            known.clear()
            self._fresh.clear()
        known[host] = found
        self._fresh.add(host)
        return found

    def _ask(self, host: str) -> "str | None":
        server = self._server()
        if server == "0.0.0.0":
            return None
        request = query(os.urandom(2), host)
        asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            poller = select.poll()
            poller.register(asked, select.POLLIN)
            for _ in range(_TRIES):
                asked.sendto(request, (server, _PORT))
                if poller.poll(_ANSWER_MS):
                    found = answered(asked.recv(512), request)
                    if found is not None:
                        return found
        except OSError:
            pass  # no route, no buffer: as good as no answer
        finally:
            asked.close()
        return None


def _is_literal(host: str) -> bool:
    for character in host:
        if character not in "0123456789.":
            return False
    return True


def query(number: bytes, host: str) -> bytes:
    """Return the question for a host's IPv4 address, with two bytes that only its answer repeats. Raises OSError for an impossible name."""
    message = number + b"\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
    for label in host.split("."):
        if not 0 < len(label) < 64:
            raise OSError(_NO_SUCH_NAME)
        message += bytes((len(label),)) + label.encode()
    return message + b"\0\0\x01\0\x01"


def answered(answer: bytes, request: bytes) -> "str | None":
    """Return the first address in an answer to the request, None when it is no answer to it or has no address."""
    end = len(request)
    # The same number, an answer, no error, and the question repeated, upper and lower case alike.
    if len(answer) < end or answer[:2] != request[:2] or answer[2] & 0x80 == 0 or answer[3] & 15 or answer[12:end].lower() != request[12:end].lower():
        return None
    try:
        for _ in range(answer[6] << 8 | answer[7]):
            end = _name_end(answer, end)
            length = answer[end + 8] << 8 | answer[end + 9]
            if answer[end : end + 4] == b"\0\x01\0\x01" and length == 4:
                found = answer[end + 10 : end + 14]
                return "%d.%d.%d.%d" % (found[0], found[1], found[2], found[3])
            end += 10 + length
    except IndexError:
        pass  # cut short
    return None


def _name_end(answer: bytes, at: int) -> int:
    """Return the offset behind a name, which ends with a zero or with a reference to an earlier one."""
    while answer[at]:
        if answer[at] >= 0xC0:
            return at + 2
        at += 1 + answer[at]
    return at + 1
