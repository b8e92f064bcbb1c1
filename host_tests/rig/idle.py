"""How a bench gets back to idle between cases: what a tester and the test tool's clean-up routines do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from host_tests.rig.charger import DEFAULT_SPEED
from host_tests.rig.messages import Message
from host_tests.rig.rig import BOOT_TIMEOUT_S, Rig

IDLE_TIMEOUT_S = 120.0
QUIET_S = 2.0


def settle_after_start(rig: Rig) -> None:
    """Wait for the first boot of a fresh charger to be over."""
    rig.wait_until(lambda: _all_available(rig), BOOT_TIMEOUT_S, "the first boot: every connector Available")
    _wait_for_quiet(rig)


def to_idle(rig: Rig) -> None:
    """Bring the charge point back: accepted, connected, nothing plugged, no transaction, no fault, settings and availability as at first."""
    rig.central.reset_behaviour()
    _restore_the_world(rig)
    rig.wait_until(lambda: _answers(rig), IDLE_TIMEOUT_S, "back to idle: the charge point answers")
    for transaction in rig.central.open_transactions():
        if transaction.stop is None and _is_running(rig, transaction.number):
            rig.wait_until(partial(getattr, transaction, "stop"), IDLE_TIMEOUT_S, f"back to idle: transaction {transaction.number} stops")
    for number in (*rig.product.connector_numbers, 0):
        if rig.central.statuses.get(number) == "Unavailable":
            rig.call_expecting("Accepted", "ChangeAvailability", connectorId=number, type="Operative")
    for reservation in rig.reservations:
        rig.call("CancelReservation", reservationId=reservation)
    rig.reservations.clear()
    if rig.has_list:
        rig.call("SendLocalList", listVersion=1, updateType="Full")
        rig.has_list = False
    if rig.has_profiles:
        rig.call("ClearChargingProfile")
        rig.has_profiles = False
    for key, value in list(rig.changed_keys.items()):
        rig.call_expecting("Accepted", "ChangeConfiguration", key=key, value=value)
    rig.changed_keys.clear()
    if rig.product.authorization_cache:
        rig.call_expecting("Accepted", "ClearCache")
    rig.wait_until(lambda: _all_available(rig), IDLE_TIMEOUT_S, "back to idle: every connector Available")
    _wait_for_quiet(rig)


def _restore_the_world(rig: Rig) -> None:
    for name, number in rig.faults_in:
        rig.fault(name, False, number)
    truth = rig.charger.truth()
    if not truth["link"]:
        rig.network(True)
    if not truth["power"]:
        rig.power(True)
    for connector in truth["connectors"]:
        if connector["plugged"]:
            rig.unplug(connector["id"])


def _answers(rig: Rig) -> Message | None:
    """Ask something and wait a little: a connection may look open and be dead."""
    try:
        return rig.call("GetConfiguration", within=10, key=["HeartbeatInterval"])
    except (AssertionError, ConnectionError):
        return None


def _is_running(rig: Rig, transaction: int) -> bool:
    try:
        return bool(rig.call("RemoteStopTransaction", transactionId=transaction).get("status") == "Accepted")
    except ConnectionError:
        return False


def _all_available(rig: Rig) -> bool:
    return all(rig.central.statuses.get(number) == "Available" for number in (0, *rig.product.connector_numbers))


def _wait_for_quiet(rig: Rig) -> None:
    """Wait until no CALL but heartbeats has come for a while."""

    def last_call_s() -> float:
        calls = (message for message in reversed(rig.central.record) if message.sender == "CP" and message.kind == "call" and message.action != "Heartbeat")
        return next((message.time_s for message in calls), 0.0)

    rig.wait_until(lambda: rig.now_s() - last_call_s() > QUIET_S, IDLE_TIMEOUT_S, "back to idle: silence")


@contextmanager
def fresh(product: str, speed: float = DEFAULT_SPEED, **options: object) -> Iterator[Rig]:
    """A rig with a charger of its own, booted and idle."""
    rig = Rig(product, speed)
    try:
        rig.switch_on(**options)
        settle_after_start(rig)
        rig.start_case()
        yield rig
    finally:
        rig.close()


class Bench:
    """Keeps one charger of a product running over many cases; a fresh one replaces it when it cannot be brought back to idle."""

    def __init__(self, product: str, speed: float = DEFAULT_SPEED, options: tuple[str, ...] = ()) -> None:
        """Args: options of the virtual charger."""
        self._product = product
        self._options = options
        self._speed = speed
        self._rig: Rig | None = None

    def idle_rig(self) -> Rig:
        """Return the rig with its charger idle and an empty record."""
        if self._rig is not None:
            try:
                to_idle(self._rig)
            except (AssertionError, OSError):
                self.close()
        if self._rig is None:
            self._rig = Rig(self._product, self._speed)
            try:
                self._rig.switch_on(options=self._options)
                settle_after_start(self._rig)
            except BaseException:
                self.close()
                raise
        self._rig.start_case()
        return self._rig

    def close(self) -> None:
        """End the charger."""
        if self._rig is not None:
            self._rig.close()
            self._rig = None
