"""The configuration keys of this product: values, validation, persistence.

The store keeps only what a central system or an installer changed, as lines `name=value`: a newer firmware with more keys or other
factory values reads the same record, and a line that it no longer knows or accepts falls back to the factory value.
"""

from micropython import const

from chargepoint.ocpp16.codes import (
    KEY_ALIGNED_DATA,
    KEY_FEATURE_PROFILES,
    KEY_SAMPLED_DATA,
    MEA_CURRENT_IMPORT,
    MEA_VOLTAGE,
    RPL_ACCEPTED,
    RPL_NOT_SUPPORTED,
    RPL_REBOOT_REQUIRED,
    RPL_REJECTED,
)
from chargepoint.ocpp16.keys import (
    KEY_COUNT,
    KEYS,
    MEASURANDS,
    MODE_READ_ONLY,
    MODE_WRITE_ONLY,
    PHASES,
    TYPE_BOOLEAN,
    key_index,
    line_of,
    word_index,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable

EFFECT_LINK = "L"  # what a change asks for: the link reads its settings again
_RECORD = "config"
_MAX_ITEMS = const(16)  # entries of one measurand list; bounds the size of a sample
_BOOLEANS = ("false", "true", "FALSE", "TRUE")  # bit 0 the value, bit 1 the case in which it was written
_PER_PHASE = (MEA_CURRENT_IMPORT, MEA_VOLTAGE)  # what the meter chips tell for each conductor
_ROTATIONS = b'"NotApplicable","Unknown","RST","RTS","SRT","STR","TRS","TSR",'


class Configuration:
    """Values by key index; None is a key that the product does not have.

    Attributes: `values` (int for booleans and integers, str for the rest), `effect` what the last change asks for ("-" nothing, "L" the
    link, "R" a reboot), `changed` the index of the last change.
    """

    def __init__(self, product: "Any", store: "Any", factory: "Iterable[tuple[str, str]]", features: "tuple[Any, ...]" = ()) -> None:
        """Take the values of the product and of its features, then those of `factory` on a fresh store, then the stored ones."""
        self._store = store
        self._supported = "," + product.MEASURANDS + ","
        self._phases = product.PHASES
        self._connectors = product.CONNECTORS
        self.values: "list[Any]" = [None] * KEY_COUNT
        self._lists = [b""] * KEY_COUNT
        self.changed = -1
        self.effect = "-"
        self._lent = -1  # the key whose value is the central system's for this boot only
        self._own: "Any" = None  # what the store has for that key
        self._read(product.CONFIGURATION, True)
        profiles = "Core"
        for feature in features:
            self._read(feature.KEYS, True)
            if feature.PROFILE:
                profiles += "," + feature.PROFILE
        self.values[KEY_FEATURE_PROFILES] = profiles
        self._factory = list(self.values)
        stored = store.load(_RECORD)
        if stored is not None:
            try:
                self._read(str(stored, "utf-8"), False)
                return
            except ValueError:  # no UTF-8
                store.unusable(_RECORD)
        for name, text in factory:
            index = key_index(name)
            if index < 0 or not self._assign(index, text):
                raise ValueError("factory setting %s=%s: no such key in this product, or not a valid value" % (name, text))
        self._save()

    def _read(self, lines: str, as_product: bool) -> None:
        """Assign every line `name=value`; those of the store only to keys that the product has."""
        for line in lines.split("\n"):
            at = line.find("=")
            index = key_index(line[:at]) if at > 0 else -1
            if index >= 0 and (as_product or self.values[index] is not None):
                self._assign(index, line[at + 1 :])

    def _save(self) -> bool:
        lines = []
        at = 0
        for index in range(KEY_COUNT):
            end = KEYS.find(b" ", at)
            value = self._own if index == self._lent else self.values[index]
            if value is not None and value != self._factory[index]:
                lines.append("%s=%s" % (str(KEYS[at + 1 : end - 1], "utf-8"), str(value) if index == self._lent else self.spell(index)))
            at = KEYS.find(b"\n", end) + 1
        return bool(self._store.save(_RECORD, "\n".join(lines).encode()))

    def flag(self, index: int) -> bool:
        """The value of a boolean key; False when the product has no such key. Allocates: none."""
        value = self.values[index]
        return value is not None and value & 1 == 1

    def number(self, index: int) -> int:
        """The value of an integer key; 0 when the product has no such key. Allocates: none."""
        return self.values[index] or 0

    def measurands(self, index: int) -> bytes:
        """The parsed measurand list of a key: pairs of measurand code and phase (0 all). Allocates: none."""
        return self._lists[index]

    def spell(self, index: int) -> str:
        """The value as text, booleans in the case in which they were set."""
        value = self.values[index]
        if KEYS[KEYS.find(b" ", line_of(index)) + 1] == TYPE_BOOLEAN:
            return _BOOLEANS[value]
        return str(value)

    def lend(self, index: int, value: int) -> None:
        """Use another value for one integer key until the next boot, or until somebody changes the key; the store keeps its own."""
        if self._lent != index:
            self._own = self.values[index]
            self._lent = index
        self.values[index] = value

    def is_readable(self, index: int) -> bool:
        """Whether the product has the key and a central system may read it."""
        return self.values[index] is not None and KEYS[KEYS.find(b" ", line_of(index)) + 2] != MODE_WRITE_ONLY

    def text(self, name: str) -> "str | None":
        """The text of the key `name`, write-only ones included; None when the product does not have it."""
        index = key_index(name)
        return None if index < 0 or self.values[index] is None else self.spell(index)

    def change(self, name: str, text: str) -> int:
        """Change a key on behalf of the central system and store it.

        Returns: the status code of the answer. Accepted means that the value is on the flash; `effect` says what has to follow.
        """
        index = key_index(name)
        if index < 0 or self.values[index] is None:
            return RPL_NOT_SUPPORTED
        at = KEYS.find(b" ", line_of(index))
        former = self.values[index]
        if KEYS[at + 2] == MODE_READ_ONLY or not self._assign(index, text):
            return RPL_REJECTED
        self.effect = "-"
        self.changed = index
        lent = self._lent
        if index == lent:
            self._lent = -1
        if self.values[index] != former or index == lent:
            if not self._save():
                self._lent = lent
                self._assign(index, str(former) if KEYS[at + 1] != TYPE_BOOLEAN else _BOOLEANS[former])
                return RPL_REJECTED
            self.effect = chr(KEYS[at + 3])
        return RPL_REBOOT_REQUIRED if self.effect == "R" else RPL_ACCEPTED

    def _assign(self, index: int, text: str) -> bool:
        """Check a text by the rules of its key and take it. Returns: whether it was taken."""
        at = KEYS.find(b" ", line_of(index))
        kind = chr(KEYS[at + 1])
        value: "Any" = text
        if kind == "b":
            word = text.strip()
            value = 1 if word.lower() == "true" else 0
            if not value and word.lower() != "false":
                return False
            if word == word.upper():
                value += 2
        elif kind == "i":
            value = _whole(text.strip())
            least, _, most = str(KEYS[at + 5 : KEYS.find(b"\n", at)], "utf-8").partition(" ")
            if value < int(least) or value > int(most):
                return False
        elif kind == "m":
            pairs = self._pairs(text, index == KEY_ALIGNED_DATA or index == KEY_SAMPLED_DATA)
            if pairs is None:
                return False
            self._lists[index] = pairs
        elif kind == "p" and not _is_rotation(text, self._connectors):
            return False
        elif kind == "k" and not _is_key(text) and (text or self.values[index]):
            return False  # empty is the factory value only
        if isinstance(value, str) and "\n" in value:
            return False
        self.values[index] = value
        return True

    def _pairs(self, text: str, needs_one: bool) -> "bytes | None":
        """Parse a measurand list; items may have blanks around them and a phase behind them. None when an item is not supported.

        A phase is supported for what the meter tells for each conductor, as far as the product has one: a total is no value of a phase.
        """
        pairs = bytearray()
        for item in text.split(","):
            item = item.strip()
            phase = 0
            if item[-3:-1] == ".L" or item[-2:] == ".N":
                phase = word_index(PHASES, item[-2:]) + 1
                item = item[:-3] if phase else ""
            elif not item and not text.strip():
                break
            measurand = word_index(MEASURANDS, item)
            if phase and (phase > self._phases or measurand not in _PER_PHASE):
                return None
            if measurand < 0 or ("," + item + ",") not in self._supported or len(pairs) >= 2 * _MAX_ITEMS:
                return None
            for i in range(0, len(pairs), 2):
                if pairs[i] == measurand and pairs[i + 1] == phase:
                    return None
            pairs.append(measurand)
            pairs.append(phase)
        if needs_one and not pairs:
            return b"\x00\x00"  # an empty list means the energy register
        return bytes(pairs)


def _whole(text: str) -> int:
    """The number in one to nine decimal digits, or -1."""
    if not 0 < len(text) <= 9 or not all("0" <= c <= "9" for c in text):
        return -1
    return int(text)


def _is_rotation(text: str, connectors: int) -> bool:
    """Whether a text is one phase rotation for everything, or one for each of some connectors that there are (0 is the grid's own)."""
    seen = 0  # a bit for each connector
    items = text.split(",")
    for item in items:
        number, point, rotation = item.strip().rpartition(".")
        if word_index(_ROTATIONS, rotation) < 0:
            return False
        if not point:
            if len(items) > 1:
                return False
            continue
        connector = _whole(number)
        if connector < 0 or connector > connectors or seen >> connector & 1:
            return False
        seen |= 1 << connector
    return True


def _is_key(text: str) -> bool:
    """Whether a text can be an AuthorizationKey: 16 to 20 printable characters, or 32 to 40 hexadecimal digits."""
    length = len(text)
    if 16 <= length <= 20:
        return all(32 < ord(c) < 127 for c in text)
    return 32 <= length <= 40 and not length & 1 and all(c in "0123456789abcdefABCDEF" for c in text)
