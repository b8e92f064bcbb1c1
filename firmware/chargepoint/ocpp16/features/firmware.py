"""The messages of firmware updates.  Spec: OCPP 1.6 edition 2, 5.19, 6.19, 6.20, 6.55, 6.56 and 7.25."""

# The answers are empty: `nothing` is always left out. The words are in the order of FWS_* in codes.py.
WIRE = """
>UpdateFirmware location:n500!=location retrieveDate:t!=retrieve_date retries:i=retries retryInterval:i=retry_s
= nothing:i=nothing
<FirmwareStatusNotification status:eStatus=status
= nothing:i=nothing
.Status "Downloaded","DownloadFailed","Downloading","Idle","InstallationFailed","Installing","Installed",
"""
