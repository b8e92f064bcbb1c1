"""What is answered for the profiles that a product does not have.

The refusal is inside the answer where the answer can say so: ReserveNow Rejected, SendLocalList NotSupported, GetLocalListVersion -1, ...
UpdateFirmware and GetDiagnostics, whose answers cannot, get the CALLERROR NotSupported.  Spec: OCPP-J 1.6, 4.2.3.
"""

from micropython import const

from chargepoint.ocpp16.codes import (
    ACT_CANCEL_RESERVATION,
    ACT_CLEAR_CHARGING_PROFILE,
    ACT_GET_COMPOSITE_SCHEDULE,
    ACT_GET_DIAGNOSTICS,
    ACT_GET_LOCAL_LIST_VERSION,
    ACT_RESERVE_NOW,
    ACT_SEND_LOCAL_LIST,
    ACT_SET_CHARGING_PROFILE,
    ACT_TRIGGER_MESSAGE,
    ACT_UPDATE_FIRMWARE,
    RPL_ACCEPTED,
    RPL_NOT_IMPLEMENTED,
    RPL_NOT_SUPPORTED,
    RPL_REJECTED,
    RPL_UNKNOWN,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ERROR = const(0xFF)
_ANSWERS = (
    (ACT_RESERVE_NOW, RPL_REJECTED),
    (ACT_CANCEL_RESERVATION, RPL_REJECTED),
    (ACT_GET_COMPOSITE_SCHEDULE, RPL_REJECTED),
    (ACT_SET_CHARGING_PROFILE, RPL_NOT_SUPPORTED),
    (ACT_SEND_LOCAL_LIST, RPL_NOT_SUPPORTED),
    (ACT_CLEAR_CHARGING_PROFILE, RPL_UNKNOWN),
    (ACT_TRIGGER_MESSAGE, RPL_NOT_IMPLEMENTED),
    (ACT_GET_LOCAL_LIST_VERSION, RPL_ACCEPTED),  # it has no status: the version of a list that is not there is the reply's own, -1
    (ACT_GET_DIAGNOSTICS, _ERROR),
    (ACT_UPDATE_FIRMWARE, _ERROR),
)


class Absent:
    """The feature of all that is missing: the last one that is asked."""

    ACTIONS = bytes([action for action, _ in _ANSWERS])

    def on_call(self, action: int, request: "Any", reply: "Any", now: int) -> None:
        """Refuse."""
        for refused, status in _ANSWERS:
            if refused == action:
                reply.status = status
        if reply.status == _ERROR:
            reply.error = "NotSupported"
            reply.description = "this charge point has no such feature"
