"""The certified reference product (OCA.0016.0408.CS): Core, one connector, fixed cable, one card reader, Ethernet.

Data only. A configuration key that is not listed here is an unknown key of this product; the values are those of the certificate, in its
spelling. Keys whose flag the certificate leaves open: StopTransactionOnEVSideDisconnect, UnlockConnectorOnEVSideDisconnect,
AuthorizeRemoteTxRequests and MinimumStatusDuration can be written, all ...MaxLength keys cannot.

SoC is in the certified list of sampled measurands, so it is in every sample. Plain IEC 61851 signalling carries no SoC: without a source
the value is 0, with location EV.
"""

NAME = "lecs007"

# BootNotification, in the order of its schema; the app appends a chargePointSerialNumber where the board has one.
BOOT = """\
chargePointVendor=LS ELECTRIC
chargePointModel=LECS007-1CH02CW
firmwareVersion=0.1.0
meterType=ATM90E32AS"""
VENDOR_ID = "pilotline"

HEAP_BYTES = 256 * 1024  # on the virtual board, a 64-bit interpreter: twice what a 32-bit board has to give, with room for TLS and the console

CONNECTORS = 1
SOCKET = False  # a fixed cable: no lock, no proximity
VENTILATED = False  # pilot state D is treated as not ready
PHASES = 1
MAX_CURRENT_MA = 32000
CACHE_ENTRIES = 0

FEATURES = ()  # beyond Core: modules of core/features; SupportedFeatureProfiles and the image follow

MEASURANDS = (
    "Energy.Active.Import.Register,Energy.Active.Import.Interval,Power.Active.Import,Power.Offered,Current.Import,Current.Offered,"
    "Voltage,Frequency,Temperature,SoC"
)

CONFIGURATION = """\
AuthorizeRemoteTxRequests=FALSE
ClockAlignedDataInterval=0
ConnectionTimeOut=30
ConnectorPhaseRotation=NotApplicable
GetConfigurationMaxKeys=20
HeartbeatInterval=20
LocalAuthorizeOffline=FALSE
LocalPreAuthorize=FALSE
MeterValuesAlignedData=Energy.Active.Import.Register
MeterValuesAlignedDataMaxLength=120
MeterValuesSampledData=Energy.Active.Import.Register,Current.Import, Voltage,SoC,Power.Active.Import
MeterValuesSampledDataMaxLength=120
MeterValueSampleInterval=15
MinimumStatusDuration=0
NumberOfConnectors=1
ResetRetries=0
StopTransactionOnEVSideDisconnect=TRUE
StopTransactionOnInvalidId=FALSE
StopTxnAlignedData=
StopTxnAlignedDataMaxLength=120
StopTxnSampledData=Energy.Active.Import.Register
StopTxnSampledDataMaxLength=120
TransactionMessageAttempts=0
TransactionMessageRetryInterval=15
UnlockConnectorOnEVSideDisconnect=FALSE
"""
