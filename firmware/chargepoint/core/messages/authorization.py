"""Who may charge: the local list where there is one (core/features/local_list.py), the authorization cache, and what holds without the central system
(its word: questions.py).

Online: an idTag that list or cache know as Accepted is enough when LocalPreAuthorize is set; otherwise Authorize decides.
Offline (no link, not registered, or no answer to Authorize): the table of OCPP 1.6 section 3.5 as `offline` has it:

    list, or cache, says  LocalAuthorizeOffline   AllowOfflineTxForUnknownId   may start
    Accepted, not expired true                    any                          yes
    Accepted, not expired false                   true                         yes
    Accepted, not expired false                   false                        no
    refused or expired    any                     any                          no
    nothing               any                     true                         yes
    nothing               any                     false                        no

idTags are compared without regard to case (CiString20).
"""

from micropython import const

from chargepoint.ocpp16.codes import ANS_ACCEPTED, ANS_CONCURRENT_TX, KEY_ALLOW_OFFLINE_UNKNOWN, KEY_CACHE_ENABLED, KEY_LOCAL_OFFLINE, KEY_LOCAL_PRE_AUTHORIZE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_RECORD = "authcache"
_UNKNOWN = const(0)
_VALID = const(1)
_INVALID = const(2)
START = 0  # what an idTag is presented for: a card to start, where is decided when the answer is there
REMOTE = 1  # a remote start at one connector
STOP = 2  # a card that may be of a running transaction's group
NO = 0  # what `judge` says
YES = 1
ASK = 2


class Authorization:
    """`entries`: [idTag in lower case, status, expiry in seconds since 2020 or 0, parentIdTag or ""], latest first; kept in the store as lines.

    What expired before 2020 has expiry 1.
    """

    def __init__(self, core: "Any") -> None:
        self._core = core
        self._most = core.product.CACHE_ENTRIES
        self.entries: "list[list[Any]]" = []
        stored = core.store.load(_RECORD) if self._most else None
        if stored:
            try:
                for line in str(stored, "utf-8").split("\n"):
                    self._take(line.split("\t"))
            except ValueError:  # no UTF-8, or no number
                core.store.unusable(_RECORD)

    def _take(self, parts: "list[str]") -> None:
        """Take a stored entry. Raises: ValueError when it is none."""
        id_tag, status, expiry_s, parent = parts
        known = int(status)
        until_s = int(expiry_s)
        if not 0 < len(id_tag) <= 20 or len(parent) > 20 or not ANS_ACCEPTED <= known <= ANS_CONCURRENT_TX or until_s < 0:
            raise ValueError
        if len(self.entries) < self._most:
            self.entries.append([id_tag, known, until_s, parent])

    def _cached(self, id_tag: str) -> "list[Any] | None":
        if self._core.config.flag(KEY_CACHE_ENABLED):
            tag = id_tag.lower()
            for entry in self.entries:
                if entry[0] == tag:
                    return entry
        return None

    def _entry(self, id_tag: str) -> "list[Any] | None":
        """What the local list says, or else the cache."""
        listed = self._core.site.local_list
        entry: "list[Any] | None" = None if listed is None else listed.find(id_tag)
        return self._cached(id_tag) if entry is None else entry

    def known(self, id_tag: str, now: int) -> int:
        """What local list or cache say about an idTag: 0 nothing, 1 accepted, 2 refused or expired."""
        entry = self._entry(id_tag)
        if entry is None:
            return _UNKNOWN
        clock = self._core.clock
        expired = entry[2] and clock.utc(now) and clock.s >= entry[2]
        return _VALID if entry[1] == ANS_ACCEPTED and not expired else _INVALID

    def parent_of(self, id_tag: str) -> "str | None":
        """The parentIdTag of an idTag as far as local list or cache know it."""
        entry = self._entry(id_tag)
        return entry[3] or None if entry is not None else None

    def remember(self, id_tag: str, fields: "Any") -> None:
        """Put an idTagInfo of the central system into the cache; the store is written only when it says something new."""
        listed = self._core.site.local_list
        if listed is not None:
            listed.on_answer_about(id_tag, fields.tag_status)
        if not self._core.config.flag(KEY_CACHE_ENABLED) or not self._most:
            return
        entry = [id_tag.lower(), fields.tag_status, max(1, fields.expiry[0]) if fields.expiry else 0, fields.parent_id_tag or ""]
        for text in (entry[0], entry[3]):
            if "\t" in text or "\n" in text:
                return  # no line of the record can hold it; no CiString has such characters
        former = self._cached(id_tag)
        if former is not None:
            self.entries.remove(former)
        elif len(self.entries) >= self._most:
            self.entries.pop()
        self.entries.insert(0, entry)
        if former != entry:
            self._save()

    def _save(self) -> bool:
        lines = ["%s\t%d\t%d\t%s" % tuple(entry) for entry in self.entries]
        return bool(self._core.store.save(_RECORD, "\n".join(lines).encode()))

    def clear(self) -> bool:
        """Empty the cache. Returns: False when the product has none, it is switched off, or the store fails."""
        if not self._core.config.flag(KEY_CACHE_ENABLED):
            return False
        self.entries = []
        return self._save()

    def offline(self, id_tag: str, now: int) -> bool:
        """Whether an idTag may start without the central system (the table above)."""
        known = self.known(id_tag, now)
        config = self._core.config
        if known == _VALID and config.flag(KEY_LOCAL_OFFLINE):
            return True
        return known != _INVALID and config.flag(KEY_ALLOW_OFFLINE_UNKNOWN)

    def judge(self, id_tag: str, purpose: int, now: int) -> int:
        """Whether an idTag may do what it is presented for: YES, NO, or ASK the central system."""
        core = self._core
        known = self.known(id_tag, now)
        if core.online:
            return YES if known == _VALID and core.config.flag(KEY_LOCAL_PRE_AUTHORIZE) else ASK
        if purpose == STOP:
            return YES if known == _VALID and core.config.flag(KEY_LOCAL_OFFLINE) else NO
        return YES if self.offline(id_tag, now) else NO
