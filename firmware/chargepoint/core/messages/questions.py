"""Who waits for the central system's word about an idTag, and what happens when it comes.

One question a purpose: a card (there is one reader; a second card is ignored until the first one has its answer), and for each connector a remote
start. So the questions are bounded by themselves, and nothing else that waits can crowd one out: whoever was told that we try gets his try.

A question that the cache or the offline rules answer is never asked (core/messages/authorization.py). One that nobody answers, or whose link
is lost, is decided by the offline rules; one that is refused with a CALLERROR, or whose answer says nothing about the idTag, is a no.
"""

from chargepoint.core.charging.cards import connector_for_card, stop_group
from chargepoint.core.events import EV_CARD_REFUSED
from chargepoint.core.messages.authorization import ASK, REMOTE, STOP, YES
from chargepoint.core.messages.sources import LOST, Source
from chargepoint.ocpp16.codes import ACT_AUTHORIZE, ANS_ACCEPTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.core.messages.sources import Message



class Questions(Source):
    """A source; see the module."""

    def __init__(self, core: "Any") -> None:
        self._core = core
        self._waiting: "list[tuple[str, int, Any]]" = []  # idTag, purpose, connector

    def waits(self, c: "Any | None") -> bool:
        """Whether a remote start at a connector waits for its answer; None: whether a card does."""
        for _, purpose, at in self._waiting:
            if (purpose == REMOTE and at is c) or (purpose != REMOTE and c is None):
                return True
        return False

    def ask(self, id_tag: str, purpose: int, c: "Any", now: int) -> None:
        """Decide about an idTag now, or ask. `c`: where it would start now, or the connector whose group it may be of."""
        authorization = self._core.authorization
        verdict = authorization.judge(id_tag, purpose, now)
        if verdict == ASK:
            self._waiting.append((id_tag, purpose, c))
        else:
            self._decide(id_tag, purpose, c, verdict == YES, authorization.parent_of(id_tag), now)

    def fill(self, m: "Message", now: int) -> bool:
        """Ask the oldest question."""
        if not self._waiting:
            return False
        m.action = ACT_AUTHORIZE
        m.id_tag = self._waiting[0][0]
        return True

    def on_answer(self, m: "Message", fields: "Any | None", code: "str | int | None", now: int) -> None:
        """Take what became of the oldest question."""
        authorization = self._core.authorization
        id_tag, purpose, c = self._waiting.pop(0)
        if fields is not None:
            if fields.tag_status is not None:
                authorization.remember(id_tag, fields)
            self._decide(id_tag, purpose, c, fields.tag_status == ANS_ACCEPTED, fields.parent_id_tag, now)
            return
        silent = code is None or code == LOST
        ok = silent and purpose != STOP and authorization.offline(id_tag, now)
        self._decide(id_tag, purpose, c, ok, authorization.parent_of(id_tag), now)

    def on_offline(self, now: int) -> None:
        """The link has gone: the offline rules decide what was not asked yet."""
        for _ in range(len(self._waiting)):
            self.on_answer(None, None, LOST, now)  # type: ignore[arg-type]

    def _decide(self, id_tag: str, purpose: int, c: "Any", ok: bool, parent: "str | None", now: int) -> None:
        """An idTag was accepted or not."""
        core = self._core
        if not ok:
            core.note(EV_CARD_REFUSED, c.id, purpose)
            return
        if purpose == REMOTE:
            if c.may_start() and c.authorized is None:
                c.authorize(id_tag, parent, False, now)
            return
        if purpose == STOP and stop_group(core, id_tag, parent, now):
            return
        target = connector_for_card(core, id_tag, parent, False)
        if target is not None:
            target.authorize(id_tag, parent, True, now)
