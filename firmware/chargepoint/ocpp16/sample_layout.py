"""How a meter sample lies in bytes, for those who take it, keep it, stamp it and send it. All numbers are little-endian.

    0   stamp (8)                 core/clock.py: seconds u32, milliseconds and a flag u16, boot u16
    8   context (1)               CTX_*
    9   number of values (1)
    10  for each value (6)        measurand (1), phase (1, 0 for all), value i32 in the unit and decimals of its measurand
"""

from chargepoint.ocpp16.codes import CTX_OTHER
from chargepoint.ocpp16.keys import MEASURANDS, PHASES

SAMPLE_CONTEXT = 8
SAMPLE_COUNT = 9
SAMPLE_HEAD_BYTES = 10
VALUE_BYTES = 6


def sample_length(b: "bytes | bytearray", at: int) -> int:
    """The bytes that the sample at `at` takes. Allocates: none."""
    return SAMPLE_HEAD_BYTES + VALUE_BYTES * b[at + SAMPLE_COUNT]


def sound_sample_end(b: "bytes | bytearray", at: int, length: int) -> int:
    """The end of the sample at `at`, 0 when what lies there up to `length` is none that can be sent. Allocates: none."""
    values = at + SAMPLE_HEAD_BYTES
    if values > length or b[at + SAMPLE_CONTEXT] > CTX_OTHER or not b[at + SAMPLE_COUNT]:
        return 0
    end = at + sample_length(b, at)
    if end > length:
        return 0
    for i in range(values, end, VALUE_BYTES):
        if b[i] >= MEASURANDS.count(b",") or b[i + 1] > PHASES.count(b","):
            return 0
    return end


def thin_samples(b: "bytearray", end: int) -> int:
    """Remove every second sample between the first one and `end`, so that what stays is spread evenly. Returns: the new end.

    Allocates: none. The first sample (the begin of the transaction) always stays.
    """
    at = to = sample_length(b, 0)
    keep = False
    while at < end:
        length = sample_length(b, at)
        if keep:
            for i in range(length):
                b[to + i] = b[at + i]
            to += length
        keep = not keep
        at += length
    return to
