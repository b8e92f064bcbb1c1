"""The meter samples of one connector: those of a running transaction on their grid, what its STOP will carry, and where an interval's energy counts from.

What a sample holds is core/charging/metering.py's, how it lies in bytes ocpp16/sample_layout.py's.
"""

from micropython import const

from chargepoint.core.charging.metering import put_sample
from chargepoint.core.messages.records import METER, STOP_DATA_BYTES, put_head
from chargepoint.ocpp16.codes import (
    CTX_SAMPLE_CLOCK,
    CTX_SAMPLE_PERIODIC,
    CTX_TRANSACTION_BEGIN,
    KEY_ALIGNED_DATA,
    KEY_SAMPLE_INTERVAL,
    KEY_SAMPLED_DATA,
    KEY_STOP_ALIGNED_DATA,
    KEY_STOP_MAX_METER_VALUES,
    KEY_STOP_SAMPLED_DATA,
)
from chargepoint.ocpp16.sample_layout import sample_length, thin_samples
from chargepoint.util.ticks import ticks_add, ticks_aged, ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DEFAULT_STOP_VALUES = const(10)  # for a product without the key StopTransactionMaxMeterValues


class Samples:
    """See the module. For reading: `from_wh`, where Energy.Active.Import.Interval counts from, periodic and clock-aligned."""

    def __init__(self, connector: "Any") -> None:
        """Allocates: at construction only."""
        self._c = connector
        self._data = bytearray(STOP_DATA_BYTES)
        self._end = 0  # of what the STOP will carry
        self._interval_ms = 0
        self._next = 0
        self.from_wh = [0, 0]

    def begin(self, now: int) -> None:
        """A transaction has begun: its grid starts, and so does what its STOP will carry."""
        c = self._c
        self._end = self._interval_ms = 0
        self._next = now
        self.from_wh[0] = self.from_wh[1] = c.meter_wh
        self.keep_for_stop(KEY_STOP_SAMPLED_DATA, CTX_TRANSACTION_BEGIN, now)

    def keep_for_stop(self, key: int, context: int, when: int) -> None:
        """Add a sample to the transactionData of the running transaction, within its bounds.

        When there are as many as StopTransactionMaxMeterValues allows, less one for the last, every second one but the first gives way.
        """
        c = self._c
        pairs = c.core.config.measurands(key)
        tx = c.transaction
        if tx is None or not pairs or c.reading is None:
            return
        most = c.core.config.number(KEY_STOP_MAX_METER_VALUES) or _DEFAULT_STOP_VALUES
        scratch = c.core.scratch
        length = put_sample(c, scratch, 0, pairs, context, when)
        if not length or length > STOP_DATA_BYTES // 2:
            return
        b = self._data
        while self._end:
            count = at = 0
            while at < self._end:
                at += sample_length(b, at)
                count += 1
            # room for this one and, unless it is the last, for the last one of the same size
            last = 0 if tx.stopping else 1
            if count + last < most and self._end + length * (1 + last) <= STOP_DATA_BYTES:
                break
            end = thin_samples(b, self._end)
            if end == self._end:
                return
            self._end = end
        end = self._end + length
        b[self._end : end] = memoryview(scratch)[:length]
        self._end = end

    def put_stop_data(self, b: "bytearray", at: int) -> int:
        """Write what the STOP carries at `b[at]`. Returns: its end."""
        end = at + self._end
        b[at:end] = memoryview(self._data)[: self._end]
        return end

    def take(self, context: int, when: int) -> None:
        """Take the periodic or clock-aligned sample for the grid point `when`."""
        c = self._c
        core = c.core
        aligned = context == CTX_SAMPLE_CLOCK
        if c.reading is None:
            return
        pairs = core.config.measurands(KEY_ALIGNED_DATA if aligned else KEY_SAMPLED_DATA)
        tx = c.transaction
        b = core.scratch
        if tx is not None:
            head = put_head(b, METER, c.id, tx.number)
            length = put_sample(c, b, head, pairs, context, when)
            if length > head:
                core.deliveries.append(b, length, True)
            self.keep_for_stop(KEY_STOP_ALIGNED_DATA if aligned else KEY_STOP_SAMPLED_DATA, context, when)
        else:
            core.idle_samples.keep(c.id, b, put_sample(c, b, 0, pairs, context, when))
        self.from_wh[aligned] = c.meter_wh

    def poll(self, now: int) -> None:
        """Take a periodic sample when its point of the grid has come; points that were missed altogether are stepped over."""
        self._next = ticks_aged(self._next, now)
        c = self._c
        interval_ms = c.core.config.number(KEY_SAMPLE_INTERVAL) * 1000
        tx = c.transaction
        if tx is None or tx.stopping or not interval_ms:
            return
        if interval_ms != self._interval_ms:
            self._interval_ms = interval_ms
            self._next = ticks_add(tx.started if ticks_diff(now, tx.started) < interval_ms else now, interval_ms)
        late_ms = ticks_diff(now, self._next)
        if late_ms >= 0:
            when = ticks_add(self._next, late_ms - late_ms % interval_ms)
            self._next = ticks_add(when, interval_ms)
            self.take(CTX_SAMPLE_PERIODIC, when)

    def wait_ms(self, now: int) -> int:
        """Milliseconds until the next periodic sample of a transaction that runs; a large number without a grid. Allocates: none."""
        return ticks_diff(self._next, now) if self._interval_ms else 60000
