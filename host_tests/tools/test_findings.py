"""The figures of `make bench` are added up rightly."""

from __future__ import annotations

import pytest

from tools.measure.budgets import Figure, load, print_table, verdict
from tools.measure.findings import Findings

LOG = """\
noise
   1.2 @bench code chargepoint.util.crc 352
@bench frames 64 Calls_64 out|[2,"1","Heartbeat",{}]
@bench frames 96 Calls_96 in|[3,"1",{"currentTime":"2026
@bench frames 640 Calls_640 in|[2,"9","Reset",{"type":"Soft"}] out|[3,"9",{"status":"Accepted"}]
@bench frames 32 Calls_32 out|[2,"2","Heartbeat",{}]
@bench frames 9000 Calls_9000 out|[2,"3","MeterValues",{ in|[2,"10","Reset",{"type":"Soft"}]
@bench passes idle 100 2 96 64
@bench part idle CardIo 100 0 0 0
@bench part charging-1 CardIo 50 1 32 32
@bench tick idle 0
@bench modules idle chargepoint.util.crc chargepoint.wire.ocppj
"""


def test_lines_become_figures() -> None:
    findings = Findings()
    findings.read(LOG)
    assert findings.code == {"chargepoint.util.crc": 352}
    # A pass with two messages that have nothing to do with each other (9000) is booked under neither.
    assert findings.messages() == [("-> Heartbeat", 32, "Calls 32"), ("<- Reset", 640, "Calls 640"), ("<- answer to Heartbeat", 96, "Calls 96")]
    assert sorted(findings.turns()) == [("card poll", 150, 1, 32), ("idle pass", 100, 2, 64), ("safety tick", 1, 0, 0)]
    assert findings.modules == ["chargepoint.util.crc", "chargepoint.wire.ocppj"]


def test_a_table_says_when_a_budget_is_broken(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_table("fine", [Figure("a", 5, 5), Figure("b", 1000)]) == []
    over = Figure("a", 6, 5)
    assert print_table("not fine", [over]) == [over]
    assert capsys.readouterr().out.count("OVER BUDGET") == 1
    assert verdict("size", []) == 0 and verdict("size", [over]) == 1


def test_what_is_accepted_may_not_grow(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_table("accepted", [Figure("a", 7, 5)], {"a": 7}) == []
    assert "over the design; 7 accepted" in capsys.readouterr().out
    grown = Figure("a", 8, 5)
    assert print_table("grown", [grown], {"a": 7}) == [grown]


def test_the_budgets_are_those_of_the_design() -> None:
    budgets = load()
    assert budgets["code_heap_bytes"] == {"lecs007": 60 * 1024, "full": 90 * 1024, "duo": 90 * 1024}
    assert budgets["data_heap_bytes"] == 30 * 1024 and budgets["mpy_bytes"]["full"] == 150 * 1024 and budgets["growth_bytes"] == 0
    garbage = budgets["garbage_bytes"]
    assert [garbage[name] for name in ("idle pass", "safety tick", "meter poll", "card poll")] == [0, 0, 0, 0]
    assert (garbage["MeterValues"], garbage["message"], garbage["GetConfiguration"]) == (256, 1024, 4096)
