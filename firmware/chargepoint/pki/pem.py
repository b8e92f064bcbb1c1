"""PEM: DER in text between two lines, as certificates travel in OCPP messages and files.

Spec: RFC 7468 (the strict form of what is between the lines; text before, between and behind blocks is passed over).
"""

from binascii import a2b_base64, b2a_base64

from micropython import const

from chargepoint.pki.refusals import MALFORMED, TOO_LARGE, Refused

# The security whitepaper lets a chain have 10,000 characters. Our own bound for a message of that kind, and for one of its certificates.
MAX_TEXT = const(10000)
MAX_DER = const(4096)
_MAX_PACKED = const(5464)  # base64 of MAX_DER
_LINE = const(48)  # bytes that make 64 characters


def read_pem(text: bytes, label: str, most: int) -> "list[bytes]":
    """The DER of every block with this label, in their order.

    Args: ``text`` in ASCII; ``label`` such as "CERTIFICATE"; ``most`` blocks are accepted.
    Raises: Refused, without any block as well. Allocates: at most 30 KB, of which the DER stays. Blocks: at most 20 ms (RP2040).
    """
    if len(text) > MAX_TEXT:
        raise Refused(TOO_LARGE)
    before = b"-----BEGIN " + label.encode() + b"-----"
    behind = b"-----END " + label.encode() + b"-----"
    found: "list[bytes]" = []
    at = text.find(before)
    while at >= 0:
        at += len(before)
        end = text.find(behind, at)
        if end < 0:
            raise Refused(MALFORMED)
        if len(found) == most:
            raise Refused(TOO_LARGE)
        found.append(_decode(text[at:end]))
        at = text.find(before, end)
    if not found:
        raise Refused(MALFORMED)
    return found


def _decode(text: bytes) -> bytes:
    """The bytes behind base64 that may be broken into lines anywhere. A loop over its characters would take 100 ms on a microcontroller."""
    for space in (b"\n", b"\r", b" ", b"\t"):
        text = text.replace(space, b"")
    if len(text) > _MAX_PACKED:
        raise Refused(TOO_LARGE)
    try:
        data: bytes = a2b_base64(text)
    except ValueError:
        raise Refused(MALFORMED)
    if not data or b2a_base64(data)[:-1] != text:  # what is no base64 was passed over, or bits behind the last byte are not zero
        raise Refused(MALFORMED)
    return data


def write_pem(der: bytes, label: str) -> str:
    """A block of lines of 64 characters, each with a line feed. Allocates: three times the text."""
    lines = ["-----BEGIN " + label + "-----\n"]
    for at in range(0, len(der), _LINE):
        lines.append(b2a_base64(der[at : at + _LINE]).decode())
    lines.append("-----END " + label + "-----\n")
    return "".join(lines)
