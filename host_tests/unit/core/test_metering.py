"""Meter values: TC_070, TC_071, transactionData, and the grid that does not drift."""

from boards.products import duo, full, lecs007
from chargepoint.util.signals import LIMIT_TEMPERATURE
from host_tests.core_bench import Bench


def _seconds(timestamp: str) -> int:
    """Milliseconds of the day in a timestamp of ours."""
    return ((int(timestamp[11:13]) * 60 + int(timestamp[14:16])) * 60 + int(timestamp[17:19])) * 1000 + int(timestamp[20:23])


def _values(b: Bench, connector: int = 1) -> list:  # type: ignore[type-arg]
    return [p for a, p in b.log if a == "MeterValues" and p["connectorId"] == connector]


def test_every_sample_has_every_measurand_that_is_configured() -> None:
    b = Bench(lecs007)
    b.charge()
    b.run(60000)
    samples = _values(b)
    assert len(samples) == 4
    for message in samples:
        values = message["meterValue"][0]["sampledValue"]
        assert [v["measurand"] for v in values] == ["Energy.Active.Import.Register", "Current.Import", "Voltage", "SoC", "Power.Active.Import"]
        assert [v["unit"] for v in values] == ["Wh", "A", "V", "Percent", "W"]
        assert values[1]["value"] == "32.00" and values[2]["value"] == "230.1" and values[4]["value"] == "7360"
        for v in values:
            assert v["context"] == "Sample.Periodic" and ("location" in v) == (v["measurand"] == "SoC")


def test_a_source_of_soc_is_used() -> None:
    b = Bench(lecs007)
    b.readings[0].soc_percent = 61  # type: ignore[attr-defined]
    b.charge()
    b.run(16000)
    assert _values(b)[0]["meterValue"][0]["sampledValue"][3] == {
        "value": "61", "context": "Sample.Periodic", "measurand": "SoC", "location": "EV", "unit": "Percent"
    }


def test_samples_keep_their_distance_whatever_happens_to_the_link() -> None:
    b = Bench(lecs007)
    b.charge()
    for _ in range(4):
        b.run(17000)
        b.disconnect()
        b.run(23000)
        b.connect()
    times = [_seconds(p["meterValue"][0]["timestamp"]) for p in _values(b)]
    start = _seconds("2026-11-23T08:00:00.650Z")
    assert times == [start + 15000 * (i + 1) for i in range(len(times))] and len(times) >= 10


def test_a_late_poll_does_not_shift_the_grid() -> None:
    b = Bench(lecs007)
    b.charge()
    b.run(7000)
    b.elapsed_ms += 3777  # the app was busy
    b.now += 3777
    b.core.poll(b.now)
    b.settle()
    b.run(30000)
    times = [_seconds(p["meterValue"][0]["timestamp"]) for p in _values(b)]
    assert [t - times[0] for t in times] == [15000 * i for i in range(len(times))]


def test_the_interval_can_be_changed_and_switched_off() -> None:
    b = Bench(lecs007)
    b.charge()
    b.configure("MeterValueSampleInterval", "60")
    b.run(50000)
    assert _values(b) == []
    b.run(15000)
    assert len(_values(b)) == 1
    b.configure("MeterValueSampleInterval", "0")
    b.run(200000)
    assert len(_values(b)) == 1


def test_clock_aligned_samples() -> None:
    b = Bench(lecs007)
    b.configure("MeterValueSampleInterval", "0")
    b.configure("ClockAlignedDataInterval", "20")
    b.charge()
    b.run(70000)
    samples = [p for p in _values(b) if "transactionId" in p]
    assert [p["meterValue"][0]["timestamp"][17:] for p in samples] == ["20.000Z", "40.000Z", "00.000Z"]
    for p in samples:
        values = p["meterValue"][0]["sampledValue"]
        assert [(v["measurand"], v["context"]) for v in values] == [("Energy.Active.Import.Register", "Sample.Clock")]


def test_clock_aligned_samples_outside_transactions_carry_no_transaction() -> None:
    b = Bench(duo, ClockAlignedDataInterval="60")
    b.run(125000)
    assert len(_values(b, 1)) == 2 and len(_values(b, 2)) == 2
    assert "transactionId" not in _values(b)[0]


def test_the_aligned_grid_starts_at_midnight() -> None:
    b = Bench(lecs007)
    b.core.set_clock(217584000 - 8 * 3600 + 86400 - 30, 0, b.now)  # half a minute before midnight
    b.configure("ClockAlignedDataInterval", "7000")
    b.run(40000)
    assert [p["meterValue"][0]["timestamp"] for p in _values(b)] == ["2026-11-24T00:00:00.000Z"]


def test_three_phases_and_single_phases() -> None:
    b = Bench(full, MeterValuesSampledData="Current.Import,Voltage.L2")
    b.readings[0].voltage_mv = [230000, 231000, 232000]
    b.readings[0].current_ma = [16000, 15000, 14000]
    b.charge()
    b.run(61000)
    values = _values(b)[0]["meterValue"][0]["sampledValue"]
    assert [(v["measurand"], v.get("phase"), v["value"]) for v in values][1:] == [
        ("Current.Import", "L2", "15.00"), ("Current.Import", "L3", "14.00"), ("Voltage", "L2", "231.0")
    ]


def test_a_phase_is_the_value_of_that_phase_or_rejected() -> None:
    """Never accepted and left out, never the total with a phase's name."""
    keys = ("MeterValuesSampledData", "MeterValuesAlignedData", "StopTxnSampledData", "StopTxnAlignedData")
    for product in (lecs007, full, duo):
        b = Bench(product)
        for name in product.MEASURANDS.split(","):
            for phase in range(1, 5):
                known = name in ("Current.Import", "Voltage") and phase <= product.PHASES
                for key in keys:
                    answer = b.call("ChangeConfiguration", {"key": key, "value": "%s.L%d" % (name, phase)})
                    assert answer == {"status": "Accepted" if known else "Rejected"}, (product.NAME, key, name, phase)


def test_a_phase_alone_is_in_every_sample() -> None:
    for product, name, phase, expected in (
        (lecs007, "Voltage", 1, "231.0"), (lecs007, "Current.Import", 1, "32.00"), (full, "Voltage", 2, "232.0"), (full, "Current.Import", 3, "13.00")
    ):  # fmt: skip
        b = Bench(product)
        b.readings[0].voltage_mv = [231000, 232000, 233000][: product.PHASES]
        b.readings[0].current_ma = [1000, 12000, 13000][: product.PHASES]
        b.configure("MeterValuesSampledData", "%s.L%d" % (name, phase))
        b.configure("MeterValueSampleInterval", "15")
        b.charge()
        b.run(16000)
        sampled = _values(b)[0]["meterValue"][0]["sampledValue"]
        assert [(v["measurand"], v["phase"], v["value"]) for v in sampled] == [(name, "L%d" % phase, expected)]


def test_a_stored_list_that_is_no_longer_allowed_falls_back_to_the_factory_value() -> None:
    b = Bench(lecs007)
    b.store.saved["config"] = b"MeterValuesSampledData=Power.Active.Import.L1\nStopTxnSampledData=Voltage.L2"
    b.power_cut()
    assert b.core.config.text("MeterValuesSampledData") == "Energy.Active.Import.Register,Current.Import, Voltage,SoC,Power.Active.Import"
    assert b.core.config.text("StopTxnSampledData") == "Energy.Active.Import.Register"


def test_a_sample_of_nothing_is_not_sent() -> None:
    """A board whose meter has fewer phases than its product: the schema wants at least one value in a sample."""
    b = Bench(full, MeterValuesSampledData="Voltage.L3", StopTxnSampledData="Current.Import.L2", MeterValuesAlignedData="Voltage.L2")
    b.configure("ClockAlignedDataInterval", "30")
    b.run(61000)
    transaction_id = b.charge()
    b.run(121000)
    b.call("RemoteStopTransaction", {"transactionId": transaction_id})
    b.run(3000)
    assert _values(b) == [] and _stop_data(b) == []


def test_energy_interval_and_offers() -> None:
    b = Bench(full, MeterValuesSampledData="Energy.Active.Import.Interval,Current.Offered,Power.Offered,Frequency,Temperature", MeterValueSampleInterval="30")
    b.charge()
    b.run(61000)
    values = [v["value"] for v in _values(b)[1]["meterValue"][0]["sampledValue"]]
    assert values[0] in ("61", "62")
    assert values[1:] == ["32.00", "7360", "50.02", "25"]


def _stop_data(b: Bench) -> list:  # type: ignore[type-arg]
    return [p for a, p in b.log if a == "StopTransaction"][-1].get("transactionData", [])  # type: ignore[no-any-return]


def test_transaction_data_has_begin_periodic_and_end() -> None:
    b = Bench(lecs007)
    transaction_id = b.charge()
    b.run(32000)
    b.call("RemoteStopTransaction", {"transactionId": transaction_id})
    b.run(3000)
    contexts = [m["sampledValue"][0]["context"] for m in _stop_data(b)]
    assert contexts == ["Transaction.Begin", "Sample.Periodic", "Sample.Periodic", "Transaction.End"]


def _bounded_transaction_data(most: int) -> None:
    b = Bench(full, StopTransactionMaxMeterValues=str(most), MeterValueSampleInterval="10")
    transaction_id = b.charge()
    for _ in range(10):
        b.run(100000)
        b.forget()
    b.call("RemoteStopTransaction", {"transactionId": transaction_id})
    b.run(3000)
    data = _stop_data(b)
    assert len(data) <= most and len(data) >= (most + 1) // 2, most
    assert data[0]["sampledValue"][0]["context"] == "Transaction.Begin"
    assert data[-1]["sampledValue"][0]["context"] == "Transaction.End"
    times = [_seconds(m["timestamp"]) for m in data]
    assert times == sorted(times)


def test_transaction_data_is_bounded_and_keeps_its_ends() -> None:
    for most in (2, 3, 10, 20):
        _bounded_transaction_data(most)


def test_aligned_transaction_data_and_none_at_all() -> None:
    b = Bench(full, StopTxnSampledData="", StopTxnAlignedData="Power.Active.Import", ClockAlignedDataInterval="30")
    transaction_id = b.charge()
    b.run(60000)
    b.call("RemoteStopTransaction", {"transactionId": transaction_id})
    b.run(3000)
    assert [m["sampledValue"][0]["context"] for m in _stop_data(b)] == ["Sample.Clock", "Sample.Clock"]
    b = Bench(full, StopTxnSampledData="")
    transaction_id = b.charge()
    b.run(61000)
    b.call("RemoteStopTransaction", {"transactionId": transaction_id})
    b.run(3000)
    assert _stop_data(b) == []


def test_what_is_offered_is_what_the_pilot_offers_while_it_is_derated() -> None:
    b = Bench(lecs007, MeterValuesSampledData="Current.Offered,Power.Offered", MeterValueSampleInterval="5")
    b.run(6000)
    b.charge()
    b.core.on_limit(1, LIMIT_TEMPERATURE, 16000, b.now)
    b.run(6000)
    assert b.offer[0] == 16000 and b.closed[0]
    values = [p["meterValue"][0]["sampledValue"] for a, p in b.take() if a == "MeterValues"][-1]
    assert [value["value"] for value in values] == ["16.00", "3680"], values
    b.core.on_limit(1, LIMIT_TEMPERATURE, 32000, b.now)
    b.run(6000)
    values = [p["meterValue"][0]["sampledValue"] for a, p in b.take() if a == "MeterValues"][-1]
    assert values[0]["value"] == "32.00"
