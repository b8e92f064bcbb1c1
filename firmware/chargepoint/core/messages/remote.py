"""What the central system asks of us: one answer for each request, and what follows from it.

Here are the requests of the Core profile; the others, and those of profiles that are not there, are answered by the features (core/features).
Spec: OCPP 1.6 edition 2, sections 5 and 6.
"""

from micropython import const

from chargepoint.core.charging.cards import ANYBODY, MAYBE, OTHERS, connector_for_card
from chargepoint.core.events import EV_CONFIGURATION, EV_TOO_OFTEN
from chargepoint.core.features.absent import Absent
from chargepoint.core.features.data_transfer import DataTransfer
from chargepoint.core.messages.authorization import REMOTE
from chargepoint.ocpp16.codes import (
    ACT_CHANGE_AVAILABILITY,
    ACT_CHANGE_CONFIGURATION,
    ACT_CLEAR_CACHE,
    ACT_GET_CONFIGURATION,
    ACT_REMOTE_START_TRANSACTION,
    ACT_REMOTE_STOP_TRANSACTION,
    ACT_RESET,
    ACT_UNLOCK_CONNECTOR,
    KEY_AUTHORIZE_REMOTE,
    RPL_ACCEPTED,
    RPL_NOT_SUPPORTED,
    RPL_REJECTED,
    RPL_UNLOCK_FAILED,
    RPL_UNLOCKED,
    RSN_REMOTE,
    RSN_UNLOCK_COMMAND,
    TYP_HARD,
    TYP_OPERATIVE,
)
from chargepoint.ocpp16.keys import key_index
from chargepoint.util.signals import FAULT_LOCK
from chargepoint.util.ticks import ticks_add, ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


_UNLOCK_MS = const(9000)  # load-free opening takes up to 6 s, the lock up to 3 s


class Reply:
    """One answer for the encoder. With `error` (a CALLERROR code) there is no payload; while `pending` it waits for the hardware."""

    def __init__(self, config: "Any") -> None:
        self.pending = False
        self.action = self.status = 0
        self.error: "str | None" = None
        self.description = ""
        self.config = config
        self.keys: "list[int] | None" = None
        self.unknown: "list[str] | None" = None
        self.list_version = -1
        self.source: "Any" = None  # the feature whose attributes are the answer


class Remote:
    """See the module."""

    def __init__(self, core: "Any") -> None:
        self._core = core
        self._answering = core.features + (DataTransfer(core), Absent())
        self.reply = Reply(core.config)
        self._unlocking: "Any | None" = None
        self._unlock_reply: "Reply | None" = None  # of its own: other CALLs are answered while the lock moves
        self._since = 0

    def on_call(self, action: int, request: "Any", now: int) -> "Reply | None":
        """Answer a request. Returns: the reused reply, or one of its own that is `pending` until the lock has answered."""
        reply = self.reply
        reply.action = action
        reply.error = reply.keys = reply.unknown = reply.source = None
        reply.status = RPL_ACCEPTED
        if action == ACT_GET_CONFIGURATION:
            self._get_configuration(reply, request.keys)
        elif action == ACT_CHANGE_CONFIGURATION:
            reply.status = self._change_configuration(request, now)
        elif action == ACT_REMOTE_START_TRANSACTION:
            reply.status = RPL_ACCEPTED if self._remote_start(request, now) else RPL_REJECTED
        elif action == ACT_REMOTE_STOP_TRANSACTION:
            reply.status = self._remote_stop(request.transaction_id, now)
        elif action == ACT_CHANGE_AVAILABILITY:
            reply.status = self._core.site.change_availability(request.connector_id, request.kind == TYP_OPERATIVE, now)
        elif action == ACT_RESET:
            self._core.site.request_reset(request.kind == TYP_HARD)
        elif action == ACT_UNLOCK_CONNECTOR:
            return self._unlock(request.connector_id, now)
        elif action == ACT_CLEAR_CACHE:
            reply.status = RPL_ACCEPTED if self._core.authorization.clear() else RPL_REJECTED
        else:
            for feature in self._answering:
                if action in feature.ACTIONS:
                    feature.on_call(action, request, reply, now)
                    break
        return reply

    def _get_configuration(self, reply: Reply, names: "list[str] | None") -> None:
        """All readable keys, or those named; a key that cannot be read is unknown to the central system."""
        if not names:
            return
        reply.keys = []
        reply.unknown = []
        for name in names:
            index = key_index(name)
            if index >= 0 and self._core.config.is_readable(index):
                reply.keys.append(index)
            else:
                reply.unknown.append(name)

    def _change_configuration(self, request: "Any", now: int) -> int:
        config = self._core.config
        status: int = config.change(request.key, request.value)
        if status != RPL_REJECTED and status != RPL_NOT_SUPPORTED:
            self._core.note(EV_CONFIGURATION, 0, config.changed)
            self._core.on_configuration(config.changed, now)
        return status

    def _remote_start(self, request: "Any", now: int) -> bool:
        """Start by the central system. Without a connectorId: the connector that a card presented now would get.

        Whether an idTag is of the group that a connector is reserved for is asked whatever AuthorizeRemoteTxRequests says: nobody else knows it.
        """
        core = self._core
        number = request.connector_id
        if number is None:
            c = connector_for_card(core, request.id_tag, None, True)
        else:
            c = core.connectors[number - 1] if 1 <= number <= len(core.connectors) else None
        if c is None or not core.online or not c.may_start() or c.authorized is not None or core.questions.waits(c):
            return False
        reservations = core.site.reservations
        claim = ANYBODY if reservations is None else reservations.claim(c, request.id_tag, None, True)
        charging = core.site.charging
        if claim == OTHERS or not self._may_switch(c) or (charging is not None and not charging.on_remote_start(c, request, now)):
            return False
        if claim == MAYBE or core.config.flag(KEY_AUTHORIZE_REMOTE):
            core.questions.ask(request.id_tag, REMOTE, c, now)
        else:
            c.authorize(request.id_tag, None, False, now)
        return True

    def _may_switch(self, c: "Any") -> bool:
        """Whether contactor or lock may move once more this hour because the central system wants it."""
        if self._core.switching.take():
            return True
        self._core.note(EV_TOO_OFTEN, c.id, 0)
        return False

    def _remote_stop(self, transaction_id: int, now: int) -> int:
        for c in self._core.connectors:
            tx = c.transaction
            if tx is not None and tx.transaction_id is not None and tx.transaction_id == transaction_id:
                c.stop(RSN_REMOTE, None, now)
                return RPL_ACCEPTED
        return RPL_REJECTED

    def _unlock(self, number: int, now: int) -> Reply:
        """Unlock a plug; a transaction ends first. The answer follows when the lock's feedback says so."""
        core = self._core
        if not core.product.SOCKET or not 1 <= number <= len(core.connectors):
            self.reply.status = RPL_NOT_SUPPORTED
            return self.reply
        c = core.connectors[number - 1]
        if self._unlocking is not None or c.faults.has(FAULT_LOCK) or not self._may_switch(c):
            self.reply.status = RPL_UNLOCK_FAILED
            return self.reply
        self._unlocking = c
        self._since = now
        c.drop_authorization()
        c.stop(RSN_UNLOCK_COMMAND, None, now)
        c.unlock(now)
        self._unlock_reply = reply = Reply(core.config)
        reply.action = ACT_UNLOCK_CONNECTOR
        reply.pending = True
        return reply

    def on_offline(self) -> None:
        """The link is gone: the lock goes on, but nobody waits for its answer any more."""
        self._unlocking = self._unlock_reply = None

    def poll(self, now: int) -> None:
        """Finish an answer that waits for the lock. Allocates: none when there is none."""
        c = self._unlocking
        reply = self._unlock_reply
        if c is None or reply is None:
            return
        if c.transaction is None and not c.interlock.locked:
            reply.status = RPL_UNLOCKED
        elif c.faults.has(FAULT_LOCK) or ticks_diff(now, self._since) >= _UNLOCK_MS:
            reply.status = RPL_UNLOCK_FAILED
        else:
            return
        self._unlocking = self._unlock_reply = None
        reply.pending = False

    def next_due(self, now: int) -> int:
        """Milliseconds until `poll` gives up waiting. Allocates: none."""
        if self._unlocking is None:
            return 60000
        left = ticks_diff(ticks_add(self._since, _UNLOCK_MS), now)
        return left if left > 0 else 0
