"""Addresses of files: http://, https:// and ftp://, taken apart and put together.  Spec: RFC 3986; RFC 1738 3.2 for ftp."""

_PORTS = (("http", 80), ("https", 443), ("ftp", 21))


def parse_address(url: str) -> "tuple[str, str, int, str, str]":
    """Split ``scheme://[user:password@]host[:port][/path]``.

    Returns: (scheme, host, port, path with its query, user:password or nothing). Raises: ValueError that says what is wrong with the address.
    """
    scheme, found, rest = url.partition("://")
    scheme = scheme.lower()
    number = 0
    for name, port_of in _PORTS:
        if found and scheme == name:
            number = port_of
    if not number:
        raise ValueError("address must begin with http://, https:// or ftp://")
    for byte in url.encode():
        if byte <= 0x20 or byte >= 0x7F:
            raise ValueError("address has a space or a character that is not ASCII: percent-encode it")
    rest = rest.partition("#")[0]
    cut = _authority_end(rest)
    path = rest[cut:] if rest[cut : cut + 1] == "/" else "/" + rest[cut:]
    credentials, _, authority = rest[:cut].rpartition("@")
    if authority[:1] == "[":
        host, found, port = authority[1:].partition("]")
        if not found or (port and port[0] != ":"):
            raise ValueError("address has a broken IPv6 literal: write [2001:db8::1]:8080")
        port = port[1:]
    else:
        host, found, port = authority.partition(":")
    if port:
        number = int(port) if port.isdigit() and len(port) < 6 else 0
    if not host or not 0 < number < 65536:
        raise ValueError("address has no host or a bad port")
    return scheme, host, number, path, credentials


def _authority_end(rest: str) -> int:
    cut = len(rest)
    for mark in "/?":
        at = rest.find(mark)
        if 0 <= at < cut:
            cut = at
    return cut


def joined(base: str, location: str) -> str:
    """The address that a redirect from `base` leads to: a whole one, or one without scheme, host or folder."""
    if "://" in location.partition("?")[0]:
        return location
    scheme, _, rest = base.partition("://")
    if location[:2] == "//":
        return scheme + ":" + location
    cut = _authority_end(rest)
    if location[:1] == "/":
        return scheme + "://" + rest[:cut] + location
    path = rest[cut:].partition("#")[0].partition("?")[0]
    folder = path[: path.rfind("/") + 1] or "/"
    while location[:2] == "./" or location[:3] == "../":
        if location[1] == "/":
            location = location[2:]
        else:
            location = location[3:]
            folder = folder[: folder[:-1].rfind("/") + 1] or "/"
    return scheme + "://" + rest[:cut] + (path if location[:1] == "?" else folder) + location


def without_secrets(url: str) -> str:
    """An address as people and logs may see it: without user and password, without a query (it may be a signature)."""
    scheme, found, rest = url.partition("://")
    cut = _authority_end(rest)
    rest = rest[:cut].rpartition("@")[2] + rest[cut:]
    shown, query, _ = rest.partition("?")
    return scheme + found + shown + ("?..." if query else "")


def percent_decoded(text: str) -> bytes:
    """The bytes that are meant. Raises: ValueError for a percent sign without two digits."""
    data = bytearray()
    at = 0
    while at < len(text):
        if text[at] == "%":
            digits = text[at + 1 : at + 3]
            if len(digits) < 2:
                raise ValueError("address ends in the middle of a percent sign's digits")
            data.append(int(digits, 16))
            at += 3
        else:
            data.append(ord(text[at]))
            at += 1
    return bytes(data)
