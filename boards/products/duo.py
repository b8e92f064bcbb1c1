"""As `full`, with two connectors and one card reader. Which connector a card belongs to: chargepoint/core/charging/cards.py.

Data only, and whole: an image carries one product file.
"""

NAME = "duo"

BOOT = """\
chargePointVendor=Pilotline
chargePointModel=Duo
firmwareVersion=0.1.0
meterType=ATM90E32AS"""
VENDOR_ID = "pilotline"

HEAP_BYTES = 384 * 1024  # on the virtual board, a 64-bit interpreter: twice what a 32-bit board has to give, with room for TLS and the console

CONNECTORS = 2
SOCKET = True  # lock and proximity
VENTILATED = False
PHASES = 3
MAX_CURRENT_MA = 32000
CACHE_ENTRIES = 50

FEATURES = (  # beyond Core: modules of core/features; SupportedFeatureProfiles and the image follow
    "remote_trigger",
    "reservation",
    "smart_charging",
    "local_list",
    "firmware",
    "diagnostics",
)

MEASURANDS = (
    "Energy.Active.Import.Register,Energy.Active.Import.Interval,Power.Active.Import,Power.Offered,Current.Import,Current.Offered,"
    "Voltage,Frequency,Temperature"
)

CONFIGURATION = """\
AllowOfflineTxForUnknownId=false
AuthorizationCacheEnabled=true
AuthorizationKey=
AuthorizeRemoteTxRequests=true
ClockAlignedDataInterval=0
ConnectionTimeOut=60
ConnectorPhaseRotation=1.RST,2.RST
ConnectorPhaseRotationMaxLength=10
GetConfigurationMaxKeys=50
HeartbeatInterval=300
LocalAuthorizeOffline=true
LocalPreAuthorize=false
MaxEnergyOnInvalidId=0
MeterValuesAlignedData=Energy.Active.Import.Register
MeterValuesAlignedDataMaxLength=16
MeterValuesSampledData=Energy.Active.Import.Register,Power.Active.Import
MeterValuesSampledDataMaxLength=16
MeterValueSampleInterval=60
MinimumStatusDuration=0
NumberOfConnectors=2
ResetRetries=0
StopTransactionMaxMeterValues=10
StopTransactionOnEVSideDisconnect=true
StopTransactionOnInvalidId=true
StopTxnAlignedData=
StopTxnAlignedDataMaxLength=16
StopTxnSampledData=Energy.Active.Import.Register
StopTxnSampledDataMaxLength=16
SupportedFeatureProfilesMaxLength=7
TransactionMessageAttempts=3
TransactionMessageRetryInterval=60
UnlockConnectorOnEVSideDisconnect=true
WebSocketPingInterval=30
"""
