"""The times of a session when the clock is corrected, anywhere in it."""

from boards.products import duo, full, lecs007
from chargepoint.core.clock import Clock
from chargepoint.core.messages.session_time import SessionTime
from chargepoint.util.utc import format_utc, parse_utc
from host_tests.core_bench import UTC_AT_START_S, Bench

HOUR_S = 3600
YEAR_S = 31536000
STEPS_S = (-YEAR_S, -HOUR_S, -95, 95, HOUR_S, YEAR_S)


def _ms(timestamp: str) -> int:
    """Milliseconds since 2020."""
    time = parse_utc(timestamp)
    assert time is not None, timestamp
    return time[0] * 1000 + time[1]


def _text(s: int) -> str:
    buffer = bytearray(24)
    format_utc(buffer, 0, s, 0)
    return str(buffer, "utf-8")


def _boots_with(b: Bench, step_s: int) -> None:
    """The central system's clock is wrong by `step_s` when the charger registers."""
    b.answers["BootNotification"] = {"status": "Accepted", "currentTime": _text(UTC_AT_START_S + b.elapsed_ms // 1000 + step_s), "interval": 300}


def _corrects(b: Bench) -> None:
    b.core.set_clock(UTC_AT_START_S + b.elapsed_ms // 1000, b.elapsed_ms % 1000, b.now)
    b.settle()


def _sessions(b: Bench, connector: int = 1) -> "list[tuple[int, int]]":
    """Check the order within the sessions of a connector. Returns: begin and end of each in milliseconds."""
    sessions = []
    start = last = -1
    for action, payload in b.log:
        if action == "StartTransaction" and payload["connectorId"] == connector:
            start = last = _ms(payload["timestamp"])
        elif action == "MeterValues" and payload["connectorId"] == connector and "transactionId" in payload:
            for value in payload["meterValue"]:
                assert _ms(value["timestamp"]) >= last, "samples in order, none before the start"
                last = _ms(value["timestamp"])
        elif action == "StopTransaction":
            stop = _ms(payload["timestamp"])
            assert stop >= last, "the stop is the last"
            times = [_ms(value["timestamp"]) for value in payload.get("transactionData", [])]
            assert times == sorted(times) and all(start <= t <= stop + 8000 for t in times), "stop data inside the session"
            sessions.append((start, stop))
    return sessions


def _start(b: Bench, connector: int = 1) -> int:
    """A remote start with the plug in, from which on power flows; what is sent stays in the log. Returns: the transactionId."""
    b.plug(connector)
    assert b.call("RemoteStartTransaction", {"connectorId": connector, "idTag": "CARD%d" % connector}) == {"status": "Accepted"}
    b.run(6000)
    assert b.closed[connector - 1]
    return b.next_transaction_id


def _session(b: Bench, correct_after_ms: int) -> None:
    """A session of two minutes by card, with the clock corrected somewhere in it."""
    b.plug()
    b.tap("CARD1")
    for ms in range(0, 120000, 10000):
        if ms == correct_after_ms:
            _corrects(b)
        b.run(10000)
    b.tap("CARD1")
    b.run(2000)
    if correct_after_ms >= 120000:
        _corrects(b)
    b.unplug()
    b.run(10000)


def test_a_corrected_clock_leaves_a_session_in_order_and_its_distances_as_they_were() -> None:
    for step_s in STEPS_S:
        for correct_after_ms in (0, 30000, 110000, 120000):
            for online in (True, False):
                b = Bench(full, accept=False, AllowOfflineTxForUnknownId="true", MeterValueSampleInterval="15")
                _boots_with(b, step_s)
                b.connect()
                b.run(1000)
                if not online:
                    b.disconnect()
                _session(b, correct_after_ms)
                _session(b, -1)
                if not online:
                    b.connect()
                    b.run(60000)
                case = (step_s, correct_after_ms, online)
                sessions = _sessions(b)
                assert len(sessions) == 2, case
                for start, stop in sessions:
                    assert 115000 <= stop - start <= 125000, case
                samples = [_ms(p["meterValue"][0]["timestamp"]) for a, p in b.log if a == "MeterValues" and "transactionId" in p]
                grid = [t - sessions[0][0] for t in samples[:7]]
                assert grid == [15000 * (i + 1) for i in range(7)], (case, grid)
                if abs(step_s) < YEAR_S or not online:
                    assert sessions[1][0] >= sessions[0][1], case


def test_offline_the_correction_reaches_what_was_not_sent() -> None:
    """Nothing was told with the wrong clock, so all of it is told with the right one."""
    for step_s in STEPS_S:
        b = Bench(full, accept=False, AllowOfflineTxForUnknownId="true")
        _boots_with(b, step_s)
        b.connect()
        b.run(1000)
        b.disconnect()
        begin_ms = UTC_AT_START_S * 1000 + b.elapsed_ms
        _session(b, -1)
        _corrects(b)
        b.connect()
        b.run(60000)
        (session,) = _sessions(b)
        assert 0 <= session[0] - begin_ms <= 2000, step_s


def test_a_power_cut_between_the_sessions_and_a_clock_that_was_wrong_before_it() -> None:
    for step_s in STEPS_S:
        for corrected in (True, False):
            for cut_in_session in (True, False):
                b = Bench(full, accept=False, AllowOfflineTxForUnknownId="true", MeterValueSampleInterval="15")
                _boots_with(b, step_s)
                b.connect()
                b.run(1000)
                b.disconnect()
                b.plug()
                b.tap("CARD1")
                b.run(60000)
                if corrected:
                    _corrects(b)
                b.run(60000)
                if not cut_in_session:
                    b.tap("CARD1")
                    b.run(2000)
                b.power_cut()
                b.run(12000)
                b.unplug()
                b.answers = {}
                _session(b, -1)
                b.connect()
                b.run(120000)
                sessions = _sessions(b)
                case = (step_s, corrected, cut_in_session, sessions)
                assert len(sessions) == 2, case
                assert sessions[1][0] >= sessions[0][1], case


def test_the_stop_of_a_power_cut_is_not_later_than_the_boot() -> None:
    """F10: last save plus five minutes reached into the next driver's session."""
    b = Bench(full, AllowOfflineTxForUnknownId="true")
    _start(b)
    b.run(20000)
    b.disconnect()
    b.run(1000)
    b.power_cut()
    boot_ms = UTC_AT_START_S * 1000 + b.elapsed_ms
    b.run(12000)
    b.unplug()
    _session(b, -1)
    b.run(600000)
    b.connect()
    b.run(60000)
    sessions = _sessions(b)
    assert len(sessions) == 2
    assert sessions[0][1] <= boot_ms + 1000 and sessions[1][0] >= sessions[0][1]


def test_a_start_that_was_told_with_a_wrong_clock_keeps_its_session_together_over_a_power_cut() -> None:
    for step_s in (-HOUR_S, HOUR_S):
        b = Bench(full, accept=False, AllowOfflineTxForUnknownId="true", MeterValueSampleInterval="15")
        _boots_with(b, step_s)
        b.connect()
        _start(b)
        b.run(40000)
        b.disconnect()
        b.run(40000)
        b.power_cut()
        b.answers = {}
        b.run(12000)
        b.unplug()
        _session(b, -1)
        b.connect()
        b.run(60000)
        sessions = _sessions(b)
        assert len(sessions) == 2 and sessions[1][0] >= sessions[0][1], step_s


def test_each_connector_has_its_own_time() -> None:
    b = Bench(duo, accept=False)
    _boots_with(b, HOUR_S)
    b.connect()
    _start(b, 1)
    b.run(30000)
    _corrects(b)
    _start(b, 2)
    b.run(30000)
    starts = [_ms(p["timestamp"]) for a, p in b.log if a == "StartTransaction"]
    assert starts[1] - starts[0] < -3500000, "the second connector has told nothing with the wrong clock"


def test_without_a_readable_time_nothing_is_kept_of_it() -> None:
    """A session that begins without a clock has its stop in the time that became known."""
    for answer in ({"status": "Accepted", "interval": 300}, {"status": "Accepted", "interval": 300, "currentTime": "soon"}):
        b = Bench(lecs007, accept=False)
        b.answers["BootNotification"] = answer
        b.connect()
        transaction_id = _start(b)
        b.run(20000)
        assert not b.core.clock.known
        _corrects(b)
        b.run(20000)
        b.call("RemoteStopTransaction", {"transactionId": transaction_id})
        b.run(3000)
        stop = [_ms(p["timestamp"]) for a, p in b.log if a == "StopTransaction"]
        assert abs(stop[0] - UTC_AT_START_S * 1000 - b.elapsed_ms) < 5000


def test_a_start_whose_uptime_no_clock_can_say_keeps_none() -> None:
    # A record that the flash has damaged with its checksum right: what is kept of it has to fit the record "starts".
    clock = Clock(1, 0)
    clock.set(217584000, 0, 0)
    record = bytearray(64)
    record[6:14] = b"\xff\xff\xff\xff\x00\x80\x01\x00"
    time = SessionTime()
    time.take_start(clock, record, 217584000, 0)
    assert time.up_s == -1
    record[6:10] = b"\x10\x00\x00\x00"
    time.take_start(clock, record, 217584000, 0)
    assert time.up_s == 16
