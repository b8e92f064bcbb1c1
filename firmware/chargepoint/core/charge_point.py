"""The charge point: every event goes in here with `now` last, commands and messages come out.

Output depends only on construction and the sequence of (event, now).
"""

from micropython import const

from chargepoint.core.charging.cards import on_card
from chargepoint.core.charging.connector import Connector
from chargepoint.core.charging.faults import Faults
from chargepoint.core.charging.metering import sample
from chargepoint.core.charging.status import Reported
from chargepoint.core.clock import Clock
from chargepoint.core.commands import CMD_LINK_CONFIG, CMD_RESET, Commands
from chargepoint.core.configuration import Configuration
from chargepoint.core.messages.authorization import Authorization
from chargepoint.core.messages.deliveries import Deliveries
from chargepoint.core.messages.outbox import Outbox
from chargepoint.core.messages.records import MAX_RECORD_BYTES
from chargepoint.core.messages.registration import Registration
from chargepoint.core.messages.remote import Remote
from chargepoint.ocpp16.codes import (
    ACT_DATA_TRANSFER,
    CTX_SAMPLE_CLOCK,
    KEY_ALIGNED_INTERVAL,
    KEY_HEARTBEAT_INTERVAL,
    RSN_HARD_RESET,
    RSN_POWER_LOSS,
    RSN_REBOOT,
    RSN_SOFT_RESET,
    ST_AVAILABLE,
    ST_FAULTED,
    ST_UNAVAILABLE,
)
from chargepoint.util.ticks import ticks_add, ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable

    from chargepoint.core.messages.outbox import Message
    from chargepoint.core.messages.remote import Reply

_ACCEPTED = const(3)
_REJECTED = const(2)
_SOFT_RESET_MS = const(30000)  # how long a soft reset waits for the outbox
_AVAILABILITY = "availability"
_NOTE_CLOCK = const(101)
_NOTE_FAULT_SET = const(300)
_NOTE_FAULT_CLEARED = const(107)


class ChargePoint:
    """The facade of the core.

    For reading: `connectors`, `clock`, `config`, `registration`. `note` may be set to a function (code, connector, arg) that logs events;
    `boot_text` may be changed before the first BootNotification (lines key=value).
    """

    def __init__(self, product: "Any", store: "Any", boot_number: int, now: int, factory: "Iterable[tuple[str, str]]" = (), reboot_cause: int = 0) -> None:
        """Build everything and read what the store holds.

        Args: `product` one of boards/products; `factory` pairs of key and text for a fresh store; `reboot_cause` 0 power, 1 asked, 2 watchdog.
        Raises: ValueError for a factory setting that the product does not have.
        """
        self.product = product
        self.store = store
        self.boot_text: str = product.BOOT
        self.note: "Any" = _ignore
        self.loss_reason = RSN_REBOOT if reboot_cause else RSN_POWER_LOSS
        self.commands = Commands()
        self.command_op = self.command_connector = self.command_arg = 0
        self.clock = Clock(boot_number, now)
        self.config = Configuration(product, store, factory)
        self.scratch = bytearray(MAX_RECORD_BYTES)
        self.linked = self.online = False  # online: linked and accepted
        self.operative = True
        self.registration = Registration(self, now)
        self.deliveries = Deliveries(self)
        self.outbox = Outbox(self)
        self.authorization = Authorization(self)
        self.remote = Remote(self)
        self.faults = Faults()
        self.site = Reported(self, 0, now)
        self.connectors = [Connector(self, number + 1, now) for number in range(product.CONNECTORS)]
        self.resetting = False
        self._hard = False
        self._link_config = False
        self._since = now  # of a soft reset
        self._number = (boot_number & 0x7FFF) << 16
        self.plugs = 0  # vehicles plugged in so far
        self._aligned_s = 0  # the next clock-aligned sample, 0 to be worked out
        self.load_availability()

    def start(self, now: int) -> None:
        """Emit the safe state of every connector and look for transactions that a power cut has ended."""
        for c in self.connectors:
            c.interlock.start()
            c.recover(now)
        self.update_all(now)

    # --- time

    def poll(self, now: int) -> None:
        """Do what is due. Allocates: none when nothing is."""
        self._poll_aligned(now)
        self._update_site(now)
        for c in self.connectors:
            c.poll(now)
        self.remote.poll(now)
        if self.resetting:
            self._poll_reset(now)

    def next_due(self, now: int) -> int:
        """Milliseconds until `poll` or `next_call` has something to do. Allocates: none."""
        due = min(self.remote.next_due(now), self.faults.next_due(now), self.site.wait_ms(now))
        for c in self.connectors:
            due = min(due, c.next_due(now))
        if self.linked and not self.outbox.is_sending():
            due = min(due, self.registration.next_due(now), self.deliveries.next_due(now))
        if self._aligned_s and self.clock.utc(now):
            due = min(due, (self._aligned_s - self.clock.s) * 1000 - self.clock.ms)
        if self.resetting:
            due = min(due, 250)
        return due if due > 0 else 0

    def set_clock(self, s: int, ms: int, now: int) -> None:
        """Set UTC: seconds since 2020-01-01 and milliseconds, from the central system or another source. Moves no timer."""
        first = self.clock.set(s, ms, now)
        self._aligned_s = 0
        if first:
            self.note(_NOTE_CLOCK, 0, s)
            self.deliveries.save()

    def _poll_aligned(self, now: int) -> None:
        """Take the clock-aligned samples; the grid starts at midnight UTC. Points that were missed altogether are stepped over."""
        interval_s = self.config.number(KEY_ALIGNED_INTERVAL)
        if not interval_s or not self.clock.utc(now):
            self._aligned_s = 0
            return
        s = self.clock.s
        if self._aligned_s and s < self._aligned_s:
            return
        point_s = s - s % 86400 % interval_s
        if self._aligned_s:
            when = ticks_add(now, (point_s - s) * 1000 - self.clock.ms)
            for c in self.connectors:
                sample(c, CTX_SAMPLE_CLOCK, when)
        self._aligned_s = min(point_s + interval_s, s - s % 86400 + 86400)

    # --- link and messages

    def on_link(self, up: bool, now: int) -> None:
        """The WebSocket has opened or gone. Whatever waits for an answer will not get one."""
        if up == self.linked:
            return
        self.linked = up
        self.online = up and self.registration.state == _ACCEPTED
        if up:
            self.registration.on_link(now)
        else:
            self.outbox.on_offline(now)
            self.remote.on_offline()

    def on_accepted(self, now: int) -> None:
        """The central system has accepted us: tell it the status of everything."""
        self.online = self.linked
        self.outbox.drop_statuses()
        self.site.tell(now)
        for c in self.connectors:
            if c.knows_pilot(now):
                c.tell(now)

    def next_call(self, now: int) -> "Message | None":
        """The next request to send, or None; ask when no CALL of ours is in flight."""
        return self.outbox.next_call(now)

    def on_result(self, fields: "Any", now: int) -> None:
        """The answer to the request last handed out."""
        self.outbox.on_answer(fields, None, now)

    def on_call_error(self, code: str, now: int) -> None:
        """The request last handed out was refused with a CALLERROR ("TooLong": it did not fit into the send buffer)."""
        self.outbox.on_answer(None, code, now)

    def on_no_answer(self, now: int) -> None:
        """Nobody answered the request last handed out."""
        self.outbox.on_answer(None, None, now)

    def on_call(self, action: int, request: "Any", now: int) -> "Reply | None":
        """A request of the central system. Returns: the answer, which may be `pending` yet, or None when there is none (Rejected)."""
        if self.is_silent():
            return None
        return self.remote.on_call(action, request, now)

    def is_silent(self) -> bool:
        """Whether no CALL of the central system gets an answer: it has rejected us (4.2)."""
        return self.registration.state == _REJECTED

    def on_answer_sent(self, now: int) -> None:
        """The last answer is on its way: what had to wait for it happens now."""
        if self._link_config:
            self._link_config = False
            self.commands.put(CMD_LINK_CONFIG, 0)
        if self.resetting:
            self._since = now
            for c in self.connectors:
                c.drop_authorization()
                c.stop(RSN_HARD_RESET if self._hard else RSN_SOFT_RESET, None, now)
                if self._hard:
                    c.interlock.drop(now)
                    c.finish(now)
            if self._hard:
                self.resetting = False
                self.commands.put(CMD_RESET, 0, 1)

    def send_data(self, vendor_id: str, message_id: "str | None", data: "str | None", now: int) -> bool:
        """Queue a DataTransfer. Returns: False when there is no room for it."""
        return self.outbox.put(ACT_DATA_TRANSFER, vendor_id, message_id, data)

    def reported(self, number: int) -> Reported:
        """The connector `number`, or the charge point for 0."""
        return self.connectors[number - 1] if number else self.site

    # --- hardware

    def on_card(self, id_tag: str, now: int) -> None:
        """A card was presented: the rules of core/charging/cards.py."""
        on_card(self, id_tag, now)

    def on_pilot(self, connector: int, state: int, now: int) -> None:
        """The debounced pilot state of a connector has changed."""
        self.connectors[connector - 1].on_pilot(state, now)

    def on_contactor(self, connector: int, closed: bool, now: int) -> None:
        """The mirror contact says that the contactor is closed or open."""
        self.connectors[connector - 1].on_contactor(closed, now)

    def on_meter(self, connector: int, reading: "Any", now: int) -> None:
        """A meter reading. Allocates: none."""
        self.connectors[connector - 1].on_meter(reading, now)

    def on_fault(self, connector: int, code: int, active: bool, now: int) -> None:
        """A fault has begun or ended, of a connector or (0) of the charge point."""
        faults = self.connectors[connector - 1].faults if connector else self.faults
        faults.report(code, active, now)
        if connector and not active:
            self.connectors[connector - 1].fault_over()
        self.note(_NOTE_FAULT_SET if active else _NOTE_FAULT_CLEARED, connector, code)
        self.update_all(now)

    def on_lock(self, connector: int, locked: bool, now: int) -> None:
        """The lock's feedback has changed."""
        self.connectors[connector - 1].on_lock(locked, now)
        self.remote.poll(now)

    def on_cable_limit(self, connector: int, max_ma: int, now: int) -> None:
        """What the cable in the socket may carry, 0 without a cable."""
        c = self.connectors[connector - 1]
        c.cable_ma = max_ma
        c.on_limit(now)

    def on_current_limit(self, connector: int, max_ma: int, now: int) -> None:
        """What temperature and the like allow, 0 to pause."""
        c = self.connectors[connector - 1]
        c.supply_ma = max_ma
        c.on_limit(now)

    def on_power_fail(self, now: int) -> None:
        """The supply is going down: every transaction ends here and now, while there is power to store it."""
        for c in self.connectors:
            c.interlock.drop(now)
            c.stop(RSN_POWER_LOSS, None, now)
            c.finish(now)

    def clear_faults(self, connector: int, now: int) -> None:
        """An operator takes back the latches of faults that are over."""
        self.connectors[connector - 1].clear_faults(now)

    # --- the parts' common ground

    def update_all(self, now: int) -> None:
        """Apply all rules everywhere."""
        self._update_site(now)
        for c in self.connectors:
            c.update(now)

    def _update_site(self, now: int) -> None:
        charging = False
        for c in self.connectors:
            charging = charging or c.transaction is not None
        self.faults.poll(charging, now)
        status = ST_FAULTED if self.faults.level == 3 else ST_AVAILABLE if self.operative else ST_UNAVAILABLE
        self.site.report(status, self.faults.code, False, now)

    def on_configuration(self, index: int, now: int) -> None:
        """A configuration value was changed by the central system."""
        if index == KEY_HEARTBEAT_INTERVAL:
            self.registration.on_interval(now)
        elif index == KEY_ALIGNED_INTERVAL:
            self._aligned_s = 0
        if self.config.effect == "L":
            self._link_config = True

    def request_reset(self, hard: bool) -> None:
        """Reset once the answer is on its way; no transaction starts any more."""
        self.resetting = True
        self._hard = hard

    def _poll_reset(self, now: int) -> None:
        """Soft reset: when no transaction runs any more and everything is delivered, or after 30 s."""
        if self._hard:
            return
        for c in self.connectors:
            if c.transaction is not None and ticks_diff(now, self._since) < _SOFT_RESET_MS:
                return
        if self.outbox.is_empty() or not self.online or ticks_diff(now, self._since) >= _SOFT_RESET_MS:
            self.resetting = False
            self.commands.put(CMD_RESET, 0, 0)

    def next_number(self) -> int:
        """A transaction number that was never used: the boot number and a counter."""
        self._number += 1
        return self._number

    def save_availability(self) -> bool:
        """Store what ChangeAvailability has set."""
        flags = bytearray((self.operative,))
        for c in self.connectors:
            flags.append(c.operative)
        return bool(self.store.save(_AVAILABILITY, flags))

    def load_availability(self) -> None:
        """Take what ChangeAvailability had set before."""
        flags = self.store.load(_AVAILABILITY)
        if flags is not None and len(flags) == len(self.connectors) + 1:
            self.operative = bool(flags[0])
            for c in self.connectors:
                c.operative = bool(flags[c.id])

    def next_command(self) -> bool:
        """Move the next command into command_op, command_connector and command_arg. Returns: whether there was one."""
        commands = self.commands
        if not commands.take():
            return False
        self.command_op, self.command_connector, self.command_arg = commands.op, commands.connector, commands.arg
        return True


def _ignore(code: int, connector: int, arg: int) -> None:
    """Nobody logs."""
