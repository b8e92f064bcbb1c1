"""FTP of a client: replies however they are cut, and what is said next."""

from chargepoint.wire.ftp1 import MOVE, OPEN, OVER, TALK, WAIT, Replies, Talk
from host_tests.portable import raises


def replies(data: bytes) -> "list[tuple[int, str]]":
    """The whole replies in these bytes."""
    reader = Replies()
    return [(reader.code, reader.text) for byte in data if reader.take(byte)]


def said(talk: Talk, *lines: str) -> "tuple[int, bytes]":
    """What is to be done after these replies, and the last command."""
    what = TALK
    for line in lines:
        what = talk.on_reply(int(line[:3]), line[4:])
    return what, talk.command


def logged_in(url: str = "ftp://h/f", have: int = 0, is_sent: bool = False) -> Talk:
    """After the log-in."""
    talk = Talk(url, have, is_sent)
    said(talk, "220 hello", "331 password", "230 in", "200 binary")
    return talk


def test_replies_of_one_and_many_lines() -> None:
    """A line within that looks like the end of another reply is none."""
    many = b"230-Welcome\r\n230-more\r\n 226 no\r\n200 no\r\n230 in\r\n"
    assert replies(b"220 FTP\r\n" + many + b"200\n") == [(220, "FTP"), (230, "in"), (200, "")]
    for bad in (b"HTTP/1.1 400 Bad\r\n", b"99 x\r\n", b"x" * 600, b"220-a\r\n" * 300):
        reader = Replies()
        for byte in bad:
            reader.take(byte)
        assert reader.broken, bad[:10]


def test_the_log_in() -> None:
    """As the address says, decoded, or anonymous; a server that wants no password gets none."""
    talk = Talk("ftp://us%40r:p%3Ass@h/f", 0, False)
    assert said(talk, "120 wait", "220 x") == (TALK, b"USER us@r\r\n")
    assert said(talk, "331 x") == (TALK, b"PASS p:ss\r\n")
    assert said(talk, "230 x") == (TALK, b"TYPE I\r\n")
    assert said(talk, "200 x") == (TALK, b"SIZE f\r\n")
    talk = Talk("ftp://h/f", 0, False)
    assert said(talk, "220 x") == (TALK, b"USER anonymous\r\n")
    assert said(talk, "230 x") == (TALK, b"TYPE I\r\n")
    talk = Talk("ftp://u:p@h/f", 0, False)
    assert said(talk, "220 x", "331 x", "530 no")[0] == OVER and "530" in talk.reason and talk.code == 530


def test_a_file_is_fetched() -> None:
    """From where it broke off, when the server can do that."""
    for rest, first in (("350 ok", 100), ("502 no", 0)):
        talk = logged_in("ftp://h/%2Fd/f;type=i", 100)
        assert said(talk, "213 5000") == (TALK, b"EPSV\r\n") and talk.length == 5000
        assert said(talk, "229 x (|||4711|)")[0] == OPEN and talk.port == 4711
        assert talk.opened() == TALK and talk.command == b"REST 100\r\n"
        assert said(talk, rest) == (TALK, b"RETR /d/f\r\n")
        assert said(talk, "150 here")[0] == MOVE and talk.first == first
        assert said(talk, "226 done")[0] == WAIT and talk.ended
        assert talk.finish() == OVER and talk.command == b"QUIT\r\n" and talk.reason == ""


def test_the_port_of_pasv_counts_and_its_address_does_not() -> None:
    """With and without the parentheses that some leave out."""
    for text in ("227 x (10,9,8,7,18,103).", "227 10,9,8,7,18,103"):
        talk = logged_in(is_sent=True)
        assert talk.command == b"EPSV\r\n"
        assert said(talk, "500 what?") == (TALK, b"PASV\r\n")
        assert said(talk, text)[0] == OPEN and talk.port == 4711
        assert talk.opened() == TALK and talk.command == b"STOR f\r\n"
    for text in ("227 x (1,2,3)", "227 x", "425 no", "227 (0,0,0,0,0,0)"):
        talk = logged_in(is_sent=True)
        assert said(talk, "500 what?", text)[0] == OVER and talk.reason


def test_refusals_end_it_in_words() -> None:
    talk = logged_in()
    assert said(talk, "550 x", "229 (|||9|)")[0] == OPEN  # no SIZE is no reason
    talk.opened()
    assert said(talk, "550 No such file")[0] == OVER and talk.reason == "FTP 550 No such file"
    assert said(logged_in(), "421 closing")[0] == OVER
    for url in ("ftp://h/", "ftp://h/d/", "ftp://h/a%0d%0aDELE%20b", "ftp://a%0a:b@h/f"):
        raises(ValueError, Talk, url, 0, False)
