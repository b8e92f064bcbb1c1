"""DataTransfer of the central system: no vendor's messages are known, not even our own; a feature of a vendor may know some."""

from chargepoint.ocpp16.codes import ACT_DATA_TRANSFER, RPL_UNKNOWN_MESSAGE_ID, RPL_UNKNOWN_VENDOR_ID

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class DataTransfer:
    """Answers in every product: listed.py."""

    ACTIONS = bytes((ACT_DATA_TRANSFER,))

    def __init__(self, core: "Any") -> None:
        self._vendor_id = core.product.VENDOR_ID.lower()

    def on_call(self, action: int, request: "Any", reply: "Any", now: int) -> None:
        """Say what is not known; a vendorId is a CiString."""
        reply.status = RPL_UNKNOWN_MESSAGE_ID if request.vendor_id.lower() == self._vendor_id else RPL_UNKNOWN_VENDOR_ID
