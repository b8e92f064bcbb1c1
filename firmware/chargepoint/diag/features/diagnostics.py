"""What `diag.status()` says about diagnostics that are being sent."""

from chargepoint.core.features.jobs import JOB_MOVING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator


def lines(core: "Any", connector: int, now: int) -> "Iterator[str]":
    """Which file, and whether it is on its way or waits for its next try."""
    for feature in core.features:
        if not connector and getattr(feature, "HANDS", "") == "diagnostics" and feature.job.busy:
            how = "being sent" if feature.job.state == JOB_MOVING else "to be sent, next try in %d s" % (feature.job.next_due(now) // 1000)
            yield "diagnostics: %s is %s, %d tries are left" % (feature.file_name, how, feature.job.tries)
