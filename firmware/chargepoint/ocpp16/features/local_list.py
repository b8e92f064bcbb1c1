"""The messages of the Local Authorization List.  Spec: OCPP 1.6 edition 2, 5.10, 5.15, 6.29, 6.41, 7.2, 7.42 and 7.43."""

WIRE = """
>GetLocalListVersion
= listVersion:i=list_version
>SendLocalList listVersion:i!=list_version localAuthorizationList:lEntry=entries updateType:eUpdate!=update
= status:eStatus=status
.Entry idTag:n20! idTagInfo:oInfo
.Info expiryDate:t parentIdTag:s20 status:eAuthorization!
.Update "Differential","Full",
.Authorization "Accepted","Blocked","Expired","Invalid","ConcurrentTx",
.Status "Accepted","Failed","NotSupported","VersionMismatch",
"""

UPDATE_FULL = 1
# UpdateStatus
UPD_ACCEPTED = 0
UPD_FAILED = 1
UPD_NOT_SUPPORTED = 2
UPD_VERSION_MISMATCH = 3
