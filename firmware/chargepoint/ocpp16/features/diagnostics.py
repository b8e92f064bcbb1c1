"""The messages of diagnostics.  Spec: OCPP 1.6 edition 2, 4.4, 5.9, 6.17, 6.18, 6.25, 6.26 and 7.24."""

# The status's answer is empty: `nothing` is always left out. The words are in the order of DGS_*.
WIRE = """
>GetDiagnostics location:n500!=location retries:i=retries retryInterval:i=retry_s startTime:t=start_time stopTime:t=stop_time
= fileName:s255=file_name
<DiagnosticsStatusNotification status:eStatus=status
= nothing:i=nothing
.Status "Idle","Uploaded","UploadFailed","Uploading",
"""

# DiagnosticsStatus
DGS_IDLE = 0
DGS_UPLOADED = 1
DGS_UPLOAD_FAILED = 2
DGS_UPLOADING = 3
