"""Transaction messages as they lie in the durable queue, built and read without copies.

    byte 0      kind: 1 START, 2 METER, 3 STOP; a changed layout gets new kinds, these three stay readable
    byte 1      connector
    bytes 2-5   local transaction number (boot number * 65536 + counter): the transactionId is looked up with it when the message is sent
    START       6 stamp (core/clock.py), 14 meter Wh u32, 18 reservation id i32 (-1 none), 22 length of the idTag, 23 idTag
    METER       6 samples
    STOP        6 stamp, 14 meter Wh u32, 18 reason (255 none), 19-21 zero, 22 length of the idTag (0 none), 23 idTag, then samples

What a sample is says ocpp16/sample_layout.py. All numbers are little-endian. The running transaction of a connector is kept in the store as
"tx1", "tx2": number u32, last meter Wh u32, stamp of that; empty when none runs.
"""

from chargepoint.ocpp16.codes import RSN_UNLOCK_COMMAND
from chargepoint.ocpp16.sample_layout import sound_sample_end
from chargepoint.util.little_endian import put_u32

START = 1
METER = 2
STOP = 3
MAX_RECORD_BYTES = 384  # a STOP with idTag and STOP_DATA_BYTES of samples, or a METER with 54 values
STOP_DATA_BYTES = 320  # samples kept for one StopTransaction


def put_head(b: "bytearray", kind: int, connector: int, number: int) -> int:
    """Write kind, connector and transaction number. Returns: where the rest starts."""
    b[0] = kind
    b[1] = connector
    put_u32(b, 2, number)
    return 6


def put_edge(b: "bytearray", kind: int, connector: int, number: int, meter_wh: int, detail: int, id_tag: "str | None") -> int:
    """Write a START or STOP without its stamp. `detail` is the reservation id or the reason. Returns: the length."""
    put_head(b, kind, connector, number)
    put_u32(b, 14, meter_wh)
    put_u32(b, 18, detail)
    tag = b"" if id_tag is None else id_tag.encode()
    end = 23 + len(tag)
    b[22] = len(tag)
    b[23:end] = tag
    return end


def id_tag_of(b: "bytes | bytearray") -> "str | None":
    """The idTag of a START or STOP."""
    return str(bytes(b[23 : 23 + b[22]]), "utf-8") if b[22] else None


def is_sound(b: "bytes | bytearray", length: int) -> bool:
    """Whether the first `length` bytes are a record as this page has it, to their end, and can be sent: what lies in a queue may be another's."""
    if length < 6 or not START <= b[0] <= STOP or not b[1]:
        return False
    at = 6
    if b[0] != METER:
        if length < 23 or 23 + b[22] > length:
            return False
        at = 23 + b[22]
        try:
            if len(id_tag_of(b) or "") > 20:
                return False
        except ValueError:  # no UTF-8
            return False
    if b[0] == START:
        return at == length and b[22] > 0
    if b[0] == STOP and RSN_UNLOCK_COMMAND < b[18] != 255:
        return False
    while at < length:
        at = sound_sample_end(b, at, length)
        if not at:
            return False
    return b[0] == STOP or length > 6
