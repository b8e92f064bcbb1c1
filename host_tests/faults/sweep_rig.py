"""What the power-cut sweeps share: a rig that notices when the lights go out, and the books that must balance afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field

from host_tests.rig.central import Transaction
from host_tests.rig.charger import DEFAULT_SPEED
from host_tests.rig.messages import Message
from host_tests.rig.rig import BOOT_TIMEOUT_S, Rig

# A cut loses at most what has flowed since the last record of the energy register, which is written once a second and has to be
# read from the meter first: two seconds' worth. The two readings of a session are whole watt-hours, each rounded by less than one.
RECORD_INTERVAL_S = 2.0
ROUNDING_WH = 2.0
NEVER = 1_000_000_000
DRAIN_LIMIT_S = 400.0
QUIET_S = 20.0


class PowerLost(Exception):
    """The power failed in the middle of a flash operation, as ordered."""


class SweepRig(Rig):
    """A rig whose waits end with PowerLost when an armed cut strikes, with notes of what the scenario has done so far."""

    def __init__(self, product: str, speed: float = DEFAULT_SPEED) -> None:
        super().__init__(product, speed)
        self.armed = False
        self.accepted: dict[str, str] = {}
        self.in_flight = ""
        self.reservation = 4710
        self.energy_before_wh = 0.0
        self.known: frozenset[int] = frozenset()
        self.first_event = 0

    def keep_watch(self) -> None:
        """Raise PowerLost once the cut has struck."""
        if self.armed and not self.charger.powered:
            self.armed = False
            self.central.drop_connection()
            raise PowerLost

    def call(self, action: str, /, within: float = 15.0, **payload: object) -> Message:
        """As of Rig; a connection that broke because the power went is PowerLost."""
        try:
            return super().call(action, within=within, **payload)
        except ConnectionError:
            self.charger.time_s()
            self.keep_watch()
            raise

    def arm(self, operation: int) -> None:
        """Let the power fail in the given flash operation from now on."""
        self.charger.request("flash_cut", after=operation)
        self.armed = True

    def disarm(self) -> None:
        """Let no cut come any more. Raises PowerLost when it has come in the last moment."""
        self.charger.request("flash_cut", after=NEVER)
        self.charger.time_s()  # notices whether the power is on
        self.keep_watch()
        self.armed = False

    def operations(self) -> int:
        """Return the number of flash and FRAM operations so far."""
        flash = self.charger.truth()["flash"]
        return int(flash["operations"] if "operations" in flash else flash["writes"] + flash["erases"])

    def energy_wh(self, connector: int = 1) -> float:
        """Return the energy that really flowed through a connector."""
        return float(self.charger.connector(connector)["meter_wh"])

    def settled(self) -> None:
        """Wait until the charger is connected, every transaction has its stop, and nothing more comes."""
        since_s: float = self.wait_until(self._answered_at_s, DRAIN_LIMIT_S, "the charge point answers")
        self.wait_until(lambda: self.central.connected and not self.central.open_transactions(), DRAIN_LIMIT_S, "every transaction has its stop")

        def quiet() -> bool:
            about = ("StartTransaction", "StopTransaction", "MeterValues", "BootNotification")
            last = next((m.time_s for m in reversed(self.central.record) if m.sender == "CP" and m.kind == "call" and m.action in about), 0.0)
            return self.now_s() + self.clock_shift_s - max(last, since_s) > QUIET_S

        self.wait_until(quiet, DRAIN_LIMIT_S, "the queue is empty")

    def _answered_at_s(self) -> float | None:
        try:
            return self.call("GetConfiguration", within=10, key=["HeartbeatInterval"]).time_s
        except (AssertionError, ConnectionError):
            return None

    def boot_again(self) -> None:
        """Mains on (a pulled network cable goes back some time later), and wait for the first status after the boot."""
        before = len(self.central.record)
        self.power(True)
        if not self.charger.truth()["link"]:
            self.wait(10)
            self.network(True)
        self.charger.time_s()

        def told() -> bool:
            return any(message.action == "StatusNotification" and message.sender == "CP" for message in self.central.record[before:])

        self.wait_until(told, BOOT_TIMEOUT_S, "boots and tells its status")


@dataclass
class Tally:
    """What the sweep counted."""

    cuts: int = 0
    lost: int = 0
    doubled: int = 0
    sessions: int = 0
    wire_starts: int = 0
    wire_stops: int = 0
    worst_energy_error_wh: float = 0.0
    failures: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take another scenario's counts in."""
        self.cuts += other.cuts
        self.lost += other.lost
        self.doubled += other.doubled
        self.sessions += other.sessions
        self.wire_starts += other.wire_starts
        self.wire_stops += other.wire_stops
        self.worst_energy_error_wh = max(self.worst_energy_error_wh, other.worst_energy_error_wh)
        self.failures += other.failures

    def fail(self, where: str, what: str) -> None:
        """Note a failure."""
        self.failures.append(f"{where}: {what}")

    def __str__(self) -> str:
        text = f"{self.cuts} cuts, {self.lost} lost, {self.doubled} doubled"
        if self.sessions:
            text += f" ({self.sessions} sessions: {self.wire_starts} starts and {self.wire_stops} stops on the wire, resends under the same id; "
            text += f"energy within {self.worst_energy_error_wh:.1f} Wh)"
        return text


def balance(tally: Tally, where: str, transactions: list[Transaction], *, started: int, energy_wh: list[float], bound_wh: float, faults: list[str]) -> None:
    """Compare the central system's books with what happened.

    Args: the transactions that it has of these sessions; how many sessions had started (the contactor closed); the energy that really flowed
    in each of them, in order; how far a session's energy may be off.
    """
    tally.lost += max(0, started - len(transactions)) + sum(transaction.stop is None for transaction in transactions)
    starts = {(t.start["connectorId"], t.start["timestamp"], t.start["meterStart"]) for t in transactions}
    twice = len(transactions) - len(starts) + sum("stopped twice" in fault for fault in faults)
    tally.doubled += twice
    tally.sessions += len(transactions)
    wire = [message for transaction in transactions for message in (transaction.start, transaction.stop, *transaction.copies) if message is not None]
    tally.wire_starts += sum(message.action == "StartTransaction" for message in wire)
    tally.wire_stops += sum(message.action == "StopTransaction" for message in wire)
    if started > len(transactions):
        tally.fail(where, f"{started} sessions started, {len(transactions)} reached the central system")
    if twice or faults:
        tally.fail(where, f"{twice} doubled; {'; '.join(faults)}")
    for transaction in transactions:
        if transaction.stop is None:
            tally.fail(where, f"transaction {transaction.number} has no stop")
    if len(transactions) != len(energy_wh):
        if len(transactions) > len(energy_wh):
            tally.fail(where, f"{len(transactions)} transactions for {len(energy_wh)} sessions")
        return
    for transaction, true_wh in zip(transactions, energy_wh):
        if transaction.stop is not None:
            error_wh = transaction.stop["meterStop"] - transaction.start["meterStart"] - true_wh
            tally.worst_energy_error_wh = max(tally.worst_energy_error_wh, abs(error_wh))
            if abs(error_wh) > bound_wh:
                tally.fail(where, f"transaction {transaction.number} is {error_wh:+.2f} Wh off, {bound_wh:.2f} Wh are allowed")
