"""PN532 card reader at byte level (HSU): what the chip does with every byte it is sent, and when it answers.

The model knows frames, not Python callers: bytes go in through `write` with the time at which the host starts to
send them, and come out of `read` once their time has come. All times are microseconds and never go back.
"""

from __future__ import annotations

from typing import Optional

BYTE_US = 86.8  # 115200 baud, 8N1
ACK = bytes.fromhex("0000FF00FF00")
ERROR_FRAME = bytes.fromhex("0000FF01FF7F8100")

ACK_DELAY_US = 500
COMMAND_US = 2_000
ACTIVATION_TRY_US = 5_000
GARBAGE = bytes((37 * n + 11) & 0xFF for n in range(55))

FAULTS = ("silent", "no_ack", "bad_lcs", "bad_dcs", "truncated", "extra_zeros", "split", "garbage", "error")


def frame(data: bytes) -> bytes:
    """The normal information frame around TFI and data, checksums included."""
    length = len(data)
    return bytes((0, 0, 0xFF, length, -length & 0xFF)) + data + bytes((-sum(data) & 0xFF, 0))


class Card:
    """An ISO14443A card: what InListPassiveTarget tells about it."""

    def __init__(self, uid: bytes, sak: Optional[int] = None, atqa: Optional[bytes] = None, ats: bytes = b"") -> None:
        if len(uid) not in (4, 7, 10):
            raise ValueError("a card UID has 4, 7 or 10 bytes, not %d" % len(uid))
        default_atqa, default_sak = {4: (b"\x00\x04", 0x08), 7: (b"\x00\x44", 0), 10: (b"\x00\x84", 0)}[len(uid)]
        self.uid = uid
        self.sak = (0x20 if ats else default_sak) if sak is None else sak
        self.atqa = (b"\x03\x44" if ats else default_atqa) if atqa is None else atqa
        self.ats = ats

    def target(self, number: int) -> bytes:
        """The target block of the answer, with its target number."""
        ats = bytes((len(self.ats) + 1,)) + self.ats if self.ats else b""
        return bytes((number,)) + self.atqa + bytes((self.sak, len(self.uid))) + self.uid + ats


class Pn532:
    """The chip. `faults` hold until taken out of the set; `next_faults` are used up, one for each answer."""

    def __init__(self) -> None:
        self.cards: list[Card] = []
        self.faults: set[str] = set()
        self.next_faults: list[str] = []
        self.polls = 0  # InListPassiveTarget commands accepted
        self.commands: list[bytes] = []
        self._reset()

    def _reset(self) -> None:
        self._woken = False
        self._configured = False
        self._retries = 0xFF
        self._input = bytearray()
        self._output: list[tuple[float, int]] = []
        self._busy: Optional[bytes] = None  # the command being carried out
        self._done_us = 0.0
        self._last_answer = b""

    def power_cycle(self, t_us: int = 0) -> None:
        """The module loses its supply: it forgets everything and sleeps until it is woken again."""
        self._reset()

    def tap(self, uid: bytes, sak: Optional[int] = None, atqa: Optional[bytes] = None, ats: bytes = b"") -> None:
        """A card comes into the field."""
        self.cards.append(Card(bytes(uid), sak, atqa, ats))

    def remove(self, uid: Optional[bytes] = None) -> None:
        """The card with this UID, or every card, is taken away."""
        self.cards = [card for card in self.cards if uid is not None and card.uid != uid]

    # bytes in

    def write(self, data: bytes, t_us: int) -> None:
        """The host sends these bytes, the first one from `t_us` on."""
        self._advance(t_us)
        if "silent" in self.faults:
            return
        if b"\x55" in data:
            self._woken = True
        if not self._woken:
            return
        self._input += data
        self._parse(t_us + len(data) * BYTE_US)

    def _parse(self, end_us: float) -> None:
        while True:
            start = self._input.find(b"\x00\xFF")
            if start < 0:
                del self._input[: max(0, len(self._input) - 1)]
                return
            body = self._input[start + 2 :]
            if len(body) < 3:
                return
            if body[0] == 0x00 and body[1] == 0xFF:
                del self._input[: start + 4]
                self._busy = None  # ACK from the host aborts the running command
                self._output.clear()
                continue
            if body[0] == 0xFF and body[1] == 0x00:
                del self._input[: start + 4]
                self._send(end_us + ACK_DELAY_US, self._last_answer)
                continue
            length = body[0]
            if (length + body[1]) & 0xFF:
                del self._input[: start + 2]
                continue
            if len(body) < length + 3:
                return
            data = bytes(body[2 : 2 + length])
            good = (sum(data) + body[2 + length]) & 0xFF == 0
            del self._input[: start + 2 + 2 + length + 1]
            if good and data[:1] == b"\xD4" and len(data) > 1:
                self._command(data, end_us)

    def _command(self, data: bytes, end_us: float) -> None:
        if not self._configured and data[1] != 0x14:
            return  # LowVbat: nothing but SAMConfiguration is listened to
        self.commands.append(data)
        self._output.clear()
        if "no_ack" in self.faults or self._take("no_ack"):
            self._busy = None
            return
        self._send(end_us + ACK_DELAY_US, ACK)
        self._busy = data
        latency = COMMAND_US
        if data[1] == 0x4A:
            self.polls += 1
            latency += ACTIVATION_TRY_US * (1 if self.cards or self._retries == 0xFF else self._retries + 1)
        self._done_us = end_us + ACK_DELAY_US + len(ACK) * BYTE_US + latency

    # bytes out

    def _advance(self, t_us: float) -> None:
        if self._busy is None or t_us < self._done_us:
            return
        if self._busy[1] == 0x4A and not self.cards and self._retries == 0xFF:
            self._done_us = t_us  # tries for ever
            return
        command, self._busy = self._busy, None
        answer = self._answer(command)
        self._last_answer = ERROR_FRAME if answer is None else frame(b"\xD5" + bytes((command[1] + 1,)) + answer)
        self._send(self._done_us, self._spoil(self._last_answer))

    def _answer(self, command: bytes) -> Optional[bytes]:
        code, arguments = command[1], command[2:]
        if self._take("error") or "error" in self.faults:
            return None
        if code == 0x02:
            return bytes.fromhex("32010607")
        if code == 0x14:
            self._configured = True
            return b""
        if code == 0x32 and arguments:
            if arguments[0] == 5 and len(arguments) == 4:
                self._retries = arguments[3]
            return b""
        if code == 0x4A and len(arguments) == 2:
            found = self.cards[: arguments[0]]
            return bytes((len(found),)) + b"".join(card.target(n + 1) for n, card in enumerate(found))
        if code == 0x52:
            return b"\x00"
        if code == 0x00 and arguments[:1] == b"\x00":
            return arguments
        return None

    def _take(self, name: str) -> bool:
        if self.next_faults and self.next_faults[0] == name:
            self.next_faults.pop(0)
            return True
        return False

    def _spoil(self, answer: bytes) -> bytes:
        for name in ("bad_lcs", "bad_dcs", "truncated", "extra_zeros", "garbage"):
            if name in self.faults or self._take(name):
                spoilt = bytearray(answer)
                if name == "bad_lcs":
                    spoilt[4] ^= 0x10
                elif name == "bad_dcs":
                    spoilt[-2] ^= 0x10
                elif name == "truncated":
                    del spoilt[-4:]
                elif name == "extra_zeros":
                    spoilt = bytearray(9) + spoilt + bytearray(5)
                else:
                    spoilt = bytearray(GARBAGE) + spoilt
                answer = bytes(spoilt)
        return answer

    def _send(self, start_us: float, data: bytes) -> None:
        if self._output:
            start_us = max(start_us, self._output[-1][0])
        self._output += [(start_us + (n + 1) * BYTE_US, byte) for n, byte in enumerate(data)]

    def read(self, t_us: int) -> bytes:
        """The bytes that have arrived at the host by `t_us` and were not read yet."""
        self._advance(t_us)
        if "silent" in self.faults:
            self._output.clear()
            return b""
        ready = 0
        while ready < len(self._output) and self._output[ready][0] <= t_us:
            ready += 1
        if "split" in self.faults:
            ready = min(ready, 1)
        data = bytes(byte for _, byte in self._output[:ready])
        del self._output[:ready]
        return data

    def next_us(self) -> Optional[int]:
        """When there is something to read next, as far as it is decided; None = nothing under way."""
        if self._output:
            return int(self._output[0][0]) + 1
        if self._busy is not None:
            return int(self._done_us + BYTE_US) + 1
        return None
