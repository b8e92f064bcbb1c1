"""Runs portable test files in the real MicroPython interpreter and reads what became of each test."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from host_tests.npm_package import install_npm
from host_tests.portable import SENT_MARK
from tools.csms.schema import InvalidMessage, check_sent, check_sent_frame

ROOT = Path(__file__).resolve().parents[1]
DRIVER = "host_tests/micropython_driver.py"
HEAP = "512K"
PORT32 = ROOT / "host_tests" / "port32"
PORT32_INSTALLED = ROOT / "build" / "port32"
TIME_LIMIT_S = 240
# What the 32-bit interpreter has not, by file or by file and test: these run on the 64-bit one only.
NOT_ON_32BIT = {
    "test_tls_clock.py": "the 32-bit interpreter has no sockets",
    "test_link_setup.py::test_an_address_that_cannot_be_used_is_said": "loads tls_clock, and the 32-bit interpreter has no sockets",
    "test_link_setup.py::test_the_time_that_the_central_system_tells_is_kept_for_the_next_boot": "loads tls_clock, and the 32-bit interpreter has no sockets",
    "test_link_dial.py::test_mbedtls_out_of_memory_is_said_as_that": "the 32-bit interpreter has no TLS, whose words for its errors are tested",
    "test_pem.py::test_what_is_no_base64": "the 32-bit interpreter has a binascii of its own, in Python",
    "test_pem.py::test_no_text_takes_more_heap_than_promised": "the 32-bit interpreter has a binascii of its own, in Python",
    "test_damaged.py::test_pem": "the 32-bit interpreter has a binascii of its own, in Python",
    "test_computation.py::test_no_slice_of_a_request_takes_more_heap_than_promised": "the 32-bit interpreter has a binascii of its own, in Python",
    "test_private_key.py::test_the_interpreters_tls_takes_key_and_certificate": "the 32-bit interpreter has no TLS",
    "test_spi_nor.py::test_littlefs_survives_a_power_cut_at_every_operation": "the 32-bit interpreter has no littlefs",
    "test_slot_folders.py::test_a_package_becomes_the_files_of_the_slot_that_does_not_run": "the 32-bit interpreter has other numbers for errors, ENOENT is 44",
    "test_memory.py::test_ten_sessions_leave_the_heap_where_the_first_left_it": "the 32-bit interpreter collects between programs only",
}


def interpreter() -> list[str] | None:
    """Return the command that starts MicroPython, or None where it has no wheel."""
    if importlib.util.find_spec("micropython_unix") is None:
        return None
    return [sys.executable, "-c", "import sys, micropython_unix; sys.argv[0] = 'micropython'; sys.exit(micropython_unix.main())"]


def interpreter_32bit() -> list[str] | None:
    """Return the command that starts the 32-bit MicroPython on a portable file, or None without Node; installs it at the first call."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return None
    install_npm(PORT32, PORT32_INSTALLED, ("run.mjs",))
    return ["node", str(PORT32_INSTALLED / "run.mjs"), str(ROOT)]


def test_names(path: Path) -> list[str]:
    """Return the names of a file's test functions in the order of the file, without importing it."""
    tree = ast.parse(path.read_text("utf-8"), str(path))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test")]


@dataclass
class Outcome:
    """What became of one test: passed, or what to print instead."""

    passed: bool = False
    output: list[str] = field(default_factory=list)
    invalid: list[str] = field(default_factory=list)


def run_file(path: Path, names: list[str], heap: str = HEAP) -> dict[str, Outcome]:
    """Run the named tests of a file in one fresh interpreter; every name gets an outcome, whatever happens to the process."""
    command = interpreter()
    assert command is not None, "no MicroPython interpreter on this platform"
    search = os.pathsep.join(str(place) for place in (ROOT / "firmware", ROOT))
    environment = dict(os.environ, MICROPYPATH=search + os.pathsep + ".frozen")
    return _run([*command, "-X", "heapsize=" + heap, DRIVER, _module(path), *names], names, environment)


def run_file_32bit(path: Path, names: list[str]) -> dict[str, Outcome]:
    """As `run_file`, in the 32-bit interpreter."""
    command = interpreter_32bit()
    assert command is not None, "the 32-bit MicroPython needs node and npm"
    return _run([*command, _module(path), *names], names, dict(os.environ))


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def _run(command: list[str], names: list[str], environment: dict[str, str]) -> dict[str, Outcome]:
    try:
        process = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIME_LIMIT_S,
            check=False,
        )
        output, ending = process.stdout, f"the interpreter ended with status {process.returncode}"
    except subprocess.TimeoutExpired as error:
        output, ending = error.stdout or b"", f"the interpreter did not end within {TIME_LIMIT_S} s and was stopped"
    return _read(output.decode("utf-8", "replace"), names, ending)


def _read(output: str, names: list[str], ending: str) -> dict[str, Outcome]:
    outcomes = {name: Outcome() for name in names}
    finished = set()
    current = None
    before: list[str] = []
    for line in output.splitlines():
        mark, _, rest = line.partition(" ")
        if mark == "@begin" and rest in outcomes:
            current = outcomes[rest]
        elif mark in ("@passed", "@failed") and rest in outcomes:
            outcomes[rest].passed = mark == "@passed" and not outcomes[rest].invalid
            finished.add(rest)
            current = None
        elif line.startswith(SENT_MARK) and current is not None:
            _check(line[len(SENT_MARK) :], current)
        else:
            (current.output if current is not None else before).append(line)
    for name, outcome in outcomes.items():
        if name not in finished:
            outcome.output = before + outcome.output + [f"no result: {ending}"]
        outcome.output += outcome.invalid
    return outcomes


def _check(text: str, outcome: Outcome) -> None:
    try:
        fields = json.loads(text)
        if len(fields) == 3:
            check_sent_frame(fields[0], fields[1])
        else:
            check_sent(fields[0], fields[1])
    except (InvalidMessage, ValueError) as error:
        outcome.invalid.append(f"invalid message sent: {error}")
