"""The messages of Remote Trigger, and the requests that it can ask for.  Spec: OCPP 1.6 edition 2, 5.17, 6.51, 6.52 and 7.30."""

from chargepoint.ocpp16.codes import (
    ACT_BOOT_NOTIFICATION,
    ACT_DIAGNOSTICS_STATUS_NOTIFICATION,
    ACT_FIRMWARE_STATUS_NOTIFICATION,
    ACT_HEARTBEAT,
    ACT_METER_VALUES,
    ACT_STATUS_NOTIFICATION,
)

# A request that does not exist is answered (NotImplemented), not refused: so it is read as text.
WIRE = """
>TriggerMessage requestedMessage:n50!=requested connectorId:i=connector_id
"""

REQUESTS = b'"BootNotification","DiagnosticsStatusNotification","FirmwareStatusNotification","Heartbeat","MeterValues","StatusNotification",'
# Their action codes, in the same order.
REQUESTED = bytes(
    (
        ACT_BOOT_NOTIFICATION,
        ACT_DIAGNOSTICS_STATUS_NOTIFICATION,
        ACT_FIRMWARE_STATUS_NOTIFICATION,
        ACT_HEARTBEAT,
        ACT_METER_VALUES,
        ACT_STATUS_NOTIFICATION,
    )
)
