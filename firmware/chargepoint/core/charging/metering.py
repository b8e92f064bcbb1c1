"""A meter reading as a sample: which values, and in which unit. When one is taken: core/charging/samples.py."""

from chargepoint.ocpp16.codes import (
    CTX_SAMPLE_CLOCK,
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
from chargepoint.ocpp16.sample_layout import SAMPLE_CONTEXT, SAMPLE_COUNT, SAMPLE_HEAD_BYTES, VALUE_BYTES
from chargepoint.util.little_endian import put_u32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _value(c: "Any", measurand: int, phase: int, context: int) -> "int | None":
    """One value in the unit and decimals of its measurand; `phase` 0 the whole, 1 to 3 one conductor. None: the meter cannot say.

    A SoC that nobody has told is 0: the certified product lists SoC and every listed measurand has to be in every sample (TC_070), but
    plain IEC 61851 signalling carries none. Products without a source do not list it, and refuse it when somebody configures it.
    """
    r = c.reading
    if measurand == MEA_ENERGY_REGISTER:
        return int(c.meter_wh)
    if measurand == MEA_ENERGY_INTERVAL:
        return int(c.meter_wh - c.samples.from_wh[context == CTX_SAMPLE_CLOCK])
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
    b[at + SAMPLE_CONTEXT] = context
    count = 0
    head = at
    at += SAMPLE_HEAD_BYTES
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
                at += VALUE_BYTES
                count += 1
    b[head + SAMPLE_COUNT] = count
    return at if count else head
