"""Formats that were left behind, read once after an update. Loaded when one is found."""

import struct


def of_meta(meta: bytes, name: str) -> "bytes | None":
    """Return the record `utc` or `starts` out of `meta`: a line "boot offset", then for each connector "number fate transactionId"."""
    try:
        numbers = [[int(n) for n in line.split(" ")] for line in str(meta, "utf-8").split("\n")]
        if name == "utc":
            boot, offset_s = numbers[0]
            return struct.pack("<Iq", boot & 0xFFFF, offset_s)
        return b"".join([struct.pack("<IIq", number & 0xFFFFFFFF, fate & 3, transaction_id) for number, fate, transaction_id in numbers[1:]])
    except Exception:  # CPython: struct.error
        return None
