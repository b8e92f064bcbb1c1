"""`make run` without firmware: a right session exits 0, every kind of wrong one exits 1 and says why."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tools.run import lines, session
from tools.run.stage import Settings, Stage, link_trouble

FAKE = Path(__file__).with_name("fake_charger.py")
SPEED = 60.0


def _run(monkeypatch: pytest.MonkeyPatch, wrong: str = "") -> int:
    monkeypatch.setenv("WRONG", wrong)
    return asyncio.run(lines.run(Stage(Settings(speed=SPEED, program=FAKE))))


def test_a_right_session_exits_0(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(monkeypatch) == 0
    output = capsys.readouterr().out
    order = ["-> BootNotification", "status Available", "status Preparing", "-> Authorize", "-> StartTransaction", "contactor open to closed"]
    order += ["status Charging", "-> MeterValues", "contactor closed to open", "-> StopTransaction", "status Finishing", "The session was right"]
    places = [output.index(text) for text in order]
    assert places == sorted(places), output


@pytest.mark.parametrize(
    "wrong,reason",
    [
        ("energy", "StopTransaction less StartTransaction is what flowed"),
        ("status", "the statuses are"),
        ("contactor", "the contactor closes once and opens again"),
        ("schema", "every message satisfies the schema"),
        ("deaf", "status Preparing of connector 1 did not happen"),
        ("crash", "the charger went away"),
    ],
)
def test_a_wrong_session_exits_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], wrong: str, reason: str) -> None:
    monkeypatch.setattr(session, "STEP_LIMIT_S", 3)
    assert _run(monkeypatch, wrong) == 1
    assert f"WRONG: {reason}" in capsys.readouterr().out


def test_a_charger_that_does_not_start_exits_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert asyncio.run(lines.run(Stage(Settings(program=FAKE.with_name("missing.py"))))) == 1
    assert "WRONG: the virtual charger did not start" in capsys.readouterr().out


def test_the_view_plays_the_session_and_hands_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from textual.widgets import Static

    from tools.run.view import RunView

    monkeypatch.setenv("WRONG", "")
    picture = tmp_path / "view.svg"
    view = RunView(Stage(Settings(speed=SPEED, program=FAKE)))

    async def use() -> None:
        async with view.run_test(size=(150, 42)) as pilot:
            await pilot.press("p")  # the keys are not ours yet: this must not disturb the session
            for _ in range(600):
                await pilot.pause(0.05)
                if view.parting_words:
                    break
            assert view.parting_words and "right" in view.parting_words[-1]
            await pilot.press("p")
            for _ in range(100):
                await pilot.pause(0.05)
                if "plugged" in str(view.export_screenshot()):
                    break
            picture.write_text(view.export_screenshot(), "utf-8")
            assert "plugged" in picture.read_text("utf-8")
            assert view.query_one("#connector-1", Static).display
            await pilot.press("f", "escape", "q")
            await pilot.pause(0.5)
        assert view.return_code == 0

    asyncio.run(use())


@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+q", "q"])
def test_leaving_in_mid_session_ends_the_charger(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    from tools.run.view import RunView

    monkeypatch.setenv("WRONG", "")
    stage = Stage(Settings(speed=1.0, program=FAKE))
    view = RunView(stage)
    started = []

    async def use() -> None:
        async with view.run_test(size=(150, 42)) as pilot:
            for _ in range(200):
                await pilot.pause(0.05)
                if stage.process is not None and stage.process.pid:
                    started.append(stage.process.pid)
                    break
            await pilot.press(key)
            await pilot.pause(0.5)

    asyncio.run(use())
    assert started and not Path(f"/proc/{started[0]}").exists()
    assert view.parting_words == ["The session was not played to its end, so it was not judged."]


def test_the_link_trouble_is_the_last_that_was_said() -> None:
    log = "  0.1 2 boot boot 1 of full, cause 0\n  1.1 3 link connecting failed: OSError 111\n  2.0 3 link HTTP 404 not found: check the path\n"
    assert link_trouble(log) == "HTTP 404 not found: check the path"
    assert link_trouble(log + "  3.0 2 link connected\n") == "" and link_trouble("") == ""


def test_the_messages_are_kept_where_the_user_wants_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WRONG", "")
    record = tmp_path / "messages.jsonl"
    assert asyncio.run(lines.run(Stage(Settings(speed=SPEED, program=FAKE, record=record)))) == 0
    assert "BootNotification" in record.read_text("utf-8")
