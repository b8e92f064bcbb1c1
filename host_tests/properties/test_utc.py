"""UTC text and CRC against the standard library."""

from __future__ import annotations

import binascii
from datetime import datetime, timedelta, timezone

from hypothesis import given, strategies as st

from chargepoint.util.crc import is_sealed, seal
from chargepoint.util.ticks import ticks_add, ticks_diff
from chargepoint.util.utc import format_utc, parse_utc

EPOCH = datetime(2020, 1, 1, tzinfo=timezone.utc)
MOMENT = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30, 23, 59, 59))


@given(MOMENT, st.integers(-14 * 60, 14 * 60))
def test_any_moment_in_any_zone(moment: datetime, offset_minutes: int) -> None:
    """Python's own spelling of a moment is read right, and written back as the same moment in UTC."""
    moment = moment.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))
    since = moment - EPOCH
    parsed = parse_utc(moment.isoformat())
    assert parsed == (since.days * 86400 + since.seconds, since.microseconds // 1000)
    buf = bytearray(24)
    format_utc(buf, 0, *parsed)
    assert buf.decode() == moment.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    assert parse_utc(buf.decode()) == parsed


@given(st.text(st.sampled_from("0123456789-:.TZ+ a\u0661"), max_size=36) | st.text(max_size=36))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Never an exception."""
    parsed = parse_utc(text)
    assert parsed is None or (0 <= parsed[1] <= 999)


@given(st.binary(max_size=300))
def test_crc_is_zips(data: bytes) -> None:
    """Any bytes."""
    record = bytearray(data + bytes(4))
    seal(record, len(data))
    assert bytes(record[-4:]) == binascii.crc32(data).to_bytes(4, "little") and is_sealed(record, len(data))


@given(st.integers(0, (1 << 30) - 1), st.integers(-(1 << 29) + 1, (1 << 29) - 1))
def test_ticks_group(ticks: int, delta: int) -> None:
    """Adding and subtracting are each other's inverse modulo 2**30."""
    later = ticks_add(ticks, delta)
    assert later == (ticks + delta) % (1 << 30)
    assert ticks_diff(later, ticks) == delta
