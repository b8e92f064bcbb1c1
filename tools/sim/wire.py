"""The bytes between the firmware process and the world, over a socket pair inherited at start.

Firmware to world, a message: header of 8 bytes (u16 length of the operations, u8 kind, u8 argument, u32 value), the operations,
then `value` bytes of payload unless the kind is SYNC. An operation is 4 bytes: u8 code, u8 a, u16 b. All little endian.
World to firmware, only in answer to a kind other than POST, LOG and FRAME: for SYNC 16 words of 32 bits (see `inputs_reply`) and then
as many bytes from the UART as the flags say; for a request two words (status, milliseconds taken) and the bytes asked for.
The firmware's half is tools/sim/shim/world_port.py; the constants there must stay the same.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Sequence

POST, SYNC, SPI, I2C, LOG, FRAME, FLASH, NET, BOOT, FILE = range(10)

OP_TIME, OP_PIN, OP_MODE, OP_PWM, OP_FREQ, OP_UART_INIT, OP_UART, OP_WDT, OP_FEED, OP_RESET, OP_ARGUMENT, OP_HEAP = range(1, 13)

HEADER = struct.Struct("<HBBI")
OPERATION = struct.Struct("<BBH")
INPUTS = struct.Struct("<16I")
ANSWER = struct.Struct("<II")

SILENT_KINDS = frozenset((POST, LOG, FRAME))
UART_BYTES_A_REPLY = 64
WINDOW_MS_MAX = 100
FLAG_LINK = 1
FLAG_INTERRUPTS = 2  # hard timers run during the blocking call that the upper half of the flags asks for
BLOCK_MS_MAX = 65535
ADC_CHANNELS = 8
PHASE_CHANNEL = 6  # no input is wired there; the word tells the microseconds of the pilot's period that are over at the time of the reply
LOADS_CHANNEL = 7  # the same: milliseconds of a pass, of a tick (8 bits each), microseconds of a reading, 1 = ticks fall into readings


@dataclass(frozen=True)
class Message:
    """One message of the firmware; `value` is the deadline of a SYNC (lower 32 bits), `argument` 1 there: nothing else is going on."""

    kind: int
    argument: int
    value: int
    operations: bytes
    payload: bytes


class Parser:
    """Cuts the stream of the firmware into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """Take bytes; return the messages that are complete."""
        self._buffer += data
        messages = []
        while len(self._buffer) >= HEADER.size:
            length, kind, argument, value = HEADER.unpack_from(self._buffer)
            end = HEADER.size + length
            whole = end if kind == SYNC else end + value
            if len(self._buffer) < whole:
                break
            operations = bytes(self._buffer[HEADER.size : end])
            payload = bytes(self._buffer[end:whole])
            del self._buffer[:whole]
            messages.append(Message(kind, argument, value, operations, payload))
        return messages


def nearest(low32_ms: int, to_ms: int) -> int:
    """The time nearest to `to_ms` whose lower 32 bits these are: clocks go on beyond 49 days."""
    return to_ms + (low32_ms - to_ms + 0x80000000 & 0xFFFFFFFF) - 0x80000000


def inputs_reply(time_ms: int, horizon_ms: int, flags: int, pins: int, quiet_pins: int, duties_permille: Sequence[int],
                 channels: Sequence[tuple[int, int]], uart: bytes) -> bytes:
    """The answer to a SYNC.

    Args: `pins` and `quiet_pins`: bit n = pin n; writing a quiet pin need not be told before time goes on.
        `channels`: (high, low) plateaus of each ADC channel; channels 0 and 1 show the high one for `duties_permille` of a period.
    """
    packed = [high | low << 16 for high, low in channels]
    packed += [0] * (ADC_CHANNELS - len(packed))
    low32 = 0xFFFFFFFF
    return INPUTS.pack(time_ms & low32, horizon_ms & low32, flags | len(uart) << 8, pins & low32, pins >> 32, quiet_pins & low32, quiet_pins >> 32,
                       duties_permille[0] | duties_permille[1] << 16, *packed) + uart
