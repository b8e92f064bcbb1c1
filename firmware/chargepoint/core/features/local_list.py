"""The Local Authorization List: SendLocalList, GetLocalListVersion, and what the list says about an idTag.

An update is durable as a change (list_change.py) when it is Accepted, whatever the contactors do; the list on the flash follows, a slice a pass, while all
of them are open. What is Failed changes nothing: a list or a message that is too long, an idTag twice, a Full update whose entry has no idTagInfo, a flash
that takes no more. A differential update needs a higher version than the list's; gaps are fine. An empty list has version 0.

The list goes before the cache (core/messages/authorization.py). When the central system's answer about a listed idTag contradicts the list, it is told so once:
StatusNotification of connector 0 with LocalListConflict. ConcurrentTx contradicts nothing.
Spec: OCPP 1.6 edition 2, 3.5, 5.10, 5.15.
"""

from micropython import const

from chargepoint.core.events import EV_LIST, EV_LIST_CONFLICT, EV_LIST_FAILED
from chargepoint.core.features.list_change import GONE, TAG_BYTES, Change, merged, tag_of
from chargepoint.core.messages.sources import IDLE_MS
from chargepoint.ocpp16.codes import (
    ACT_GET_LOCAL_LIST_VERSION,
    ACT_SEND_LOCAL_LIST,
    ACT_STATUS_NOTIFICATION,
    ANS_ACCEPTED,
    ANS_BLOCKED,
    ANS_CONCURRENT_TX,
    ERR_LOCAL_LIST_CONFLICT,
    KEY_LIST_ENABLED,
    KEY_LIST_MOST,
    KEY_LIST_MOST_SENT,
)
from chargepoint.ocpp16.features.local_list import UPD_ACCEPTED, UPD_FAILED, UPD_NOT_SUPPORTED, UPD_VERSION_MISMATCH, UPDATE_FULL, WIRE
from chargepoint.util.little_endian import u32
from chargepoint.util.ticks import ticks_add, ticks_aged, ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.core.messages.sources import Message

_RECORD = "listchange"
_MOST_VERSION = const(0x7FFFFFFF)
_RETRY_MS = const(60000)
_PARENT_AT = const(25)


class Feature:
    """A source; see the module."""

    PROFILE = "LocalAuthListManagement"
    KEYS = """\
LocalAuthListEnabled=true
LocalAuthListMaxLength=1000
SendLocalListMaxLength=20"""
    ACTIONS = bytes((ACT_GET_LOCAL_LIST_VERSION, ACT_SEND_LOCAL_LIST))
    SENDS = bytes((ACT_STATUS_NOTIFICATION,))
    WIRE = WIRE

    def __init__(self, core: "Any") -> None:
        self._core = core
        self._list = core.store.part("local_list")
        self._change = Change()
        if not self._change.load(core.store.load(_RECORD) or b""):
            core.store.unusable(_RECORD)
        self.status = UPD_ACCEPTED
        self.list_version = 0
        self._conflict: "str | None" = None  # an idTag, masked by nobody: the central system knows it
        self._due = -1  # when the flash is tried again; -1: at once

    # --- what the central system asks

    def on_call(self, action: int, request: "Any", reply: "Any", now: int) -> None:
        """Answer GetLocalListVersion or SendLocalList."""
        reply.source = self
        if action == ACT_GET_LOCAL_LIST_VERSION:
            self.list_version = self.version() if self.is_enabled() else -1
            return
        self.status = self._update(request) if self.is_enabled() else UPD_NOT_SUPPORTED
        self._core.note(EV_LIST_FAILED if self.status else EV_LIST, 0, self.status or self.version())

    def is_enabled(self) -> bool:
        """Whether the list counts. Allocates: none."""
        return bool(self._core.config.flag(KEY_LIST_ENABLED))

    def version(self) -> int:
        """The version of the list, 0 while it is empty."""
        if self._change.data:
            return self._change.version if self.count() else 0
        return int(self._list.version) if self._list.count else 0

    def count(self) -> int:
        """How many idTags are listed."""
        listed = 0 if self._change.is_full and self._change.data else int(self._list.count)
        for entry in self._change.entries():
            listed += (entry[TAG_BYTES] != GONE) - (not self._change.is_full and self._list.find(entry[:TAG_BYTES]) is not None)
        return listed

    def waits(self) -> bool:
        """Whether an update is not in the list on the flash yet."""
        return bool(self._change.data)

    def _update(self, request: "Any") -> int:
        """Take an update as a whole, or say why not."""
        config = self._core.config
        is_full = request.update == UPDATE_FULL
        items = request.entries or []
        version = request.list_version
        if not 0 <= version <= _MOST_VERSION or len(items) > config.number(KEY_LIST_MOST_SENT):
            return UPD_FAILED
        if not is_full and version <= self.version():
            return UPD_VERSION_MISMATCH
        for item in items:
            if is_full and item[1] is None:
                return UPD_FAILED
            if item[1] is not None and item[1][2] != ANS_ACCEPTED:
                item[1][2] += ANS_BLOCKED - 1  # from the words of this profile to the codes of all
        self._write_all()
        former = self._change.data
        data = self._change.followed_by(version, is_full, items)
        if data is None:
            return UPD_FAILED
        self._list.abort()
        self._change.load(data)
        if self.count() > config.number(KEY_LIST_MOST) or not self._core.store.save(_RECORD, data):
            self._change.load(former)
            return UPD_FAILED
        self._due = -1
        return UPD_ACCEPTED

    # --- the list on the flash

    def _may_write(self) -> bool:
        for c in self._core.connectors:
            if c.interlock.closed or c.interlock.closing:
                return False
        return True

    def _write_all(self) -> None:
        """Bring the list up to date before the next change comes, when the flash may be written."""
        while self._change.data and self._may_write():
            if not self._write_on():
                return

    def _write_on(self) -> bool:
        """One slice of the new list. Returns: whether the flash took it."""
        if not self._list.is_writing:
            if not self._change.data:
                return True
            older = iter(()) if self._change.is_full else self._list.entries()
            if not self._list.begin(self._change.version, self.count(), merged(older, self._change.entries(), True)):
                return False
        if not self._list.write_on():
            return False
        if not self._list.is_writing:
            self._change.load(b"")
            self._core.store.save(_RECORD, b"")  # when that fails, the same change is made once more
        return True

    def poll(self, now: int) -> None:
        """Let the list on the flash follow the change. Allocates: none when there is nothing to do."""
        if not self._change.data:
            return
        if self._due >= 0:
            self._due = ticks_aged(self._due, now)
            if ticks_diff(now, self._due) < 0:
                return
        if not self._may_write():
            self._list.abort()
        elif not self._write_on():
            self._due = ticks_add(now, _RETRY_MS)

    def wait_ms(self, now: int) -> int:
        """Milliseconds until `poll` has something to do. Allocates: none."""
        if not self._change.data or not self._may_write():
            return IDLE_MS
        return 0 if self._due < 0 else max(0, ticks_diff(self._due, now))

    # --- what it says

    def find(self, id_tag: str) -> "list[Any] | None":
        """What the list says about an idTag, as the cache has it: [idTag, status, expiry, parentIdTag]; None for nothing, or when the list does not count."""
        if not self.is_enabled() or len(id_tag) > TAG_BYTES:
            return None
        tag = tag_of(id_tag)
        entry = self._change.find(tag)
        if entry is None and not (self._change.is_full and self._change.data):
            entry = self._list.find(tag)
        if entry is None or entry[TAG_BYTES] == GONE:
            return None
        return [id_tag.lower(), entry[TAG_BYTES], u32(entry, TAG_BYTES + 1), str(entry[_PARENT_AT:].rstrip(b"\x00"), "utf-8")]

    def on_answer_about(self, id_tag: str, status: int) -> None:
        """The central system has said what an idTag is."""
        entry = self.find(id_tag)
        if entry is not None and entry[1] != status and status != ANS_CONCURRENT_TX:
            self._conflict = id_tag
            self._core.note(EV_LIST_CONFLICT, 0, status)

    def fill(self, m: "Message", now: int) -> bool:
        """Tell the central system of a conflict."""
        if self._conflict is None:
            return False
        core = self._core
        core.site.describe(m, core.site.status | core.site.fault << 4)
        m.action = ACT_STATUS_NOTIFICATION
        m.error = ERR_LOCAL_LIST_CONFLICT
        m.info = "idTag " + self._conflict
        core.clock.utc(now)
        m.s = core.clock.s
        m.ms = core.clock.ms
        self._conflict = None
        return True

    def on_answer(self, m: "Message", fields: "Any | None", code: "str | int | None", now: int) -> None:
        """Told once, whatever becomes of it."""

    def next_due(self, now: int) -> int:
        """Events announce what waits. Allocates: none."""
        return IDLE_MS if self._conflict is None else 0
