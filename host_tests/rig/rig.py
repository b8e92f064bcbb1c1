"""The tester's bench: a virtual charger, a central system, and the verbs in which test cases are written.

Times are simulated seconds. `expect...` take the charge point's CALLs in order; what a case did not take is an unexpected message and
fails it at its end. Heartbeats, and MeterValues unless a case watches them, may come at any time.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from host_tests.rig.central import CentralSystem, IdTag
from host_tests.rig.charger import DEFAULT_SPEED, Stopwatch, VirtualCharger
from host_tests.rig.messages import Message, Wanted, as_text, record_text, wanted
from host_tests.rig.products import PRODUCTS

# The cards that a tester has: two unrelated valid ones, an invalid one, two that share a parent.
VALID = "04A1B2C3D4E5F6"
VALID_2 = "04112233445566"
INVALID = "DEADBEEF"
CHILD_1, CHILD_2, PARENT = "04C0FFEE000001", "04C0FFEE000002", "PARENT-1"

# A triggered message must come inside this time (declared to the test tool: 60 s; what we want of ourselves: 2 s, and some for debouncing and reading).
MESSAGE_TIMEOUT_S = 15.0
BOOT_TIMEOUT_S = 90.0
# A card is taken for a new one after 2 s, and may stop a session 3 s after it started one (docs/hardware.md 1.4).
CARD_PAUSE_S = 4.0


@dataclass(frozen=True)
class Session:
    """A transaction that a case got going."""

    number: int
    id_tag: str
    connector: int
    start: Message


class Rig:
    """One product on the bench. Start it with `switch_on`; give it back with `close`."""

    def __init__(self, product: str, speed: float = DEFAULT_SPEED, central: CentralSystem | None = None) -> None:
        self.product = PRODUCTS[product]
        self.speed = speed
        self.central = central or CentralSystem()
        self.connector = 1
        self.ignored = {"Heartbeat", "MeterValues"}
        self.moments: random.Random | None = None
        # What the central system's clock shows more than the simulation's: for a charger whose flash has a past.
        self.clock_shift_s = 0.0
        self._charger: VirtualCharger | None = None
        self._cursor = 0
        self._case_start = 0
        self._taken: set[int] = set()
        self._last_tap_s = -CARD_PAUSE_S
        self.changed_keys: dict[str, str] = {}
        self.reservations: set[int] = set()  # those that a case may have left
        self.has_list = False  # a case may have left a local list
        self.has_profiles = False  # a case may have left charging profiles
        self.faults_in: frozenset[tuple[str, int]] = frozenset()

    @property
    def charger(self) -> VirtualCharger:
        """The running virtual charger."""
        assert self._charger is not None, "the charger is not switched on"
        return self._charger

    @property
    def running(self) -> bool:
        """Whether there is a virtual charger process."""
        return self._charger is not None

    def switch_on(self, **options: Any) -> None:
        """Start the virtual charger; options as of VirtualCharger. Does not wait for its boot."""
        self._charger = VirtualCharger(self.central.url, self.product.name, speed=self.speed, **options)
        charger = self._charger
        self.central.set_clock(lambda: charger.time_s() + self.clock_shift_s)

    def switch_off(self) -> int:
        """End the virtual charger's process; returns its exit status."""
        charger, self._charger = self.charger, None
        self.central.drop_connection()
        status = charger.stop()
        self.central.unset_clock()
        return status

    def close(self) -> None:
        """Give everything back."""
        if self._charger is not None:
            self.switch_off()
        self.central.close()

    # Time ---------------------------------------------------------------------------------------------------------------------------

    def now_s(self) -> float:
        """Return the simulated time."""
        return self.charger.time_s()

    def wait(self, seconds: float) -> None:
        """Let simulated time pass."""
        watch = Stopwatch(self.charger, seconds)
        while (left_s := watch.left_s()) > 0:
            self.keep_watch()
            time.sleep(watch.slice_s(left_s))

    def wait_until(self, condition: Callable[[], Any], within: float, what: str) -> Any:
        """Wait until the condition holds and return its value; fail with `what` and the record when the time is up."""
        watch = Stopwatch(self.charger, within)
        while True:
            value = condition()
            if value:
                return value
            left_s = watch.left_s()
            self.keep_watch()
            if left_s <= 0:
                raise self.failure(f"{what}: not within {within:g} s")
            with self.central.changed:
                self.central.changed.wait(watch.slice_s(left_s))

    def keep_watch(self) -> None:
        """Called again and again while a case waits; a rig that expects accidents looks for them here."""

    def random_moment(self, span_s: float, usual_s: float = 0.0) -> None:
        """Let some time pass before a cut: `usual_s`, or any time up to `span_s` when the sweep over moments runs this case."""
        self.wait(usual_s if self.moments is None else self.moments.uniform(0, span_s))

    # What the charge point says ------------------------------------------------------------------------------------------------------

    def failure(self, text: str) -> AssertionError:
        """Return a failure that carries the record of this case."""
        return AssertionError(f"{text}\n{self.record_text()}")

    def record_text(self) -> str:
        """Return what was said in this case, what happened in the world, and the end of the charger's log, for people."""
        messages = self.record()
        since_s = messages[0].time_s - self.clock_shift_s - 10 if messages else 0.0
        events = [event for event in self.charger.request("events")["events"] if event["time_s"] >= since_s]
        world = [f"{event['time_s']:10.3f}  {event['connector']} {event['what']} {event['from']} -> {event['to']}" for event in events]
        return "\n".join([record_text(messages), "--- what happened in the world", *world[-60:], self.charger.log_tail()])

    def start_case(self) -> None:
        """Begin a new record; what came before is no concern of this case."""
        self._case_start = self._cursor = len(self.central.record)
        self.central.faults.clear()
        self.ignored = {"Heartbeat", "MeterValues"}

    def _is_due(self, message: Message) -> bool:
        return message.sender == "CP" and message.kind == "call"

    def _next_call(self, wanted_actions: Iterable[str] = ()) -> Message | None:
        """Return the next CALL that is not to be ignored, without taking it."""
        skip = self.ignored - set(wanted_actions)
        while self._cursor < len(self.central.record):
            message = self.central.record[self._cursor]
            if self._is_due(message) and message.action not in skip and message.number not in self._taken:
                return message
            self._cursor += 1
        return None

    def take(self, *calls: Message) -> None:
        """Take CALLs that a case found by itself (with `calls`), in whatever order they came."""
        self._taken.update(call.number for call in calls)

    def expect(self, action: str, /, within: float = MESSAGE_TIMEOUT_S, **fields: object) -> Message:
        """Take the next CALL of the charge point: it must be this one."""
        return self.expect_all(wanted(action, **fields), within=within)[0]

    def expect_all(self, *expected: Wanted, within: float = MESSAGE_TIMEOUT_S) -> list[Message]:
        """Take the next CALLs: these, in any order among themselves. Returns them in the order asked for, optional ones only if they came.

        Optional ones may come as long as the others are incomplete.
        """
        missing = list(expected)
        found: dict[int, Message] = {}
        while any(not item.optional for item in missing):
            text = " and ".join(str(item) for item in missing)
            actions = [item.action for item in missing]
            call = self.wait_until(partial(self._next_call, actions), within, f"expected {text}")
            match = next((item for item in missing if item.matches(call)), None)
            if match is None:
                why = "; ".join(difference for item in missing if item.action == call.action for difference in item.differences(call))
                raise self.failure(f"expected {text}, but there came {call.action} {as_text(call.payload)}" + (f" ({why})" if why else ""))
            found[next(index for index, item in enumerate(expected) if item is match)] = call
            missing = [item for item in missing if item is not match]
            self._cursor = call.number + 1
        return [found[index] for index in sorted(found)]

    def may_come(self, action: str, /, within: float, **fields: object) -> Message | None:
        """Take the next CALL if it is this one and comes in time; leave anything else where it is."""
        item = wanted(action, **fields)
        watch = Stopwatch(self.charger, within)
        while (call := self._next_call((action,))) is None:
            left_s = watch.left_s()
            if left_s <= 0:
                return None
            with self.central.changed:
                self.central.changed.wait(watch.slice_s(left_s))
        if not item.matches(call):
            return None
        self._cursor = call.number + 1
        return call

    def expect_nothing(self, seconds: float) -> None:
        """Watch for this long: no CALL may come but those that may come at any time."""
        watch = Stopwatch(self.charger, seconds)
        while True:
            self._no_call_left(f"expected nothing for {seconds:g} s")
            left_s = watch.left_s()
            if left_s <= 0:
                return
            with self.central.changed:
                self.central.changed.wait(watch.slice_s(left_s))

    def _no_call_left(self, why: str) -> None:
        call = self._next_call()
        if call is not None:
            raise self.failure(f"{why}, but there came {call.action} {as_text(call.payload)}")

    def finish_case(self) -> None:
        """Fail when the case left a message unexpected, a message was not valid, the firmware crashed, or the contactor was not safe."""
        self._no_call_left("expected nothing more in this case")
        if self.central.faults:
            raise self.failure("not as OCPP 1.6J wants it: " + "; ".join(self.central.faults))
        if self.charger.crashes():
            raise self.failure(f"the firmware crashed: {self.charger.crashes()}")
        violations = self.charger.request("violations")["violations"]
        if violations:
            raise self.failure(f"not safe: {violations}")

    def record(self) -> list[Message]:
        """Return everything said since the case began."""
        return self.central.record[self._case_start :]

    def sent_s(self, call: Message) -> float:
        """Return the simulated time at which the firmware sent a CALL, exactly."""
        time_s = self.charger.frame_time_s(call.unique_id)
        assert time_s is not None, f"the record of frames does not have {call}"
        return time_s

    def calls(self, action: str) -> list[Message]:
        """Return the charge point's CALLs of an action since the case began, taken or not."""
        return [message for message in self.record() if self._is_due(message) and message.action == action]

    # What the central system says ----------------------------------------------------------------------------------------------------

    def call(self, action: str, /, within: float = MESSAGE_TIMEOUT_S, **payload: Any) -> Message:
        """Send a CALL and return the answer: a result or an error."""
        request = self.central.send_call(action, payload)
        answer: Message = self.wait_until(lambda: self.central.reply_to(request), within, f"answer to {action}")
        return answer

    def call_expecting(self, status: object, action: str, /, **payload: Any) -> Message:
        """Send a CALL whose answer must be a result with this status."""
        answer = self.call(action, **payload)
        if answer.kind != "result" or not (status == answer.get("status")):
            raise self.failure(f"expected {action} to be answered with {status!r}, but the answer is {answer.kind} {as_text(answer.payload)}")
        return answer

    def configuration(self, *keys: str) -> dict[str, dict[str, Any]]:
        """Return configuration entries by key; all of them when none is named."""
        answer = self.call("GetConfiguration", key=list(keys)) if keys else self.call("GetConfiguration")
        return {entry["key"]: entry for entry in answer.get("configurationKey", [])}

    def setting(self, key: str) -> str | None:
        """Return the value of one configuration key; None when the charge point does not have it."""
        entry = self.configuration(key).get(key)
        return None if entry is None else str(entry.get("value", ""))

    def setting_is_true(self, key: str) -> bool:
        """Return a boolean configuration key; one that is not there is false."""
        return (self.setting(key) or "").lower() == "true"

    def configure(self, **settings: object) -> None:
        """Set configuration keys, each of which must be accepted; they are set back after the case."""
        for key, value in settings.items():
            old = self.setting(key)
            self.call_expecting("Accepted", "ChangeConfiguration", key=key, value=_config_text(value))
            if old is not None:
                self.changed_keys.setdefault(key, old)

    # What the tester does ------------------------------------------------------------------------------------------------------------

    def plug(self, connector: int | None = None, **car: object) -> None:
        """Plug a car in."""
        self.charger.request("plug", connector=connector or self.connector, **car)

    def unplug(self, connector: int | None = None, **how: object) -> None:
        """Pull the car's plug (of a socket: both ends)."""
        self.charger.request("unplug", connector=connector or self.connector, **how)

    def tap(self, uid: str) -> float:
        """Hold a card to the reader, not too soon after the last one; returns when."""
        pause_s = self._last_tap_s + CARD_PAUSE_S - self.now_s()
        if pause_s > 0:
            self.wait(pause_s)
        tapped_s = self.now_s()
        self.charger.request("tap", uid=uid)
        self._last_tap_s = self.now_s()
        return tapped_s

    def power(self, on: bool) -> None:
        """Mains on or off."""
        self.charger.request("power", on=on)
        if not on:
            self.central.drop_connection()

    def power_cycle(self, off_s: float = 3.0) -> None:
        """Mains off and on again."""
        self.power(False)
        self.wait(off_s)
        self.power(True)

    def network(self, up: bool) -> None:
        """Network cable in or out."""
        self.charger.request("link", up=up)

    def fault(self, name: str, on: bool = True, connector: int | None = None) -> None:
        """Put a fault in or take it away."""
        place = (name, connector or self.connector)
        self.charger.request("fault", name=name, on=on, connector=place[1])
        self.faults_in = self.faults_in | {place} if on else self.faults_in - {place}

    def know_card(self, id_tag: str, status: str = "Accepted", parent: str | None = None) -> None:
        """Tell the central system about a card; cards that it was not told about are Accepted."""
        self.central.id_tags[id_tag.upper()] = IdTag(status, parent)


def _config_text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
