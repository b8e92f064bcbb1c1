"""Meter readings to samples: which values, in which unit, on which grid."""

from micropython import const

from chargepoint.core.messages.records import METER, STOP_DATA_BYTES, put_head, put_u32, sample_length, thin_samples
from chargepoint.ocpp16.codes import (
    CTX_SAMPLE_CLOCK,
    CTX_SAMPLE_PERIODIC,
    KEY_ALIGNED_DATA,
    KEY_SAMPLE_INTERVAL,
    KEY_SAMPLED_DATA,
    KEY_STOP_ALIGNED_DATA,
    KEY_STOP_MAX_METER_VALUES,
    KEY_STOP_SAMPLED_DATA,
    MEA_CURRENT_IMPORT,
    MEA_CURRENT_OFFERED,
    MEA_ENERGY_INTERVAL,
    MEA_ENERGY_REGISTER,
    MEA_FREQUENCY,
    MEA_POWER_IMPORT,
    MEA_POWER_OFFERED,
    MEA_SOC,
    MEA_TEMPERATURE,
    MEA_VOLTAGE,
)
from chargepoint.util.ticks import ticks_add, ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any



_DEFAULT_STOP_VALUES = const(10)  # for a product without the key StopTransactionMaxMeterValues


def _value(c: "Any", measurand: int, phase: int, context: int) -> "int | None":
    """One value in the unit and decimals of its measurand; `phase` 0 the whole, 1 to 3 one conductor. None: the meter cannot say.

    A SoC that nobody has told is 0: the certified product lists SoC and every listed measurand has to be in every sample (TC_070), but
    plain IEC 61851 signalling carries none. Products without a source do not list it, and refuse it when somebody configures it.
    """
    r = c.reading
    if measurand == MEA_ENERGY_REGISTER:
        return int(c.meter_wh)
    if measurand == MEA_ENERGY_INTERVAL:
        return int(c.meter_wh - c.interval_from_wh[context == CTX_SAMPLE_CLOCK])
    if measurand == MEA_CURRENT_OFFERED:
        return int(c.interlock.offered_ma // 10)
    if measurand == MEA_SOC:
        return int(getattr(r, "soc_percent", None) or 0)
    if measurand == MEA_POWER_IMPORT:
        return int(r.power_w)
    if measurand == MEA_FREQUENCY:
        return int(r.frequency_mhz) // 10
    if measurand == MEA_TEMPERATURE:
        return int(r.temperature_c)
    if measurand == MEA_POWER_OFFERED:
        return int(sum(r.voltage_mv) // 1000 * c.interlock.offered_ma // 1000)
    lines = r.current_ma if measurand == MEA_CURRENT_IMPORT else r.voltage_mv
    if phase > len(lines):
        return None  # the board's meter has fewer than the product
    return int(lines[phase - 1 if phase else 0]) // (10 if measurand == MEA_CURRENT_IMPORT else 100)


def put_sample(c: "Any", b: "bytearray", at: int, pairs: bytes, context: int, when: int) -> int:
    """Write a sample of the present reading, stamped `when`. A current or voltage without a phase is written once for each conductor.

    Returns: the end of the sample, `at` when it would be empty. Allocates: none.
    """
    c.core.clock.stamp(b, at, when)
    b[at + 8] = context
    count = 0
    head = at
    at += 10
    for i in range(0, len(pairs), 2):
        measurand = pairs[i]
        first = last = pairs[i + 1]
        if not first and (measurand == MEA_CURRENT_IMPORT or measurand == MEA_VOLTAGE) and len(c.reading.voltage_mv) > 1:
            first = 1
            last = len(c.reading.voltage_mv)
        for phase in range(first, last + 1):
            value = _value(c, measurand, phase, context)
            if value is not None:
                b[at] = measurand
                b[at + 1] = phase
                put_u32(b, at + 2, value)
                at += 6
                count += 1
    b[head + 9] = count
    return at if count else head


def keep_for_stop(c: "Any", key: int, context: int, when: int) -> None:
    """Add a sample to the transactionData of the running transaction, within its bounds.

    When there are as many as StopTransactionMaxMeterValues allows, less one for the last, every second one but the first gives way.
    """
    pairs = c.core.config.measurands(key)
    tx = c.transaction
    if tx is None or not pairs or c.reading is None:
        return
    most = c.core.config.number(KEY_STOP_MAX_METER_VALUES) or _DEFAULT_STOP_VALUES
    scratch = c.core.scratch
    length = put_sample(c, scratch, 0, pairs, context, when)
    if not length or length > STOP_DATA_BYTES // 2:
        return
    b = c.stop_data
    while tx.data_end:
        count = at = 0
        while at < tx.data_end:
            at += sample_length(b, at)
            count += 1
        # room for this one and, unless it is the last, for the last one of the same size
        last = 0 if tx.stopping else 1
        if count + last < most and tx.data_end + length * (1 + last) <= STOP_DATA_BYTES:
            break
        end = thin_samples(b, tx.data_end)
        if end == tx.data_end:
            return
        tx.data_end = end
    end = tx.data_end + length
    b[tx.data_end : end] = memoryview(scratch)[:length]
    tx.data_end = end


def sample(c: "Any", context: int, when: int) -> None:
    """Take the periodic or clock-aligned sample of a connector for the grid point `when`."""
    config = c.core.config
    aligned = context == CTX_SAMPLE_CLOCK
    pairs = config.measurands(KEY_ALIGNED_DATA if aligned else KEY_SAMPLED_DATA)
    if c.reading is None:
        return
    tx = c.transaction
    if tx is not None:
        b = c.core.scratch
        head = put_head(b, METER, c.id, tx.number)
        length = put_sample(c, b, head, pairs, context, when)
        if length > head:
            c.core.deliveries.append(b, length, True)
        keep_for_stop(c, KEY_STOP_ALIGNED_DATA if aligned else KEY_STOP_SAMPLED_DATA, context, when)
    else:
        b = c.core.scratch
        c.core.idle_samples.keep(c.id, b, put_sample(c, b, 0, pairs, context, when))
    c.interval_from_wh[aligned] = c.meter_wh


def poll_periodic(c: "Any", now: int) -> None:
    """Take a periodic sample when its point of the grid has come; points that were missed altogether are stepped over."""
    interval_ms = c.core.config.number(KEY_SAMPLE_INTERVAL) * 1000
    tx = c.transaction
    if tx is None or tx.stopping or not interval_ms:
        return
    if interval_ms != tx.interval_ms:
        tx.interval_ms = interval_ms
        tx.next_sample = ticks_add(tx.started if ticks_diff(now, tx.started) < interval_ms else now, interval_ms)
    late_ms = ticks_diff(now, tx.next_sample)
    if late_ms >= 0:
        when = ticks_add(tx.next_sample, late_ms - late_ms % interval_ms)
        tx.next_sample = ticks_add(when, interval_ms)
        sample(c, CTX_SAMPLE_PERIODIC, when)
