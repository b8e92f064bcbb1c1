"""Golden PN532 frames, their checksums recomputed by script; docs/hardware.md 1.1 and 1.2."""

from chargepoint.drivers.rfid_frame import LIST_TARGET, NACK, RF_RETRIES, WAKE_SAM, FrameParser, target_uid

ACK = "0000FF00FF00"
ERROR = "0000FF01FF7F8100"
VERSION = "0000FF06FAD50332010607E800"
SAM_DONE = "0000FF02FED5151600"
NO_CARD = "0000FF03FDD54B00E000"
CARDS = (
    ("0000FF0CF4D54B010100040804DEADBEEF9600", "DEADBEEF"),
    ("0000FF0FF1D54B01010044000704A1B2C3D4E5F6CA00", "04A1B2C3D4E5F6"),
    ("0000FF15EBD54B01010344200704A1B2C3D4E5F60675778102 80B200", "04A1B2C3D4E5F6"),
    ("0000FF12EED54B01010084000A0102030405060708090A1900", "0102030405060708090A"),
)


def octets(text: str) -> bytes:
    return bytes.fromhex(text.replace(" ", ""))


def feed(parser: FrameParser, data: bytes) -> "list[int]":
    """All the events that are not 'nothing yet'."""
    events: "list[int]" = []
    for byte in data:
        event = parser.push(byte)
        if event:
            events.append(event)
    return events


def uid_of(frame: bytes) -> "int | bytes":
    parser = FrameParser()
    assert feed(parser, frame) == [3]
    uid = bytearray(10)
    length = target_uid(parser.data, parser.length, uid)
    return length if length <= 0 else bytes(uid[:length])


def frame(body: bytes) -> bytes:
    return bytes((0, 0, 255, len(body), -len(body) & 255)) + body + bytes((-sum(body) & 255, 0))


def test_what_the_host_sends_is_what_the_table_says() -> None:
    assert WAKE_SAM == octets("5555" + "00" * 14 + "0000FF05FBD41401000017 00")
    assert RF_RETRIES == octets("0000FF06FAD43205FF0101F400")
    assert LIST_TARGET == octets("0000FF04FCD44A0100E100")
    assert NACK == octets("0000FFFF0000")


def test_each_kind_of_frame_is_told_apart() -> None:
    for text, event in ((ACK, 1), ("0000FFFF0000", 2), (VERSION, 3), (SAM_DONE, 3), (NO_CARD, 3), (ERROR, 5)):
        assert feed(FrameParser(), octets(text)) == [event], text


def test_the_payload_of_a_frame_starts_at_tfi() -> None:
    parser = FrameParser()
    feed(parser, octets(VERSION))
    assert bytes(parser.data[: parser.length]) == octets("D50332010607")


def test_uids_of_4_7_and_10_bytes_and_with_ats() -> None:
    for text, uid in CARDS:
        assert uid_of(octets(text)) == octets(uid), text
    assert uid_of(octets(NO_CARD)) == 0


def test_ack_and_answer_in_one_stream_with_any_preamble_and_in_any_pieces() -> None:
    stream = octets(ACK + "000000" + SAM_DONE + "0000000000" + ACK + NO_CARD)
    parser = FrameParser()
    assert feed(parser, stream) == [1, 3, 1, 3]
    parser = FrameParser()
    events: "list[int]" = []
    for n in range(len(stream)):
        events += feed(parser, stream[n : n + 1])
    assert events == [1, 3, 1, 3]


def test_broken_checksums_are_noticed_and_the_next_frame_is_found() -> None:
    for at in (4, -2):  # LCS, DCS
        broken = bytearray(octets(VERSION))
        broken[at] ^= 0x10
        assert feed(FrameParser(), bytes(broken) + octets(SAM_DONE))[-1] == 3
        assert 4 in feed(FrameParser(), bytes(broken) + octets(SAM_DONE)), at


def test_garbage_before_a_frame_is_skipped() -> None:
    garbage = bytes((37 * n + 11) & 0xFF for n in range(55))
    assert feed(FrameParser(), garbage + octets(NO_CARD))[-1] == 3


def test_extended_frames_are_understood_and_too_long_ones_refused() -> None:
    body = bytes((0xD5, 0x4B)) + bytes(300)
    long = bytes((0, 0, 255, 255, 255, 1, 46, -47 & 255)) + body + bytes((-sum(body) & 255, 0))
    assert feed(FrameParser(400), long) == [3]
    assert feed(FrameParser(64), long + octets(NO_CARD)) == [4, 3]


def test_a_frame_cut_short_is_forgotten_on_request() -> None:
    parser = FrameParser()
    assert feed(parser, octets(VERSION)[:-4]) == []
    parser.forget()
    assert feed(parser, octets(ACK)) == [1]


def test_cascade_tags_and_impossible_answers_give_no_uid() -> None:
    assert uid_of(frame(octets("D54B010100040804 88A1B2C3"))) == -1  # first part of a longer UID
    assert uid_of(frame(octets("D54B010100040805DEADBEEF01"))) == -1  # 5 bytes do not exist
    assert uid_of(frame(octets("D54B01010004080ADEADBEEF"))) == -1  # says 10, brings 4
    assert uid_of(frame(octets("D54B0101"))) == -1
