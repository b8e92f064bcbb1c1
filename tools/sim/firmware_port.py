"""The world's end of the firmware's channel: carries out what messages ask for and answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from tools.sim import wire
from tools.sim.flash import BLOCK_BYTES, BLOCKS, Memory, PowerFailed
from tools.sim.network import Network
from tools.sim.provisioning import ProductionData
from tools.sim.world import World

if TYPE_CHECKING:
    from tools.sim.process import Process

FLASH_READ, FLASH_PROGRAM, FLASH_ERASE, FLASH_COUNT, FLASH_SIZE = range(5)
FILE_READ, FILE_WRITE, FILE_TRUNCATE, FILE_REMOVE, FILE_NAMES, FILE_LENGTH = range(6)


class FlashTiming:
    """Simulated time that flash operations take, interrupts off, as on a board that runs its code from the same flash."""

    def __init__(self) -> None:
        self.program_ms = 1
        self.erase_ms = 45


class FirmwarePort:
    """One run of the firmware as the world talks to it. `until_ms` is set while it waits for simulated time."""

    def __init__(self, process: "Process", world: World, memory: Memory, network: Network, production: ProductionData, timing: FlashTiming,
                 log: Callable[[str], None], frame: Callable[[int, bytes], None], power_failed: Callable[[], None]) -> None:
        self._process = process
        self._world = world
        self._memory = memory
        self._network = network
        self._production = production
        self._timing = timing
        self._log = log
        self._frame = frame
        self._power_failed = power_failed
        self._parser = wire.Parser()
        self._stamp_ms = 0
        self._arguments: list[int] = []
        self.until_ms: int | None = None
        self.waits = False  # for time only: the loop is between two passes
        self._ended = False

    def end(self) -> None:
        """The firmware of this port is gone, perhaps in the midst of one of its messages: what it still asked for never happened."""
        self._ended = True

    def receive(self, data: bytes) -> None:
        """Take bytes of the firmware and act on the messages in them."""
        for message in self._parser.feed(data):
            if self._ended:
                return
            self._process.spoke = True
            try:
                self._act(message)
            except PowerFailed:
                self._power_failed()
                return

    def reply_inputs(self, window_ms: int) -> None:
        """Let the firmware go on from its SYNC: it is now."""
        self.until_ms = None
        reply = self._world.inputs_reply(window_ms)
        self._stamp_ms = self._world.schedule.now_ms - self._world.boot_ms
        self._send(reply)

    def _send(self, data: bytes) -> None:
        if self._ended:
            return
        self._process.busy()
        try:
            self._process.channel.setblocking(True)
            self._process.channel.sendall(data)
        except OSError:
            pass  # it has just ended; the closed channel says so
        finally:
            self._process.channel.setblocking(False)

    def _act(self, message: wire.Message) -> None:
        self._operate(message.operations)
        if self._ended:
            return
        if message.kind == wire.SYNC:
            self.waits = bool(message.argument)
            self.until_ms = self._world.boot_ms + wire.nearest(message.value, self._world.schedule.now_ms - self._world.boot_ms)
            return
        if message.kind == wire.LOG:
            self._log(message.payload.decode("utf-8", "replace"))
        elif message.kind == wire.FRAME:
            self._frame(message.argument, message.payload)
        elif message.kind != wire.POST:
            self._request(message)

    def _operate(self, operations: bytes) -> None:
        world = self._world
        for code, a, b in wire.OPERATION.iter_unpack(operations):
            if self._ended:
                return
            if code == wire.OP_TIME:
                if b:
                    self._stamp_ms += b
                    world.advance(world.boot_ms + self._stamp_ms)
            elif code == wire.OP_ARGUMENT:
                if a == 0:
                    self._arguments.append(b)
                else:
                    self._arguments[-1] |= b << 16
            else:
                world.operate(code, a, b)
        world.io.flush_uart()

    def _request(self, message: wire.Message) -> None:
        arguments, self._arguments = self._arguments, []
        status, taken, data = 0, 0, b""
        if message.kind == wire.SPI:
            data = self._world.io.spi(message.payload)
        elif message.kind == wire.I2C:
            status, data = self._world.i2c(message.argument, arguments, message.payload)
        elif message.kind == wire.FLASH:
            status, taken, data = self._flash(message.argument, arguments, message.payload)
        elif message.kind == wire.FILE:
            status, taken, data = self._file(message.argument, arguments, message.payload)
        elif message.kind == wire.NET:
            status, taken = self._resolve(message.payload)
        elif message.kind == wire.BOOT:
            size = arguments[0] if arguments else 0
            held = self._production.part(message.argument, self._world.skipped_s)
            status = len(held)
            data = held[:size]
        if taken:
            self._world.interrupts_off(taken)
        self._send(wire.ANSWER.pack(status, taken) + data)

    def _flash(self, what: int, arguments: list[int], payload: bytes) -> tuple[int, int, bytes]:
        block, offset, size = (arguments + [0, 0, 0])[:3]
        memory = self._memory
        if what == FLASH_COUNT:
            return BLOCKS, 0, b""
        if what == FLASH_SIZE:
            return BLOCK_BYTES, 0, b""
        if what == FLASH_READ:
            return 0, 0, memory.read_block(block, offset, size).ljust(size, b"\xFF")
        if what == FLASH_PROGRAM:
            return memory.program(block, offset, payload), self._timing.program_ms, b""
        return memory.erase(block), self._timing.erase_ms, b""

    def _file(self, what: int, arguments: list[int], payload: bytes) -> tuple[int, int, bytes]:
        """Plain files for the CPython firmware. Payload: the name, a NUL, the data."""
        memory = self._memory
        name, _, data = payload.partition(b"\0")
        path = memory.files / name.decode()
        if what == FILE_NAMES:
            listing = "\n".join(sorted(p.name for p in memory.files.iterdir())).encode()
            return len(listing), 0, listing[: arguments[0]] if arguments and arguments[0] else b""
        if what == FILE_LENGTH:
            return (path.stat().st_size if path.exists() else 0xFFFFFFFF), 0, b""
        if what == FILE_READ:
            content = path.read_bytes()
            return 0, 0, content[arguments[0] : arguments[0] + arguments[1]]
        if what == FILE_WRITE:
            return memory.file_write(name.decode(), arguments[0], data), self._timing.program_ms, b""
        if what == FILE_TRUNCATE:
            return memory.file_truncate(name.decode()), self._timing.erase_ms, b""
        return memory.file_remove(name.decode()), self._timing.erase_ms, b""

    def _resolve(self, payload: bytes) -> tuple[int, int]:
        host, _, port = payload.decode().rpartition(":")
        try:
            return self._network.route(host, int(port)), 0
        except OSError:
            return 0, 0
