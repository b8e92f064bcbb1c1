"""The turns of the loop: which parts of the firmware get one, in which order, and what each is called."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable

# What the event log keeps of a part; a connector is its own number.
PART_CARD_READER = const(100)
PART_CORE = const(101)
PART_LINK = const(102)
PART_MESSAGES = const(103)
PART_STORE = const(104)
PART_CONSOLE = const(105)
PART_HOUSEKEEPING = const(106)
PART_SAFETY_TICK = const(107)
PART_TRANSFERS = const(108)
_NAMES = "card reader,core,link,messages,store,console,housekeeping,safety tick,transfers"


def part_name(code: int) -> str:
    """What people call the part of this code. Allocates: the text."""
    names = _NAMES.split(",")
    if PART_CARD_READER <= code < PART_CARD_READER + len(names):
        return names[code - PART_CARD_READER]
    return "connector %d" % code


class Turn:
    """One part's turn in every pass of the loop.

    For reading: `code`, `part`, `critical` (the watchdog bites when this part does not move), `moves` (the turns that went well, modulo 2^16).
    """

    def __init__(self, code: int, part: "Any", critical: bool = False, core: "Any" = None) -> None:
        """`part` has poll(now), or, with a `core` to tell, service(core, now); and next_due(now)."""
        self.code = code
        self.part = part
        self.critical = critical
        self.moves = 0
        self._core = core

    @property
    def name(self) -> str:
        """What people call it."""
        return part_name(self.code)

    def run(self, now: int) -> None:
        """Give the part its turn. Allocates: none of its own."""
        if self._core is None:
            self.part.poll(now)
        else:
            self.part.service(self._core, now)

    def moved(self) -> None:
        """The turn went well, all that followed from it included. Allocates: none."""
        self.moves = self.moves + 1 & 0xFFFF


class TickTurn:
    """The safety tick, which has its turn elsewhere, as the watchdog sees it."""

    code = PART_SAFETY_TICK

    def __init__(self, safety: "Any") -> None:
        self._safety = safety

    @property
    def moves(self) -> int:
        """Changes with every tick. Allocates: none."""
        return self._safety.ticks  # type: ignore[no-any-return]


def turns_of(connectors: "Iterable[Any]", reader: "Any", core: "Any", link: "Any", messages: "Any", store: "Any") -> "list[Turn]":
    """The turns that a charger has in any case, in their order: what the hardware says first, then what core has to say about it."""
    turns = [Turn(io.connector, io, True, core) for io in connectors]
    if reader is not None:
        from chargepoint.runtime.hardware.card_io import CardIo

        turns.append(Turn(PART_CARD_READER, CardIo(reader), True, core))
    turns.append(Turn(PART_CORE, core, True))
    turns.append(Turn(PART_LINK, link, True))
    turns.append(Turn(PART_MESSAGES, messages))
    turns.append(Turn(PART_STORE, store))
    return turns
