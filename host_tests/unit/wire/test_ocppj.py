"""OCPP-J framing: what belongs to what, and what every unusable message gets."""

from chargepoint.wire.json_read import JsonReader
from chargepoint.wire.json_write import JsonWriter
from chargepoint.wire.ocppj import Framing
from host_tests.portable import allocated, sent_frame
from host_tests.unit.wire.codes import CALL, DROPPED, ERROR, J_KEY, J_OBJECT, J_OBJECT_END, NOT_UTF8, REFUSE, RESULT


def framing() -> "Framing":
    """A fresh framing with small buffers."""
    return Framing(JsonReader(), JsonWriter(bytearray(400)))


def calling(unique_id: str = "7-1") -> "Framing":
    """A framing with a Heartbeat in flight."""
    f = framing()
    w = f.begin_call(8, unique_id, "Heartbeat")
    w.begin_object()
    w.end_object()
    assert f.end_call(unique_id)
    return f


def read(f: "Framing", text: bytes) -> int:
    """Take in one message from the middle of a buffer."""
    buf = bytearray(b"##" + text + b'"]')
    return f.read(buf, 2, 2 + len(text))


def output(f: "Framing") -> bytes:
    """What was written last."""
    return bytes(f.writer.buf[8 : f.writer.pos])


def test_call_of_ours() -> None:
    """A CALL is written in order and waits for its answer."""
    f = calling("abc")
    assert output(f) == b'[2,"abc","Heartbeat",{}]'
    sent_frame(output(f))
    assert f.pending == b"abc"


def test_ids_are_bounded() -> None:
    """1 to 36 characters; nothing else goes out."""
    assert calling("x" * 36).pending == b"x" * 36
    for bad in ("", "x" * 37):
        f = framing()
        w = f.begin_call(8, bad, "Heartbeat")
        w.begin_object()
        w.end_object()
        assert not f.end_call(bad) and f.pending is None


def test_call_that_does_not_fit() -> None:
    """An overflow leaves nothing in flight."""
    f = framing()
    w = f.begin_call(8, "1", "DataTransfer")
    w.begin_object()
    w.key("data")
    w.string("x" * 500)
    w.end_object()
    assert not f.end_call("1") and f.pending is None


def test_answer() -> None:
    """The answer with our id ends the CALL; the reader stands before its payload and sees nothing behind it."""
    f = calling()
    assert read(f, b' [ 3 , "7-1" , {"currentTime" : "x"} ] ') == RESULT
    assert f.pending is None
    r = f.reader
    assert r.next() == J_OBJECT and r.next() == J_KEY and r.is_text(b"currentTime")
    r.skip()
    assert r.next() == J_OBJECT_END and r.next() == 0


def test_late_and_unknown_answers_are_dropped_and_counted() -> None:
    """Only the id in flight counts, whatever else comes."""
    f = calling()
    for text in (
        b'[3,"6-1",{}]',
        b'[4,"6-1","GenericError","",{}]',
        b'[3,"",{}]',
        b'[4,"","InternalError","",{}]',
        b'[4,"-1","RpcFrameworkError","",{}]',
        b'[3,"7-10",{}]',
    ):
        assert read(f, text) == DROPPED
    assert f.late_answers == 6 and f.pending == b"7-1"
    assert read(f, b'[3,"7-1",{}]') == RESULT
    assert read(f, b'[3,"7-1",{}]') == DROPPED
    assert f.late_answers == 7


def test_call_while_ours_is_pending() -> None:
    """The central system's CALL is answered with its own id, ours stays in flight."""
    f = calling()
    assert read(f, b'[2,"srv\\"1","Reset",{"type":"Soft"}]') == CALL
    assert f.action == "Reset"
    r = f.reader
    assert r.next() == J_OBJECT and r.next() == J_KEY and r.is_text(b"type")
    w = f.begin_result(8, RESULT)
    w.begin_object()
    w.key("status")
    w.string("Accepted")
    w.end_object()
    assert f.end()
    assert output(f) == b'[3,"srv\\"1",{"status":"Accepted"}]'
    sent_frame(output(f), "Reset")
    assert f.pending == b"7-1"


def test_error_answers() -> None:
    """Any code is taken, missing elements too, and details of any kind."""
    for text, code, description in (
        (b'[4,"7-1","NotSupported","no such thing",{}]', "NotSupported", "no such thing"),
        (b'[4,"7-1","FormatViolation","",{"a":[1]}]', "FormatViolation", ""),
        (b'[4,"7-1","OccurenceConstraintViolation","x"]', "OccurenceConstraintViolation", "x"),
        (b'[4,"7-1","InternalError"]', "InternalError", ""),
        (b'[4,"7-1"]', "GenericError", ""),
        (b'[4,"7-1","",""]', "GenericError", ""),
        (b'[4,"7-1",null,null,null]', "GenericError", ""),
        (b'[4,"7-1","NewCode","text",[1,2],"more"]', "NewCode", "text"),
        (b'[4,"7-1","' + b"x" * 60 + b'","' + b"y" * 255 + b'",{}]', "GenericError", "y" * 255),
        (b'[4,"7-1","GenericError","' + b"y" * 256 + b'",{}]', "GenericError", ""),
    ):
        f = calling()
        assert read(f, text) == ERROR, text
        assert (f.code, f.description) == (code, description), text
        assert f.pending is None


def test_unusable_answers_end_our_call() -> None:
    """The queue must not wait for a better one."""
    for text in (b'[3,"7-1",null]', b'[3,"7-1"]', b'[3,"7-1",[]]', b'[3,"7-1",{"a":}]', b'[3,"7-1",{"a":1,"a":2}]', b'[3,"7-1",{}', b'[4,"7-1","Generic'):
        f = calling()
        assert read(f, text) == ERROR, text
        assert f.code == ("" if text[1:2] == b"3" else "FormationViolation") and f.pending is None


def test_refused_calls() -> None:
    """A CALL that cannot be used gets a CALLERROR with its own id, even if the rest is no JSON."""
    for text, code in (
        (b'[2,"id","Reset",{"type":}]', "FormationViolation"),
        (b'[2,"id","Reset",{"type":"Soft"}', "FormationViolation"),
        (b'[2,"id","Reset",{"type":"Soft","type":"Hard"}]', "FormationViolation"),
        (b'[2,"id","Reset",{"type":"\\ud83d"}]', "FormationViolation"),
        (b'[2,"id","Reset",{}] {}', "FormationViolation"),
        (b'[2,"id","Reset",{"a":[[[[[[[[[[[[]]]]]]]]]]]]}]', "FormationViolation"),
        (b'[2,"id","Reset"]', "FormationViolation"),
        (b'[2,"id"]', "FormationViolation"),
        (b'[2,"id","Reset",null]', "FormationViolation"),
        (b'[2,"id","Reset",[]]', "FormationViolation"),
        (b'[2,"id","Reset",{},{}]', "FormationViolation"),
        (b'[2,"id",5,{}]', "FormationViolation"),
        (b'[2,"id","' + b"x" * 51 + b'",{}]', "NotImplemented"),
        (b'[2,"id","",{}]', "NotImplemented"),
        (b'[2,"id"', "FormationViolation"),
    ):
        f = framing()
        assert read(f, text) == REFUSE, text
        assert f.code == code, text
        assert f.error(8, f.code, f.description)
        assert output(f).startswith(b'[4,"id","' + code.encode() + b'","')
        sent_frame(output(f))


def test_the_head_of_a_message_that_was_too_long() -> None:
    """A CALL is refused with its id, an answer to ours is unusable, the rest is dropped."""

    def head(f: "Framing", text: bytes) -> int:
        buf = bytearray(text)
        return f.read(buf, 0, len(buf), False)

    for text in (b'[2,"id","DataTransfer",{"data":"xxxx', b'[2, "id" ,"Sen', b'[2,"id","DataTransfer",{"data":"\xe2\x82'):
        f = calling()
        assert head(f, text) == REFUSE, text
        assert f.code == "InternalError" and "%d bytes" % len(text) in f.description
        assert f.error(8, f.code, f.description)
        sent_frame(output(f))
        assert output(f).startswith(b'[4,"id","InternalError","') and f.pending == b"7-1"
    for text in (b'[3,"7-1",{"idTagInfo":', b'[4,"7-1","Generic'):
        f = calling()
        assert head(f, text) == ERROR and f.code == ("" if text[1:2] == b"3" else "FormationViolation") and f.pending is None
    f = calling()
    for text in (b'[3,"7-2",{"idTagInfo":', b'[2,"' + b"y" * 256, b"xxxx", b'[2,"id', b'[2,"\xff","a",{'):
        assert head(f, text) == DROPPED, text
    assert f.late_answers == 1 and f.unusable == 4 and f.pending == b"7-1"


def test_odd_ids_are_echoed() -> None:
    """What the central system chose as id comes back byte for byte."""
    for unique_id in (b"", b"-1", b"x" * 37, b"\\u0041\\/", b"\xc3\xa9", b"y" * 254):
        f = framing()
        assert read(f, b'[2,"' + unique_id + b'","Nope",{}]') == CALL
        assert f.error(8, "NotImplemented", "")
        assert output(f) == b'[4,"' + unique_id + b'","NotImplemented","",{}]'


def test_messages_without_a_readable_id_are_dropped_and_counted() -> None:
    """There is nobody to answer to."""
    f = calling()
    texts = (
        b"",
        b"hello",
        b"{}",
        b"[]",
        b"[2]",
        b'[2,5,"Reset",{}]',
        b'[2,null,"Reset",{}]',
        b'["2","id","Reset",{}]',
        b'[5,"id","Reset",{}]',
        b'[1,"id"]',
        b'[22,"id","Reset",{}]',
        b'[2.0,"id","Reset",{}]',
        b'[-2,"id","Reset",{}]',
        b'[2,"id',
        b'[2,"id\n","Reset",{}]',
        b'[2,"\\x","Reset",{}]',
        b'[2,"' + b"y" * 256 + b'","Reset",{}]',
        b"[4,null,\"GenericError\",\"\",{}]",
    )
    for text in texts:
        assert read(f, text) == DROPPED, text
    assert f.unusable == len(texts) and f.pending == b"7-1"


def test_bad_utf8_closes_the_connection() -> None:
    """1007 is the WebSocket's answer, whatever the message was."""
    for text in (b'[2,"id","Reset",{"type":"\xff"}]', b"\xff", b'[2,"\xc0\x80","Reset",{}]', b'[3,"7-1",{}] \xe2\x82'):
        f = calling()
        assert read(f, text) == NOT_UTF8, text
        assert f.pending == b"7-1"


def test_receiving_an_answer_allocates_nothing() -> None:
    """The reader's view of the buffer is made once."""
    f = calling()
    buf = bytearray(b'[3,"7-1",{"currentTime":"2026-11-23T08:00:30Z"}]')
    f.read(buf, 0, len(buf))
    pending = b"7-1"

    def again() -> None:
        f.pending = pending
        assert f.read(buf, 0, len(buf)) == RESULT

    assert allocated(again) == 0
