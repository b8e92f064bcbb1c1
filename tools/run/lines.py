"""The run without a terminal: everything that happens as lines, the verdict, and an exit status."""

from __future__ import annotations

import time

from tools.run.charger_process import ChargerFailed
from tools.run.judge import Verdict
from tools.run.session import CARD, Session
from tools.run.stage import Stage
from tools.run.witness import Frame, WorldEvent
from tools.run.words import event_line, frame_line


def _print(item: Frame | WorldEvent) -> None:
    text = frame_line(item) if isinstance(item, Frame) else event_line(item)
    print(f"{item.time_s:8.2f} s {text}", flush=True)


def summary(verdict: Verdict) -> list[str]:
    """Say in lines how a session went."""
    energy = "no energy was reported"
    if verdict.reported_wh is not None and verdict.flowed_wh is not None:
        energy = f"{verdict.reported_wh} Wh by StartTransaction and StopTransaction, {verdict.flowed_wh:.1f} Wh really flowed"
    if not verdict.faults:
        return [f"Session of card {CARD}: {energy}.", f"The session was right: {len(verdict.checked)} checks passed."]
    return [f"Session of card {CARD}: {energy}.", *(f"WRONG: {fault}" for fault in verdict.faults)]


async def run(stage: Stage) -> int:
    """Play the session, print it, and return the exit status: 0 when it was right, 1 when not."""
    began = time.monotonic()
    try:
        try:
            await stage.open()
        except (ChargerFailed, OSError) as error:
            print(f"WRONG: {error}", flush=True)
            return 1
        for note in stage.notes:
            print(note, flush=True)
        stage.witness.listeners.append(_print)
        stage.follow()
        session = Session(stage.control, stage.witness, lambda text: print(f"{stage.witness.now_s:8.2f} s -- {text}", flush=True))
        try:
            verdict = stage.complete(await session.play())
        except (ChargerFailed, EOFError, OSError) as error:
            verdict = stage.complete(Verdict([], [f"the charger went away: {error}"]))
        if verdict.faults and stage.witness.frames and stage.process is not None and (log := stage.process.last_log()):
            print(f"The end of the charger's log:\n{log}", flush=True)
    finally:
        await stage.close()
    for line in summary(verdict):
        print(line, flush=True)
    print(f"It took {time.monotonic() - began:.0f} s.", flush=True)
    return 1 if verdict.faults else 0
