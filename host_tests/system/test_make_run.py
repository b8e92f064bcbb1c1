"""`make run` as people and CI use it: without a terminal, on the real firmware, for every product."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = "on MicroPython" if importlib.util.find_spec("micropython_unix") else "on CPython"


def _run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "run_charger.py"), "--speed", "10", *options]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("product", ["lecs007", "full", "duo"])
def test_the_session_is_right(product: str) -> None:
    run = _run("--product", product)
    assert run.returncode == 0, run.stdout + run.stderr
    assert RUNTIME in run.stdout and "The session was right" in run.stdout


def test_the_session_is_right_at_another_central_system() -> None:
    command = [sys.executable, "-u", str(ROOT / "tools" / "central_system.py"), "--port", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as other:
        assert other.stdin is not None and other.stdout is not None
        url = other.stdout.readline().split("listening on ")[1].split(";")[0]
        seen: list[str] = []
        reading = threading.Thread(target=lambda: seen.extend(other.stdout or ()))
        reading.start()
        run = _run("--csms", url, "--id", "CP/7 ü")
        other.stdin.write("status\nquit\n")
        other.stdin.close()
        reading.join(20)
    assert run.returncode == 0, run.stdout + run.stderr
    told = "".join(seen)
    assert "CP/7 ü" in told and "stopped (Local)" in told and "!" not in told.split("messages")[-1], told


def test_no_central_system_is_a_wrong_session_and_says_why() -> None:
    run = _run("--csms", "ws://127.0.0.1:9/none")
    assert run.returncode == 1
    wrong = [line for line in run.stdout.splitlines() if line.startswith("WRONG")]
    assert len(wrong) == 1 and wrong[0].startswith("WRONG: never connected: ") and "Errno" in wrong[0], run.stdout
