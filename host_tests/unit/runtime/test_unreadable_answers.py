"""Answers of a central system that are no JSON: they cost nobody a transaction."""

from host_tests.unit.runtime.app_world import Bench

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Mumbling(Bench):
    """Its central system answers two messages of a transaction with what is no JSON."""

    tries = 2

    def _take(self, frame: "Any") -> None:
        if frame[0] == 2 and frame[2] in ("StartTransaction", "StopTransaction") and self.tries:
            self.tries -= 1
            self.calls.append((frame[2], frame[3]))
            self.tell('[3,"%s",{}]x' % frame[1])
        else:
            Bench._take(self, frame)


def test_an_answer_that_is_no_json_is_no_refusal() -> None:
    bench = _Mumbling()
    bench.run(2000)
    assert bench.ask("ChangeConfiguration", {"key": "TransactionMessageAttempts", "value": "0"})[2]["status"] == "Accepted"
    bench.charging()
    bench.run(45000)
    actions = bench.actions()
    assert actions.count("StartTransaction") == 3 and "MeterValues" in actions, "asked again until it could be read"
    bench.tries = 1
    bench.tap()
    bench.run(20000)
    assert bench.actions().count("StopTransaction") == 1 and bench.app.store.queue.count == 0
    assert not [line for line in bench.lines if "given up" in line]
