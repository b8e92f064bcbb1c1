"""Addresses of files: taken apart, put together, shown."""

from chargepoint.wire.address import joined, parse_address, percent_decoded, without_secrets
from host_tests.portable import raises


def test_addresses() -> None:
    """What an operator may write."""
    for url, parts in (
        ("http://h/a", ("http", "h", 80, "/a", "")),
        ("HTTPS://h.test:8443", ("https", "h.test", 8443, "/", "")),
        ("http://user:p%40ss@h:81/x/?q=1#part", ("http", "h", 81, "/x/?q=1", "user:p%40ss")),
        ("http://[2001:db8::1]:82/f", ("http", "2001:db8::1", 82, "/f", "")),
        ("https://h?q", ("https", "h", 443, "/?q", "")),
        ("ftp://u@h/a/b.bin", ("ftp", "h", 21, "/a/b.bin", "u")),
    ):
        assert parse_address(url) == parts, url
    for bad in ("ftps://h/a", "h/a", "", "http://", "http://:80/", "http://h:0/", "http://h:65536/", "http://h:x/", "http://h/a b", "http://[::1", "http://h/\xe9"):
        raises(ValueError, parse_address, bad)


def test_redirects_lead_to_whole_addresses() -> None:
    """Whatever part of it the server left out."""
    base = "http://u:p@h:81/a/b/c?x=http://y"
    for location, url in (
        ("https://other/z", "https://other/z"),
        ("//other/z", "http://other/z"),
        ("/z?from=http://h", "http://u:p@h:81/z?from=http://h"),
        ("z", "http://u:p@h:81/a/b/z"),
        ("./z", "http://u:p@h:81/a/b/z"),
        ("../../../z", "http://u:p@h:81/z"),
        ("?n=2", "http://u:p@h:81/a/b/c?n=2"),
    ):
        assert joined(base, location) == url, location
    assert joined("http://h", "z") == "http://h/z"


def test_people_see_no_secrets() -> None:
    """Neither password nor signature."""
    assert without_secrets("ftp://u:p@h:21/d/f") == "ftp://h:21/d/f"
    assert without_secrets("https://h/d?X-Signature=abc") == "https://h/d?..."
    assert without_secrets("nonsense") == "nonsense"


def test_percent_signs() -> None:
    assert percent_decoded("a%40%2fb") == b"a@/b"
    for bad in ("%", "a%4", "%zz"):
        raises(ValueError, percent_decoded, bad)
