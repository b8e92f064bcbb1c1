"""An rp2 module whose DMA has +12 V on the pilot's divider in its buffer, and moves a sample each 10 us."""

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class DMA:
    """A channel."""

    channel = 0
    write = 0

    def __init__(self) -> None:
        self._count = 0
        self._looks = 0  # a tick of this test may follow the one before at once: the ring has moved on all the same

    def pack_ctrl(self, **_fields: int) -> int:
        return 0

    def config(self, read: "Any", write: "Any", count: int, ctrl: int) -> None:
        self._count = count
        for n in range(count if count > 1 else 0):
            write[n] = 3543

    def active(self, on: int) -> bool:
        return bool(on)

    @property
    def count(self) -> int:
        ticks_us: int = time.ticks_us()  # type: ignore[attr-defined, unused-ignore]
        self._looks += 6
        return self._count - (ticks_us // 10 + self._looks) % self._count
