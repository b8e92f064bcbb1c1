"""The charge point: every event goes in here with `now` last, commands and messages come out.

Output depends only on construction and the sequence of (event, now).
"""

from micropython import const

from chargepoint.core.charging.aligned import AlignedGrid
from chargepoint.core.charging.cards import on_card
from chargepoint.core.charging.connector import Connector
from chargepoint.core.clock import Clock
from chargepoint.core.commands import CMD_LINK_CONFIG, Commands
from chargepoint.core.configuration import EFFECT_LINK, Configuration
from chargepoint.core.events import EV_CLOCK_SET, EV_FAULT_CLEARED, EV_FAULT_SET
from chargepoint.core.features.listed import listed
from chargepoint.core.messages.authorization import Authorization
from chargepoint.core.messages.deliveries import Deliveries
from chargepoint.core.messages.heartbeat import Heartbeat
from chargepoint.core.messages.idle_samples import IdleSamples
from chargepoint.core.messages.questions import Questions
from chargepoint.core.messages.records import MAX_RECORD_BYTES
from chargepoint.core.messages.registration import REGISTRATION_ACCEPTED, REGISTRATION_REJECTED, Registration
from chargepoint.core.messages.remote import Remote
from chargepoint.core.messages.sources import LOST, Sources
from chargepoint.core.messages.statuses import Statuses
from chargepoint.core.site import Site
from chargepoint.ocpp16.codes import KEY_ALIGNED_INTERVAL, KEY_HEARTBEAT_INTERVAL, RSN_POWER_LOSS, RSN_REBOOT
from chargepoint.util.allowance import Allowance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable

    from chargepoint.core.messages.remote import Reply
    from chargepoint.core.messages.sources import Message

_MOST_SWITCHINGS = const(60)  # of contactor and lock, by the central system's word: at once,
_SWITCHING_MS = const(60000)  # and one a minute; parts that are made for 100,000 last for years of that


class ChargePoint:
    """The facade of the core.

    For reading: `commands` (what the app carries out after each event), `connectors`, `site`, `clock`, `config`, `registration`. `note` may be set to
    a function (code, connector, arg) that logs events; `boot_text` may be changed before the first BootNotification (lines key=value). It has more
    than 20 attributes as it holds every part of the core once, for the others to find.
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
        self.clock = Clock(boot_number, now)
        self.clock.load(store)
        features = listed(product)
        self.config = Configuration(product, store, factory, features)
        self.switching = Allowance(_MOST_SWITCHINGS, _SWITCHING_MS)
        self.scratch = bytearray(MAX_RECORD_BYTES)
        self.linked = self.online = False  # online: linked and accepted
        self.registration = Registration(self, now)
        self.questions = Questions(self)
        self.statuses = Statuses(self)
        self.heartbeat = Heartbeat(self, now)
        self.deliveries = Deliveries(self)
        self.idle_samples = IdleSamples(self)
        self.features = tuple([feature(self) for feature in features])
        sending = tuple([feature for feature in self.features if feature.SENDS])
        self._polled = tuple([feature for feature in self.features if hasattr(feature, "poll")])
        self.sources = Sources((self.registration, self.questions, self.statuses, self.heartbeat) + sending + (self.deliveries, self.idle_samples))
        self.authorization = Authorization(self)
        self.remote = Remote(self)
        self.aligned = AlignedGrid(self)
        self.site = Site(self, now)
        self.connectors = [Connector(self, number + 1, now) for number in range(product.CONNECTORS)]
        self._link_config = False
        self._number = (boot_number & 0x7FFF) << 16
        self._plugs = 0
        self.site.load()

    def start(self, now: int) -> None:
        """Emit the safe state of every connector and look for transactions that a power cut has ended."""
        for c in self.connectors:
            c.interlock.start()
            c.recover(now)
        self.update_all(now)

    # --- time

    def poll(self, now: int) -> None:
        """Do what is due. Allocates: none when nothing is."""
        self.switching.age(now)
        self.clock.advance(now)
        self.clock.save(self.store)
        self.registration.age(now)
        self.heartbeat.age(now)
        self.deliveries.age(now)
        self.aligned.poll(now)
        self.site.poll(now)
        for c in self.connectors:
            c.poll(now)
        for feature in self._polled:
            feature.poll(now)
        self.remote.poll(now)

    def next_due(self, now: int) -> int:
        """Milliseconds until `poll` or `next_call` has something to do. Allocates: none."""
        due = min(self.remote.next_due(now), self.site.next_due(now), self.aligned.next_due(now))
        for c in self.connectors:
            due = min(due, c.next_due(now))
        for feature in self._polled:
            due = min(due, feature.wait_ms(now))
        if self.linked:
            due = min(due, self.sources.next_due(now))
        return due if due > 0 else 0

    def set_clock(self, s: int, ms: int, now: int) -> None:
        """Set UTC: seconds since 2020-01-01 and milliseconds, from the central system or another source. Moves no timer."""
        first = self.clock.set(s, ms, now)
        self.aligned.restart()
        if first:
            self.note(EV_CLOCK_SET, 0, s)
        self.clock.save(self.store)

    # --- link and messages

    def on_link(self, up: bool, now: int) -> None:
        """The WebSocket has opened or gone. Whatever waits for an answer will not get one."""
        if up == self.linked:
            return
        self.linked = up
        self.online = up and self.registration.state == REGISTRATION_ACCEPTED
        if up:
            self.registration.on_link(now)
            if self.online:
                self.statuses.on_link(False, now)
        else:
            self.sources.on_answer(None, LOST, now)
            self.questions.on_offline(now)
            self.remote.on_offline()

    def on_registration(self, now: int) -> None:
        """The central system has said whether it accepts us, for the first time or asked again: once it does, tell it the status of everything."""
        was_online = self.online
        self.online = self.linked and self.registration.state == REGISTRATION_ACCEPTED
        self.heartbeat.restart(now)
        if not self.online:
            self.questions.on_offline(now)
        elif not was_online:
            self.statuses.on_link(True, now)

    def next_call(self, now: int) -> "Message | None":
        """The next request to send, or None; ask when no CALL of ours is in flight."""
        return self.sources.next_call(self.online, now) if self.linked else None

    def on_answer(self, fields: "Any | None", code: "str | int | None", now: int) -> None:
        """What became of the request last handed out: the fields of its answer, or None and why there is none (core/messages/sources.py)."""
        self.sources.on_answer(fields, code, now)

    def on_call(self, action: int, request: "Any", now: int) -> "Reply | None":
        """A request of the central system. Returns: the answer, which may be `pending` yet, or None when there is none (Rejected)."""
        if self.is_silent():
            return None
        return self.remote.on_call(action, request, now)

    def is_silent(self) -> bool:
        """Whether no CALL of the central system gets an answer: it has rejected us (4.2)."""
        return self.registration.state == REGISTRATION_REJECTED

    def on_answer_sent(self, now: int) -> None:
        """The last answer is on its way: what had to wait for it happens now."""
        if self._link_config:
            self._link_config = False
            self.commands.put(CMD_LINK_CONFIG, 0)
        self.site.on_answer_sent(now)

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
        faults = self.connectors[connector - 1].faults if connector else self.site.faults
        faults.report(code, active, now)
        if connector and not active:
            self.connectors[connector - 1].fault_over()
        self.note(EV_FAULT_SET if active else EV_FAULT_CLEARED, connector, code)
        self.update_all(now)

    def on_lock(self, connector: int, locked: bool, now: int) -> None:
        """The lock's feedback has changed."""
        self.connectors[connector - 1].on_lock(locked, now)
        self.remote.poll(now)

    def on_limit(self, connector: int, cause: int, max_ma: int, now: int) -> None:
        """What a cause (LIMIT_* of util/signals) allows for each phase, 0 to pause."""
        self.connectors[connector - 1].on_limit(cause, max_ma, now)

    def on_hold(self, connector: int, cause: int, now: int) -> None:
        """What keeps the hardware from closing as it was asked to, HOLD_*; HOLD_NOTHING when it closes now."""
        self.connectors[connector - 1].on_hold(cause, now)

    def clear_faults(self, connector: int, now: int) -> None:
        """An operator takes back the latches of faults that are over."""
        self.connectors[connector - 1].clear_faults(now)

    # --- the parts' common ground

    def update_all(self, now: int) -> None:
        """Apply all rules everywhere."""
        self.site.update(now)
        for c in self.connectors:
            c.update(now)

    def on_configuration(self, index: int, now: int) -> None:
        """A configuration value was changed by the central system."""
        if index == KEY_HEARTBEAT_INTERVAL:
            self.heartbeat.restart(now)
        elif index == KEY_ALIGNED_INTERVAL:
            self.aligned.restart()
        if self.config.effect == EFFECT_LINK:
            self._link_config = True

    def next_number(self) -> int:
        """A transaction number that was never used: the boot number and a counter."""
        self._number += 1
        return self._number

    def next_plug(self) -> int:
        """How many vehicles have been plugged in so far, this one included."""
        self._plugs += 1
        return self._plugs


def _ignore(code: int, connector: int, arg: int) -> None:
    """Nobody logs."""
