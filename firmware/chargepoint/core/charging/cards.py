"""Which connector an idTag belongs to.

One reader, any number of connectors; the first rule that fits:

1. the connector whose transaction it started: the transaction ends;
2. the connector that it is authorized for and that still waits for a plug: the authorization is taken back;
3. the connector that keeps the cable of its last session locked: it is unlocked;
4. the connector plugged in last that has no transaction: a transaction starts there after authorization (one that has not had a
   transaction since the plug went in comes before one that has);
5. the group of a running transaction (parentIdTag): after authorization that transaction ends;
6. the lowest free connector: it becomes Preparing; if the vehicle is then plugged in elsewhere, the authorization moves there;
7. none: the card is ignored, without a message. So is a second card while one waits for the answer to Authorize.

A connector that is reserved for the card comes before those of 4 to 6, one that is kept for another is none of them. Whether it is may depend on the
card's parentIdTag, and so on the answer to Authorize.
"""

from micropython import const

from chargepoint.core.messages.authorization import START, STOP
from chargepoint.ocpp16.codes import RSN_LOCAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


# What a connector is to an idTag, as the reservations have it
OTHERS = 0  # kept for others
MAYBE = 1  # kept for a group; whether the idTag is of it only the central system knows
ANYBODY = 2
HIS = 3  # reserved for it

_FRESH = const(1000000)  # rank of a plug that has had no transaction: above every plug that has
_HIS = const(2000000)  # of a connector that is reserved for the card


def _same(a: "str | None", b: "str | None") -> bool:
    """Whether two idTags are the same (CiString20)."""
    return a is not None and b is not None and a.lower() == b.lower()


def on_card(core: "Any", id_tag: str, now: int) -> None:
    """A card was presented: the rules at the top."""
    if not id_tag or len(id_tag) > 20:
        return
    for c in core.connectors:
        tx = c.transaction
        if tx is not None and _same(tx.id_tag, id_tag):
            c.stop(RSN_LOCAL, tx.id_tag, now)
            return
        if _same(c.authorized, id_tag):
            c.drop_authorization()
            c.update(now)
            return
        if c.is_left_locked() and _same(c.last_tag, id_tag):
            c.unlock(now)
            return
    if core.questions.waits(None):
        return
    target = connector_for_card(core, id_tag, None, True)
    if target is None or not target.is_plugged():
        for c in core.connectors:
            if c.transaction is not None and c.transaction.parent and not c.transaction.stopping:
                core.questions.ask(id_tag, STOP, c, now)
                return
    if target is not None:
        core.questions.ask(id_tag, START, target, now)


def connector_for_card(core: "Any", id_tag: str, parent: "str | None", is_asking: bool) -> "Any | None":
    """The connector at which a card would start a transaction now, or (asking) might when the answer to Authorize is there."""
    best = None
    rank = -1
    reservations = core.site.reservations
    for c in core.connectors:
        if c.may_start() and c.authorized is None and not core.questions.waits(c):
            order = c.plugged if c.is_plugged() and c.is_over() else c.plugged + _FRESH if c.is_plugged() else 0
            claim = ANYBODY if reservations is None else reservations.claim(c, id_tag, parent, is_asking)
            if claim == HIS:
                order += _HIS
            if order > rank and claim != OTHERS:
                best = c
                rank = order
    return best


def stop_group(core: "Any", id_tag: str, parent: "str | None", now: int) -> bool:
    """End the first transaction that belongs to the group `parent`. Returns: whether there was one."""
    for c in core.connectors:
        tx = c.transaction
        if tx is not None and not tx.stopping and _same(tx.parent, parent):
            c.stop(RSN_LOCAL, id_tag, now)
            return True
    return False


def on_plugged(core: "Any", c: "Any", now: int) -> None:
    """A vehicle was plugged in at `c`: an authorization by card that waits at another connector moves here."""
    reservations = core.site.reservations
    if c.authorized is None and c.may_start():
        for other in core.connectors:
            if other.authorized is not None and other.by_card and not other.is_plugged():
                id_tag, parent = other.authorized, other.parent
                if reservations is not None and reservations.claim(c, id_tag, parent, False) == OTHERS:
                    return
                other.drop_authorization()
                if reservations is None or not reservations.entries:
                    other.update(now)  # else with the next pass: in between it would seem to be the last free one
                c.authorize(id_tag, parent, True, now)
                return
