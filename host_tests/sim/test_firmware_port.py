"""The power fails in the midst of a firmware's message: nothing of that firmware happens afterwards, whatever it had still asked for."""

from __future__ import annotations

import socket
from typing import Any, Iterator

import pytest

from tools.sim import wire
from tools.sim.firmware_port import FLASH_PROGRAM, FirmwarePort, FlashTiming


class _Process:
    """The firmware's process as far as its port uses it; `end` is what a simulation does to it."""

    def __init__(self, port_side: socket.socket) -> None:
        self.channel = port_side
        self.spoke = False

    def busy(self) -> None:
        """It works."""


class _World:
    """A world in which the power fails as soon as time passes."""

    boot_ms = 0

    def __init__(self) -> None:
        self.port: FirmwarePort | None = None
        self.carried_out: list[int] = []
        self.io = self

    def fail(self) -> None:
        """The mains fail."""
        assert self.port is not None
        self.port.end()
        self.port._process.channel.close()

    def advance(self, until_ms: int) -> None:
        """Time passes."""
        self.fail()

    def interrupts_off(self, taken_ms: int) -> None:
        """Time passes in a flash operation."""
        self.fail()

    def operate(self, code: int, a: int, b: int) -> None:
        """An output changes."""
        self.carried_out.append(b)

    def flush_uart(self) -> None:
        """Nothing is on the line."""


class _Memory:
    def __init__(self) -> None:
        self.programmed: list[bytes] = []

    def program(self, block: int, offset: int, data: bytes) -> int:
        """Keep what was written."""
        self.programmed.append(data)
        return 0


Bench = tuple[FirmwarePort, _World, _Memory, socket.socket]


@pytest.fixture
def bench() -> Iterator[Bench]:
    ours, theirs = socket.socketpair()
    world, memory = _World(), _Memory()
    nothing: Any = None
    port = FirmwarePort(_Process(ours), world, memory, nothing, nothing, FlashTiming(), print, nothing, nothing)  # type: ignore[arg-type]
    world.port = port
    yield port, world, memory, theirs
    ours.close()
    theirs.close()


def _message(kind: int, argument: int, operations: bytes, payload: bytes) -> bytes:
    return wire.HEADER.pack(len(operations), kind, argument, len(payload)) + operations + payload


def test_a_flash_operation_during_which_the_power_fails_gets_no_answer_and_the_next_one_does_not_happen(bench: Bench) -> None:
    port, _, memory, theirs = bench
    write = _message(wire.FLASH, FLASH_PROGRAM, b"", b"first")
    port.receive(write + _message(wire.FLASH, FLASH_PROGRAM, b"", b"second"))
    assert memory.programmed == [b"first"]
    assert theirs.recv(100) == b"", "an answer to a firmware without power"


def test_outputs_after_the_moment_at_which_the_power_failed_do_not_change(bench: Bench) -> None:
    port, world, memory, _ = bench
    later = wire.OPERATION.pack(wire.OP_TIME, 0, 5) + wire.OPERATION.pack(wire.OP_ARGUMENT + 1, 0, 77)
    port.receive(_message(wire.FLASH, FLASH_PROGRAM, later, b"never"))
    assert world.carried_out == [] and memory.programmed == []
