"""The messages of Smart Charging, and its words in the order of their numbers.

RemoteStartTransaction is here as well: of a product that has the profile it may carry a charging profile.
Spec: OCPP 1.6 edition 2, 5.4, 5.7, 5.11, 5.16, 6.13, 6.21, 6.33, 6.43, 7.8 to 7.14.
"""

WIRE = """
>ClearChargingProfile id:i=profile_id connectorId:i=connector_id chargingProfilePurpose:ePurpose=purpose stackLevel:i=stack_level
= status:eCleared=cleared
>GetCompositeSchedule connectorId:i!=connector_id duration:i!=seconds chargingRateUnit:eUnit=unit
= status:eAnswer=status connectorId:i=connector_id scheduleStart:t=start chargingSchedule:oComposite=schedule
>RemoteStartTransaction connectorId:i=connector_id idTag:n20!=id_tag chargingProfile:oProfile
>SetChargingProfile connectorId:i!=connector_id csChargingProfiles:oProfile!
= status:eAnswer=status
.Profile chargingProfileId:i!=profile_id transactionId:i=transaction_id stackLevel:i!=stack_level chargingProfilePurpose:ePurpose!=purpose \
chargingProfileKind:eKind!=profile_kind recurrencyKind:eRecurrency=recurrency validFrom:t=valid_from validTo:t=valid_to chargingSchedule:oSchedule!
.Schedule duration:i=seconds startSchedule:t=start chargingRateUnit:eUnit!=unit chargingSchedulePeriod:lPeriod!=periods minChargingRate:d1=least
.Period startPeriod:i! limit:d1! numberPhases:i
.Composite duration:i startSchedule:t chargingRateUnit:eUnit chargingSchedulePeriod:lPeriod
.Purpose "ChargePointMaxProfile","TxDefaultProfile","TxProfile",
.Kind "Absolute","Recurring","Relative",
.Recurrency "Daily","Weekly",
.Unit "A","W",
.Answer "Accepted","Rejected",
.Cleared "Accepted","Unknown",
"""

# ChargingProfilePurpose
PURPOSE_MAX = 0
PURPOSE_DEFAULT = 1
PURPOSE_TX = 2
# ChargingProfileKind; RecurrencyKind
KIND_ABSOLUTE = 0
KIND_RECURRING = 1
KIND_RELATIVE = 2
WEEKLY = 1
# ChargingRateUnit
UNIT_A = 0
UNIT_W = 1
# ChargingProfileStatus, GetCompositeScheduleStatus; ClearChargingProfileStatus
CHP_ACCEPTED = 0
CHP_REJECTED = 1
CLEAR_ACCEPTED = 0
CLEAR_UNKNOWN = 1
