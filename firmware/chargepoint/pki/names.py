"""Names in certificates: distinguished names, and the names and addresses of servers.

Spec: RFC 5280 sections 4.1.2.4, 4.2.1.6 and 7.1; RFC 6125 section 6.4; RFC 4291 section 2.2.
"""

from micropython import const

from chargepoint.pki import oids
from chargepoint.pki.der import IA5_STRING, NOTHING, OID, PRINTABLE_STRING, SEQUENCE, SET, TELETEX_STRING, UTF8_STRING, element, reader_of
from chargepoint.pki.refusals import TOO_LARGE, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generator

_MAX_PARTS = const(12)  # of a distinguished name
_MAX_NAMES = const(100)  # of one certificate
_MAX_TEXT = const(64)  # characters of a name that is asked for: the bounds of X.520 for CN and O
_MAX_HOST = const(253)
_DNS = const(0x82)  # [2] and [7] of GeneralName
_ADDRESS = const(0x87)
_PRINTABLE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?"


def _parts(name: bytes) -> "list[tuple[bytes, int, bytes]]":
    """Type, tag and value of each part of a distinguished name. Raises: Refused."""
    parts: "list[tuple[bytes, int, bytes]]" = []
    sequence = reader_of(name, SEQUENCE)
    while sequence.peek() != NOTHING:
        group = sequence.enter(SET)
        while True:
            pair = group.enter(SEQUENCE)
            kind = pair.contents(OID)
            tag = pair.next()
            parts.append((kind, tag, pair.value()))
            pair.finish()
            if len(parts) > _MAX_PARTS:
                raise Refused(TOO_LARGE)
            if group.peek() == NOTHING:
                break
            parts.append((b"", 0, b""))  # a part that belongs to the one before
    return parts


def same_name(a: bytes, b: bytes) -> "Generator[None, None, bool]":
    """Whether two distinguished names (DER) are the same: byte by byte, or part by part without regard to case and to which of two kinds of string it is.

    It is the comparison of mbedTLS, which has the last word in a handshake. Raises: Refused.
    """
    if a == b or len(a) != len(b):  # neither case nor the kind of string changes a length
        return a == b
    first = _parts(a)
    yield
    second = _parts(b)
    if len(first) != len(second):
        return False
    for i in range(len(first)):
        kind, tag, value = first[i]
        other_kind, other_tag, other_value = second[i]
        if kind != other_kind or (value != other_value and value.lower() != other_value.lower()):
            return False
        strings = tag in (UTF8_STRING, PRINTABLE_STRING) and other_tag in (UTF8_STRING, PRINTABLE_STRING)
        if not strings and (tag != other_tag or value != other_value):
            return False
    return True


def part_of(name: bytes, kind: bytes) -> bytes:
    """The last part of this type in a distinguished name (DER), such as ``oids.COMMON_NAME``; nothing when it has none. Raises: Refused."""
    found = b""
    for part, tag, value in _parts(name):
        if part == kind and tag in (UTF8_STRING, PRINTABLE_STRING, TELETEX_STRING, IA5_STRING):
            found = value
    return found


def write_name(organization: str, common_name: str) -> bytes:
    """A distinguished name of an organization (left out when it is empty) and a common name. Raises: Refused when one has more than 64 characters."""
    parts = []
    for kind, text in ((oids.ORGANIZATION, organization), (oids.COMMON_NAME, common_name)):
        data = text.encode()
        if len(text) > _MAX_TEXT:
            raise Refused(TOO_LARGE)
        if text:
            tag = PRINTABLE_STRING
            for byte in data:
                if byte not in _PRINTABLE:
                    tag = UTF8_STRING
            parts.append(element(SET, (element(SEQUENCE, (element(OID, (kind,)), element(tag, (data,)))),)))
    return element(SEQUENCE, parts)


def is_server(host: str, alternatives: bytes, subject: bytes, wildcards: bool) -> "Generator[None, None, bool]":
    """Whether a server's certificate is made out to this host.

    The alternative names decide when one of them is a DNS name or an address; the common name does only when there are none. A literal address is looked
    for among the addresses. A wildcard stands for one whole label in front of two or more.
    Args: ``alternatives`` is the contents of the extension, or nothing; ``subject`` as DER. Raises: Refused.
    """
    wanted = host.rstrip(".").lower().encode()
    if not wanted or len(wanted) > _MAX_HOST:
        return False
    address = address_bytes(wanted)
    if alternatives:
        decided = False
        count = 0
        reader = reader_of(alternatives, SEQUENCE)
        while reader.peek() != NOTHING:
            tag = reader.next()
            count += 1
            if count > _MAX_NAMES:
                raise Refused(TOO_LARGE)
            if not count & 15:
                yield
            if tag in (_DNS, _ADDRESS):
                decided = True
                value = reader.value()
                if address:
                    if tag == _ADDRESS and value == address:
                        return True
                elif tag == _DNS and _matches(wanted, value.lower(), wildcards):
                    return True
        if decided:
            return False
    common_name = part_of(subject, oids.COMMON_NAME).lower()
    return common_name == wanted if address else _matches(wanted, common_name, wildcards)


def _matches(wanted: bytes, pattern: bytes, wildcards: bool) -> bool:
    if wildcards and pattern[:2] == b"*.":
        at = wanted.find(b".")
        return at > 0 and wanted[at:] == pattern[1:] and pattern.find(b".", 2) > 0
    return wanted == pattern


def address_bytes(text: bytes) -> bytes:
    """The 4 or 16 bytes of a literal address, in lower case and without brackets; nothing when it is a name."""
    if text.find(b":") < 0:
        return _four(text)
    head, doubled, tail = text.partition(b"::")
    first = _groups(head, not doubled)
    last = _groups(tail, True)
    if first is None or last is None or tail.find(b"::") >= 0:
        return b""
    missing = 16 - len(first) - len(last)
    if missing < 2 if doubled else missing != 0:
        return b""
    return first + b"\x00" * missing + last


def _four(text: bytes) -> bytes:
    """A dotted IPv4 address, or nothing."""
    numbers = text.split(b".")
    if len(numbers) != 4:
        return b""
    data = bytearray()
    for number in numbers:
        if not 1 <= len(number) <= 3 or (len(number) > 1 and number[0] == 0x30):
            return b""
        value = 0
        for digit in number:
            if not 0x30 <= digit <= 0x39:
                return b""
            value = 10 * value + digit - 0x30
        if value > 255:
            return b""
        data.append(value)
    return bytes(data)


def _groups(text: bytes, ends: bool) -> "bytes | None":
    """Groups of four hexadecimal digits between colons, an IPv4 address last if there is one and the text ``ends`` here; None when they are none."""
    data = b""
    groups = text.split(b":") if text else []
    for i in range(len(groups)):
        group = groups[i]
        if ends and i == len(groups) - 1 and group.find(b".") >= 0:
            four = _four(group)
            if not four:
                return None
            return data + four
        if not 1 <= len(group) <= 4:
            return None
        value = 0
        for digit in group:
            at = b"0123456789abcdef".find(bytes((digit,)))
            if at < 0:
                return None
            value = value << 4 | at
        data += bytes((value >> 8, value & 0xFF))
    return data
