"""The real mpremote at the console of a charging virtual charger: it gets its answers, and the session does not notice."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from tools.csms.charger import Charger
from tools.csms.server import CentralSystem
from tools.device import Device, DeviceError
from tools.run.charger_process import ChargerProcess, ControlSocket

CARD = "04A1B2C3D4E5F6"
SCREENS = (
    "status", "versions", "heap", "network", "log", "lines", "faults", "meter", "pilot", "contactor", "rfid", "queue", "dead_letters", "config", "selftest",
    "exercise", "help",
)  # fmt: skip


class Bench:
    """A virtual charger, its central system, its world and its console."""

    def __init__(self, charger: Charger, world: ControlSocket, port: str) -> None:
        self.charger = charger
        self.world = world
        self.port = port

    async def mpremote(self, *arguments: str, status: int | None = 0) -> str:
        """Run mpremote with the arguments; return what it printed. Its exit status is checked unless `status` is None."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "mpremote", "connect", self.port, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), 60)
        except asyncio.TimeoutError:
            process.kill()
            raise AssertionError(f"mpremote {arguments} did not end") from None
        text = output.decode("utf-8", "replace")
        assert status is None or process.returncode == status, text
        return text

    async def diag(self, call: str) -> str:
        """Return what one of the functions of diag shows."""
        return await self.mpremote("resume", "exec", "import diag; diag." + call)

    async def connector(self) -> dict[str, Any]:
        """The physical truth about connector 1."""
        connectors: list[dict[str, Any]] = (await self.world.ask("get"))["connectors"]
        return connectors[0]

    async def until(self, what: Callable[[dict[str, Any]], bool], timeout_s: float = 30.0) -> dict[str, Any]:
        """Wait until something is physically true of connector 1."""
        for _ in range(int(timeout_s * 20)):
            truth = await self.connector()
            if what(truth):
                return truth
            await asyncio.sleep(0.05)
        raise AssertionError(f"not within {timeout_s} s: {truth}")

    async def charge(self) -> None:
        """Plug in, present the card, wait for the current."""
        await self.world.ask("plug")
        await self.world.ask("tap", uid=CARD)
        await self.until(lambda truth: truth["current_a"] > 5, 90)  # a pause after a fault lasts 30 s, and the host may be busy
        await self.charger.expect("StartTransaction")

    async def contactor_events(self) -> list[str]:
        """What the contactor has done, in order."""
        events = (await self.world.ask("events"))["events"]
        return [event["to"] for event in events if event["what"] == "contactor"]


def run(test: Callable[[Bench], Awaitable[None]], product: str = "lecs007", speed: int = 2) -> None:
    """Run a test against a fresh charger that the central system has accepted; at the end nothing must be wrong with what it said."""

    async def scene() -> None:
        async with CentralSystem() as central_system:
            process = ChargerProcess(central_system.url, "CP1", "--product", product, "--speed", str(speed))
            try:
                world = await process.start()
                charger = await central_system.charger("CP1")
                await charger.expect("StatusNotification", connectorId=1)
                await test(Bench(charger, world, process.repl))
                assert charger.all_problems == []
                assert process.crashes == []
            except Exception as error:
                raise AssertionError(f"{error}\n{process.last_log()}") from error
            finally:
                await process.stop()
                process.clean_up()

    body: Coroutine[Any, Any, None] = scene()
    asyncio.run(asyncio.wait_for(body, 180))


def test_every_screen_of_diag_in_the_middle_of_a_session() -> None:
    async def test(bench: Bench) -> None:
        await bench.charge()
        before = await bench.connector()
        sent = len(bench.charger.log.messages)
        status = await bench.diag("status()")
        assert "Charging" in status and "contactor closed" in status and "0.0 A offered" not in status
        assert "no energy because" not in status
        assert "04A1**********" in status and CARD not in status
        for screen in SCREENS:
            text = await bench.diag(screen + "()")
            assert text and "Traceback" not in text, screen
        selftest = await bench.diag("selftest()")
        assert "FAILED" not in selftest and "safety tick every 10 ms" in selftest
        log = await bench.diag("log()")
        assert "session started" in log and "contactor closed" in log
        # The session has gone on: same contactor, more energy, samples on their way.
        after = await bench.until(lambda truth: truth["meter_wh"] > before["meter_wh"])
        assert after["contactor"] == "closed" and after["current_a"] > 5
        await bench.charger.expect("MeterValues", since=sent, timeout_s=20)
        assert await bench.contactor_events() == ["closed"]

    run(test)


def test_plain_mpremote_asks_for_a_soft_reset_and_the_session_goes_on() -> None:
    async def test(bench: Bench) -> None:
        await bench.charge()
        await bench.mpremote("resume", "exec", "x = 5")
        assert (await bench.mpremote("resume", "exec", "print(x + 1)")).strip() == "6"
        # Without `resume`: mpremote resets first. It gets its answer, the names are gone, the charger is not.
        assert (await bench.mpremote("exec", "print('x' in globals(), app.up_s > 1)")).strip() == "False True"
        assert (await bench.world.ask("get"))["boots"] == 1
        assert await bench.contactor_events() == ["closed"]
        assert bench.charger.connections == 1

    run(test)


def test_ctrl_c_and_ctrl_d_at_the_console_stop_nothing() -> None:
    async def test(bench: Bench) -> None:
        await bench.charge()
        with open(bench.port, "r+b", buffering=0) as port:
            for _ in range(20):
                port.write(b"\x03\x04\x03\r\x01\x04\x02while True: pass\x03\x05rubbish\x03")
                await asyncio.sleep(0.05)
        await asyncio.sleep(1)
        assert "Charging" in await bench.diag("status()")
        assert (await bench.world.ask("get"))["boots"] == 1
        assert await bench.contactor_events() == ["closed"]

    run(test)


def test_errors_and_long_outputs_arrive_as_on_any_board() -> None:
    async def test(bench: Bench) -> None:
        await bench.charge()
        text = await bench.mpremote("resume", "exec", "print('before')\n1 / 0", status=1)
        assert text.startswith("before") and "ZeroDivisionError" in text
        assert "SyntaxError" in await bench.mpremote("resume", "exec", "for", status=1)
        lines = (await bench.mpremote("resume", "exec", "for i in range(1500): print('line', i)")).split()
        assert lines == [word for i in range(1500) for word in ("line", str(i))]
        assert (await bench.mpremote("resume", "eval", "6 * 7")).strip() == "42"
        assert "MemoryError" in await bench.mpremote("resume", "exec", "#" * 9000, status=1)
        assert await bench.contactor_events() == ["closed"]

    run(test)


def write_with_our_tools(port: str) -> None:
    """Write a file the way make flash and make provision do."""
    with Device(port) as device:
        device.write("/flash/ours.bin", b"x" * 3000)


def test_files_can_be_read_in_a_session_and_written_after_it(tmp_path: Path) -> None:
    content = bytes(range(256)) * 12
    (tmp_path / "file.bin").write_bytes(content)

    async def test(bench: Bench) -> None:
        target = ":/flash/file.bin"
        assert "cp" in await bench.mpremote("resume", "cp", str(tmp_path / "file.bin"), target)
        await bench.charge()
        assert "file.bin" in await bench.mpremote("resume", "ls", "/flash")
        digest = hashlib.sha256(content).hexdigest()
        assert digest in await bench.mpremote("resume", "sha256sum", "/flash/file.bin")
        await bench.mpremote("resume", "cp", target, str(tmp_path / "copy.bin"))
        assert (tmp_path / "copy.bin").read_bytes() == content
        assert await bench.mpremote("resume", "cat", "/flash/boot.0", status=None)
        # Writing would stop the safety tick on some boards: not while a contactor is closed.
        refused = await bench.mpremote("resume", "cp", str(tmp_path / "file.bin"), ":/flash/other.bin", status=1)
        assert "contactor is closed" in refused or "EBUSY" in refused or "busy" in refused.lower()
        with pytest.raises(DeviceError, match="in a session"):
            await asyncio.to_thread(write_with_our_tools, bench.port)
        assert await bench.contactor_events() == ["closed"]
        await bench.world.ask("tap", uid=CARD)
        await bench.until(lambda truth: truth["contactor"] == "open" and truth["led"] != "blue")
        await asyncio.to_thread(write_with_our_tools, bench.port)
        await bench.mpremote("resume", "cp", str(tmp_path / "file.bin"), ":/flash/other.bin")
        assert digest in await bench.mpremote("resume", "sha256sum", "/flash/other.bin")

    run(test)


def test_the_charger_runs_while_mpremote_stays_attached() -> None:
    async def test(bench: Bench) -> None:
        attached = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "mpremote", "connect", bench.port, "resume", "exec", "print(app.core.product.NAME)",
            "sleep", "6", "exec", "print(app.up_s)", stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        await asyncio.sleep(1)
        # A whole session while mpremote holds the raw REPL.
        await bench.charge()
        await bench.world.ask("tap", uid=CARD)
        await bench.charger.expect("StopTransaction")
        assert attached.returncode is None, "mpremote was gone before the session was over"
        output, _ = await asyncio.wait_for(attached.communicate(), 30)
        name, up_s = output.decode().split()
        assert name == "lecs007" and int(up_s) >= 10

    run(test)


def test_exercises_are_refused_in_a_session_and_done_outside() -> None:
    async def test(bench: Bench) -> None:
        text = await bench.diag("exercise('pilot')")
        millivolts = int(text.split("was at ")[1].split()[0])
        assert -13000 < millivolts < -11000
        duty = [event["to"] for event in (await bench.world.ask("events"))["events"] if event["what"] == "duty"]
        assert len(duty) >= 2, "there and back"
        await bench.charge()
        for name in ("pilot", "led", "clear", "lock", "unlock"):
            assert "refused" in await bench.diag(f"exercise('{name}')")
        assert await bench.contactor_events() == ["closed"]

    run(test)


def test_the_configuration_is_changed_by_the_same_rules_as_from_afar() -> None:
    async def test(bench: Bench) -> None:
        assert "changed" in await bench.diag("config('MeterValueSampleInterval', '7')")
        assert "refused" in await bench.diag("config('NumberOfConnectors', '3')")
        assert "no such key" in await bench.diag("config('Nonsense', '3')")
        answer = await bench.charger.call("GetConfiguration", {"key": ["MeterValueSampleInterval"]})
        assert answer["configurationKey"][0]["value"] == "7"
        await bench.charge()
        assert "refused" in await bench.diag("config('MeterValueSampleInterval', '8')")

    run(test)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("emergency_stop", "emergency stop"),
        ("rcd_trip", "residual current"),
        ("over_voltage", "over-voltage"),
        ("meter_silent", "energy meter"),
    ],
)
def test_status_and_faults_say_why_it_does_not_charge(fault: str, words: str) -> None:
    async def test(bench: Bench) -> None:
        await bench.charge()
        await bench.world.ask("fault", name=fault, on=True)
        await bench.until(lambda truth: truth["contactor"] == "open", 60)
        status = await bench.diag("status()")
        assert "no energy because of a fault: " + words in status or ("FAULT" in status and words in status)
        faults = await bench.diag("faults()")
        assert words in faults and "what to do" in faults
        assert "FAULT: " + words in await bench.diag("log()")

    run(test, speed=5)


def test_status_says_that_the_central_system_is_out_of_reach() -> None:
    async def test(bench: Bench) -> None:
        await bench.world.ask("link", up=False)
        for _ in range(60):
            status = await bench.diag("status()")
            if "NOT CONNECTED" in status:
                break
            await asyncio.sleep(0.25)
        assert "NOT CONNECTED" in status
        network = await bench.diag("network()")
        assert "UNPLUGGED" in network
        assert "connection to the central system lost" in await bench.diag("log()")

    run(test, speed=5)


def test_status_and_log_say_for_whom_a_connector_is_reserved() -> None:
    async def test(bench: Bench) -> None:
        request = {"connectorId": 1, "expiryDate": "2080-01-01T00:00:00Z", "idTag": CARD, "reservationId": 4711}
        assert (await bench.charger.call("ReserveNow", request))["status"] == "Accepted"
        status = await bench.diag("status()")
        assert "reserved  for card 04A1**********" in status and "2080-01-01" in status and CARD not in status
        assert (await bench.charger.call("CancelReservation", {"reservationId": 4711}))["status"] == "Accepted"
        assert "reserved" not in await bench.diag("status()")
        log = await bench.diag("log()")
        assert "reservation 4711" in log and "reservation over: cancelled" in log

    run(test, "full", speed=5)


def test_the_event_log_explains_the_night_after_a_power_cut() -> None:
    async def test(bench: Bench) -> None:
        await bench.charge()
        await bench.world.ask("fault", name="emergency_stop", on=True)
        await bench.until(lambda truth: truth["contactor"] == "open")
        await asyncio.sleep(3)
        await bench.world.ask("power", on=False)
        await asyncio.sleep(0.5)
        await bench.world.ask("fault", name="emergency_stop", on=False)
        await bench.world.ask("power", on=True)
        await bench.charger.wait_connected(30, 2)
        await asyncio.sleep(1)
        log = await bench.diag("log()")
        first = [line for line in log.splitlines() if "boot 1 " in line]
        text = "\n".join(first)
        for event in ("session started", "contactor closed", "FAULT: emergency stop", "contactor opened", "session ended"):
            assert event in text, log
        assert all(line.startswith("20") for line in first), "times of the boot before are known"
        assert "boot 2  started after power on" in log

    run(test)
