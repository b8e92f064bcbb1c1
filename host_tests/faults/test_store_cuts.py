"""Cuts the power at every operation and every torn byte of every store operation, on three kinds of file system, with and without FRAM.

After each cut the store is built again from what is left. It must hold the state from before the interrupted operation or the one from
after it, and go on working. A second cut, in the recovery, is tried at every point of it for a part of the first cuts.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

import pytest

from chargepoint.runtime.store.store import Store
from host_tests.faults.volume_model import ATOMIC, GARBAGE, IN_PLACE, FlashModel, FramModel, PowerCut

KINDS = {"littlefs": ATOMIC, "overwrite-in-place": IN_PLACE, "overwrite-in-place with rubbish": GARBAGE}
# Every byte where a byte makes a difference; whole writes become visible at once on littlefs, and rubbish differs from a short write in its end.
STRIDES = {ATOMIC: 5, IN_PLACE: 1, GARBAGE: 3}


@dataclass
class State:
    """What must be in the store."""

    saved: dict[str, bytes] = field(default_factory=dict)
    queue: list[tuple[int, bytes]] = field(default_factory=list)
    dead: list[int] = field(default_factory=list)


def _quiet(level: int, code: str, text: str) -> None:
    pass


class Rig:
    """A flash, perhaps an FRAM, the store on them and the model of what it holds."""

    def __init__(self, kind: int, fram: bool) -> None:
        self.flash = FlashModel(kind)
        self.fram = FramModel(self.flash, 1024 + 16 + 2 * 700) if fram else None
        self.state = State()
        self.next_seq = 1
        self.boot()

    def boot(self) -> None:
        self.store = Store(self.flash, _quiet, self.fram, budget_bytes=40 * 1024)

    def held(self) -> State:
        """What the store holds now."""
        found = State()
        for name in ("config", "tx1"):
            data = self.store.load(name)
            if data is not None:
                found.saved[name] = data

        def see(seq: int, record: bytearray) -> bool:
            found.queue.append((seq, bytes(record)))
            return True

        def see_dead(seq: int, record: bytearray) -> bool:
            found.dead.append(seq)
            return True

        self.store.queue.visit(see)
        assert self.store.queue.count == len(found.queue)
        self.store.dead_letters.visit(see_dead)
        return found

    def do(self, step: tuple[str, ...]) -> State:
        """Return the state that a step leads to, without doing it."""
        after = copy.deepcopy(self.state)
        if step[0] == "save":
            after.saved[step[1]] = step[2].encode()
        elif step[0] == "append":
            after.queue.append((self.next_seq, step[1].encode()))
        elif step[0] == "pop" and after.queue:
            after.queue.pop(0)
        elif step[0] == "bury" and after.queue:
            after.dead.append(after.queue[0][0])
        elif step[0] == "thin":
            after.queue = [(seq, record) for seq, record in after.queue if record[:1] != b"M" or seq % 2]
        return after

    def perform(self, step: tuple[str, ...]) -> None:
        """Do a step on the store."""
        store = self.store
        if step[0] == "save":
            assert store.save(step[1], step[2].encode())
        elif step[0] == "append":
            assert store.queue.append(step[1].encode()) == self.next_seq
        elif step[0] in ("pop", "bury"):
            into = bytearray(600)
            length = store.queue.peek(into)
            if length:
                assert (store.queue.head_seq, bytes(into[:length])) == self.state.queue[0]
                if step[0] == "pop":
                    store.queue.pop()
                else:
                    store.dead_letter(into[:length], "refused")
        elif step[0] == "thin":
            while store.queue.thin(lambda seq, record: record[:1] != b"M" or seq % 2 == 1):
                pass
        elif step[0] == "closed":
            store.contactor_closed(step[1] == "yes")
        elif step[0] == "poll":
            store.poll(0)
        else:
            self.boot()


def _workload() -> list[tuple[str, ...]]:
    steps: list[tuple[str, ...]] = [("boot",), ("save", "config", "first"), ("save", "config", "second value"), ("append", "START 1"), ("pop",)]
    steps += [("append", ("S" if i % 9 == 0 else "M") + "%03d" % i + "x" * 150) for i in range(48)]  # nearly a segment
    steps += [("append", "M" + "y" * 150), ("append", "S" + "z" * 150), ("append", "M" + "y" * 20), ("thin",), ("append", "M after thinning")]
    steps += [("bury",), ("pop",), ("pop",), ("boot",), ("closed", "yes"), ("save", "tx1", "running"), ("append", "S staged"), ("pop",)]
    steps += [("append", "M staged %d" % i) for i in range(6)] + [("save", "tx1", "running on"), ("bury",), ("pop",)]
    steps += [("save", "config", "staged %d" % i) for i in range(30)]  # makes the staging log compact itself
    steps += [("boot",), ("closed", "yes"), ("append", "S end"), ("closed", "no"), ("poll",), ("append", "S during the move")]
    steps += [("poll",)] * 8 + [("pop",)] * 20 + [("save", "tx1", "none"), ("append", "S last"), ("boot",)]
    return steps


@pytest.mark.parametrize("fram", [False, True], ids=["flash", "fram"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_every_cut_leaves_the_state_before_or_after(kind: int, fram: bool, capsys: pytest.CaptureFixture[str]) -> None:
    rig = Rig(kind, fram)
    cuts = second_cuts = 0
    steps = _workload()
    for number, step in enumerate(steps):
        after = rig.do(step)
        whole = copy.deepcopy(rig)
        before_units = whole.flash.units
        whole.perform(step)
        units = whole.flash.units - before_units
        # Steps of one kind in a row differ in little but their position: every 23rd byte does there, until the step that compacts.
        alike = steps[number - 1][:1] == step[:1] and len(step) > 1 and units < 250 and number % 8
        for cut in range(0, units, 23 if alike else STRIDES[kind]):
            trial = copy.deepcopy(rig)
            trial.flash.cut_after = cut
            with pytest.raises(PowerCut):
                trial.perform(step)
            cuts += 1
            if cuts % 150 == 0:
                second_cuts += _cut_the_recovery(trial, after)
            trial.flash.reboot()
            _check(trial, after)
        whole.state = after
        whole.next_seq += step[0] == "append"
        rig = whole
        held = rig.held()
        assert held.saved == after.saved and held.queue == after.queue
        assert set(held.dead) <= set(after.dead)
    rig.boot()
    assert rig.held() == rig.state
    with capsys.disabled():
        print("\n%d cuts and %d cuts of the recovery, 0 lost, 0 doubled" % (cuts, second_cuts), end="")


def _check(trial: Rig, after: State) -> None:
    """Boot after a cut: the old state or the new one, and it works."""
    trial.boot()
    held = trial.held()
    assert held.saved in (trial.state.saved, after.saved)
    assert held.queue in (trial.state.queue, after.queue) or _thinned_in_part(held.queue, trial.state.queue, after.queue)
    assert set(trial.state.dead) >= set(held.dead) or held.dead == after.dead
    next_seq = trial.store.queue.append(b"after the cut")
    assert next_seq > max([seq for seq, _ in trial.state.queue + held.queue], default=0)
    assert trial.store.save("config", b"saved after the cut")
    trial.boot()
    again = trial.held()
    assert again.queue == held.queue + [(next_seq, b"after the cut")] and again.saved["config"] == b"saved after the cut"


def _thinned_in_part(held: list[tuple[int, bytes]], before: list[tuple[int, bytes]], after: list[tuple[int, bytes]]) -> bool:
    """Thinning goes on segment by segment: everything that was to be kept is there, nothing new, in order."""
    return set(after) <= set(held) <= set(before) and held == sorted(held)


def _cut_the_recovery(trial: Rig, after: State) -> int:
    """Cut the boot after a cut at every point of it."""
    measured = copy.deepcopy(trial)
    measured.flash.reboot()
    before_units = measured.flash.units
    measured.boot()
    units = measured.flash.units - before_units
    for cut in range(units):
        again = copy.deepcopy(trial)
        again.flash.reboot()
        again.flash.cut_after = cut
        with pytest.raises(PowerCut):
            again.boot()
        again.flash.reboot()
        _check(again, after)
    return units
