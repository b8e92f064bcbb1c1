"""Every board builds for every product it supports, on a machine module that records; what it did is compared with docs/hardware.md 6."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tools import build_image

RUN = Path(__file__).parent / "recorded" / "run_board.py"
MICROPYTHON = [sys.executable, "-c", "import sys, micropython_unix; sys.argv[0] = 'micropython'; sys.exit(micropython_unix.main())"]

REAL_BOARDS = [name for name in build_image.boards() if name != "virtual"]
SOCKET_BOARDS = {"W5500_EVB_PICO", "NUCLEO_H743ZI"}
SUPPORTED = [(board, product) for board in REAL_BOARDS for product in ("lecs007", "full") if product == "lecs007" or board in SOCKET_BOARDS]
REFUSED = [(board, product) for board in REAL_BOARDS for product in build_image.products() if (board, product) not in SUPPORTED]

# docs/hardware.md 6.1 to 6.4: what the Ethernet and the board itself take. A bus without pins in its constructor has those of the port.
RESERVED: dict[str, set[int | str]] = {
    "W5500_EVB_PICO": {16, 17, 18, 19, 20, 21, 23, 24, 25, 29},
    "OLIMEX_ESP32_POE": {0, 1, 3, 6, 7, 8, 9, 10, 11, 12, 17, 18, 19, 21, 22, 23, 25, 26, 27},
    "NUCLEO_H743ZI": {"PA1", "PA2", "PA7", "PB13", "PC1", "PC4", "PC5", "PG11", "PG13", "PD8", "PD9", "PA13", "PA14"},
}
PORT_PINS = {("uart", 2): ["PD5", "PD6"], ("i2c", 1): ["PB8", "PB9"], ("spi", 3): ["PB3", "PB4", "PB5"]}
INPUT_ONLY = {"OLIMEX_ESP32_POE": {34, 35, 36, 39}}
ADC_PINS: dict[str, set[int | str]] = {
    "W5500_EVB_PICO": {26, 27, 28},
    "OLIMEX_ESP32_POE": {32, 33, 34, 35, 36, 39},
    "NUCLEO_H743ZI": {"PA3", "PC0", "PB1", "PF10"},
}
COIL = {"W5500_EVB_PICO": 6, "OLIMEX_ESP32_POE": 32, "NUCLEO_H743ZI": "PE13"}
RCD_TEST = {"W5500_EVB_PICO": 5, "OLIMEX_ESP32_POE": "expander", "NUCLEO_H743ZI": "PD15"}
OPEN_DRAIN = 2
LONGEST_WATCHDOG_MS = {"W5500_EVB_PICO": 8388, "OLIMEX_ESP32_POE": 60000, "NUCLEO_H743ZI": 32760}
HARD_TIMER = {"W5500_EVB_PICO": True, "OLIMEX_ESP32_POE": False, "NUCLEO_H743ZI": True}


@lru_cache(maxsize=None)
def recorded(board: str, product: str, interpreter: str = "cpython", mode: str = "build") -> dict[str, Any]:
    stage = build_image.build(board, product, compiled=False).stage
    with TemporaryDirectory() as folder:
        command = [sys.executable] if interpreter == "cpython" else MICROPYTHON
        done = subprocess.run([*command, str(RUN), str(stage), mode], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr + done.stdout
        lines = [line for line in done.stdout.splitlines() if line.startswith("@board ")]
        assert len(lines) == 1, done.stdout
        found: dict[str, Any] = json.loads(lines[0][7:])
        # Only the names below the file system count; the folder is the test's.
        if "volume" in found:
            found["volume"] = found["volume"][len(found["root"]) :]
        return found


def uses(found: dict[str, Any], until: str = "built") -> dict[int | str, set[str]]:
    """What each pin is used for while the board is built."""
    used: dict[int | str, set[str]] = {}
    events = found["events"]
    for kind, *words in events[events.index(["booted"]) : events.index([until])]:
        if kind == "pin" and words[1] >= 0 and words[1] != OPEN_DRAIN:  # those are looked at by a test of their own
            used.setdefault(words[0], set()).add("out" if words[1] == 1 else "in")
        elif kind in ("pwm", "adc"):
            used.setdefault(words[0], set()).add(kind)
        elif kind == "bus":
            for pin in words[2] or PORT_PINS[words[0], words[1]]:
                used.setdefault(pin, set()).add(f"{words[0]} {words[1]}")
        elif kind == "ethernet":
            for pin in words[0]:
                used.setdefault(pin, set()).add("ethernet")
    return used


def outputs(found: dict[str, Any]) -> dict[int | str, int]:
    """Each output of the build, and the level it is given first."""
    first: dict[int | str, int] = {}
    events = found["events"]
    for kind, *words in events[events.index(["booted"]) : events.index(["built"])]:
        if kind == "pin" and words[1] == 1:
            first.setdefault(words[0], words[3])
        elif kind == "pwm":
            first.setdefault(words[0], 1 if words[2] == 65535 else 0)
    return first


@pytest.mark.parametrize("interpreter", ["cpython", "micropython"])
@pytest.mark.parametrize(("board", "product"), SUPPORTED)
def test_the_application_runs_on_the_board(board: str, product: str, interpreter: str) -> None:
    # On MicroPython the tick runs with the heap locked where the port has a hard timer.
    found = recorded(board, product, interpreter, "app")
    assert found["exceptions"] == 0, found["log"]
    assert (found["steps"], found["ticks"]) == (100, 500)
    assert found["pilot_state"] == 0  # the recording ADC shows +12 V: no car
    assert {"boot.0", "config.0"} <= set(found["files"])


@pytest.mark.parametrize(("board", "product"), REFUSED)
def test_a_product_that_the_board_has_not_the_parts_for_is_refused_in_words(board: str, product: str) -> None:
    refused = recorded(board, product)["refused"]
    assert board in refused and "product" in refused


@pytest.mark.parametrize(("board", "product"), SUPPORTED)
def test_no_pin_does_two_things(board: str, product: str) -> None:
    clashes = {pin: sorted(what) for pin, what in uses(recorded(board, product)).items() if len(what) > 1}
    assert not clashes


@pytest.mark.parametrize(("board", "product"), SUPPORTED)
def test_the_i2c_bus_is_freed_before_its_first_transfer(board: str, product: str) -> None:
    events = recorded(board, product)["events"]
    freed = [n for n, (kind, *words) in enumerate(events) if kind == "pin" and words[1] == OPEN_DRAIN]
    bus = [n for n, (kind, *words) in enumerate(events) if kind == "bus" and words[0] == "i2c"]
    transfers = [n for n, (kind, *words) in enumerate(events) if kind == "i2c"]
    pins = {events[n][1] for n in freed}
    assert pins == set(events[bus[0]][3] or PORT_PINS["i2c", 1]), "the pins of the bus, and no others"
    assert max(freed) < bus[-1] < min([*transfers, len(events)]), "the port's bus starts after that"


def test_main_starts_the_watchdog_before_the_build_and_survives_an_interruption(tmp_path: Path) -> None:
    board = ["from recorder import note", "LIMITS = {'wdt_ms': 8000}", "def build(product):", "    note('built')", "    raise KeyboardInterrupt"]
    (tmp_path / "board.py").write_text("\n".join(board))
    (tmp_path / "product.py").write_text("")
    (tmp_path / "safe_outputs.py").write_text("SAFE_OUTPUTS = ((6, 0),)\n")
    places = [str(tmp_path), str(RUN.parent), str(build_image.FIRMWARE), str(build_image.ROOT / "tools" / "cpython_compat")]
    program = f"import sys\nsys.path[:0] = {places!r}\nimport time\ntime.sleep = lambda s: None\nimport main\nfrom recorder import report\nreport()"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    kinds = [event[0] for event in json.loads(done.stdout.split("@board ")[1])["events"]]
    assert kinds == ["wdt", "built", "pin", "reset"]


@pytest.mark.parametrize(("board", "product"), SUPPORTED)
def test_the_pins_of_the_ethernet_and_the_board_are_left_alone(board: str, product: str) -> None:
    used = uses(recorded(board, product))
    # The W5500's own SPI is the one bus that belongs there.
    own = {pin for pin, what in used.items() if what <= {"ethernet"} or what == {"spi 0"} and board == "W5500_EVB_PICO"}
    assert not (set(used) - own) & RESERVED[board]
    assert own <= RESERVED[board]
    assert not {pin for pin, what in used.items() if what & {"out", "pwm"}} & INPUT_ONLY.get(board, set())
    assert {pin for pin, what in used.items() if "adc" in what} <= ADC_PINS[board]


@pytest.mark.parametrize(("board", "product"), SUPPORTED)
def test_outputs_are_safe_before_anything_else(board: str, product: str) -> None:
    found = recorded(board, product)
    events = found["events"]
    booting = events[: events.index(["booted"])]
    safe = {words[0]: words[3] for kind, *words in booting if kind == "pin"}
    assert all(kind == "pin" and words[1] == 1 for kind, *words in booting), "boot does nothing but set outputs"
    # The build gives each output the same level again: nothing moves.
    levels = outputs(found)
    assert levels.items() <= safe.items()
    # The coil comes first; no current, no test current, no charging offered.
    assert booting[0][1] == COIL[board] and safe[COIL[board]] == 0
    if RCD_TEST[board] != "expander":
        assert safe[RCD_TEST[board]] == 0
    assert [pin for pin, what in uses(found).items() if "pwm" in what and safe[pin] == 1], "the pilot is at steady +12 V"


def test_the_expanders_outputs_are_low_before_they_are_outputs() -> None:
    # OLIMEX: the test current of the residual current device hangs on the MCP23017.
    writes = [words for kind, *words in recorded("OLIMEX_ESP32_POE", "lecs007")["events"] if kind == "i2c" and words[0] == 0x20]
    registers = [memory for _, memory, _ in writes]
    assert registers.index(0x14) < registers.index(0x00), "OLAT before IODIR"
    assert all(levels == [0, 0] for _, memory, levels in writes if memory == 0x14)


@pytest.mark.parametrize(("board", "product"), SUPPORTED)
def test_the_limits_are_those_of_the_port(board: str, product: str) -> None:
    found = recorded(board, product, "cpython", "app")
    limits = found["limits"]
    assert limits["tick_ms"] == 10
    assert 2000 <= limits["wdt_ms"] <= LONGEST_WATCHDOG_MS[board]
    assert 6000 <= limits["most_ma"] <= 80000
    assert limits["fram_bytes"] == 32768 and found["fram"]
    events = found["events"]
    assert ["wdt", limits["wdt_ms"]] in events
    assert [event[2:] for event in events if event[0] == "timer"] == [[10, HARD_TIMER[board]]]
    assert events.index(["wdt", limits["wdt_ms"]]) > events.index(["built"])
    assert found["samples"] == 58 if board == "W5500_EVB_PICO" else 24 <= found["samples"] <= 200
    assert not found["trouble"]
    facts = build_image.board_facts(board)["file_system"]
    assert limits["flash_bytes"] == facts["block_bytes"] * facts["blocks"]


@pytest.mark.parametrize(("board", "product"), SUPPORTED)
def test_the_buses_are_set_as_the_chips_want_them(board: str, product: str) -> None:
    buses = [words for kind, *words in recorded(board, product)["events"] if kind == "bus"]
    uarts = [words[3:] for words in buses if words[0] == "uart"]
    assert uarts == [[115200, 0, 256]]  # PN532 HSU; reads never wait; a buffer for what comes during a flash write
    meters = [words[3:] for words in buses if words[0] == "spi" and words[3] != 20000000]
    assert meters == [[500000, 1, 1]]  # ATM90E32: mode 3, 200 kHz to 1 MHz
    assert [words[3] for words in buses if words[0] == "i2c"] == [400000]


def test_all_boards_offer_the_same_names() -> None:
    first, *others = [recorded(board, "lecs007") for board in REAL_BOARDS]
    wanted = {"NAME", "LIMITS", "build"}
    for found in (first, *others):
        assert wanted <= set(found["module"])
        assert set(found["hardware"]) == set(first["hardware"])
        assert set(found["limits"]) == set(first["limits"])
        assert found["volume"] == "/data"
    virtual = (build_image.BOARDS / "virtual" / "board.py").read_text("utf-8")
    for name in wanted | set(re.findall(r"(?<!runtime\.)hardware\.(\w+)", _application())):
        if name in wanted:
            assert re.search(rf"^(def )?{name}\b", virtual, re.MULTILINE)
        else:
            assert name in first["hardware"], f"the application uses hardware.{name}, which real boards have not"


def _application() -> str:
    """The application's text with `getattr(hardware, "name", ...)` as `hardware.name`."""
    text = "".join((build_image.FIRMWARE / name).read_text("utf-8") for name in ("main.py", "chargepoint/runtime/app.py"))
    return re.sub(r'getattr\((?:self\.)?hardware, "(\w+)"', r"hardware.\1", text)


def test_every_board_has_its_facts_and_its_readme() -> None:
    for board in build_image.boards():
        facts = build_image.board_facts(board)
        assert set(facts) == {"platform", "arch", "file_system", "heap_bytes", "mounts_romfs"}
    for board in REAL_BOARDS:
        text = (build_image.BOARDS / board / "README.md").read_text("utf-8")
        for heading in ("## Wiring", "## What is weaker here", "## While a contactor is closed", "## Not tried on metal", "## Section by section"):
            assert heading in text, f"{board}/README.md lacks {heading}"
        assert "hardware comparator" in " ".join(text.split())


def test_every_wire_is_in_the_readme() -> None:
    for board, product in SUPPORTED:
        text = (build_image.BOARDS / board / "README.md").read_text("utf-8")
        table = text[text.index("## Wiring") : text.index("## What is weaker here")]
        named = {int(word) if word.isdigit() else word for word in re.findall(r"\b(\d+|P[A-G]\d+)\b", table)}
        missing = set(uses(recorded(board, product))) - named
        assert not missing, f"{board}/README.md does not name {sorted(map(str, missing))}"
