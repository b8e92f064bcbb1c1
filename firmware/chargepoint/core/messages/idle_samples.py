"""Meter values outside transactions: one sample a connector, in RAM; one that could not be sent is replaced by the next."""

from micropython import const

from chargepoint.core.messages.sources import Source
from chargepoint.ocpp16.codes import ACT_METER_VALUES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.core.messages.sources import Message

_SAMPLE_BYTES = const(140)


class IdleSamples(Source):
    """The last source; see the module."""

    def __init__(self, core: "Any") -> None:
        self._core = core
        self._samples = [bytearray(_SAMPLE_BYTES) for _ in range(core.product.CONNECTORS)]
        self._lengths = bytearray(core.product.CONNECTORS)

    def keep(self, connector: int, sample: bytearray, length: int) -> None:
        """Take the newest sample of a connector, the first `length` bytes of `sample`; an empty one or one that is too long is left out."""
        if 0 < length <= _SAMPLE_BYTES:
            self._samples[connector - 1][:length] = memoryview(sample)[:length]
            self._lengths[connector - 1] = length

    def fill(self, m: "Message", now: int) -> bool:
        """Make the MeterValues of the first connector that has a sample."""
        lengths = self._lengths
        for i in range(len(lengths)):
            end = lengths[i]
            if end:
                m.action = ACT_METER_VALUES
                m.connector = i + 1
                m.transaction_id = None
                m.record[:end] = memoryview(self._samples[i])[:end]
                m.start = 0
                m.end = end
                self._core.clock.rewrite(m.record, 0, now)
                lengths[i] = 0
                return True
        return False
