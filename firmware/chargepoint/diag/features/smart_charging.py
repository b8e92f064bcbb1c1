"""What `diag.status()` says about charging profiles: what they allow now and until when, which there are, why the last one was refused."""

from chargepoint.core.features.charging_profile import connector_of, id_of, purpose_of, stack_of
from chargepoint.core.features.schedule import NEVER_S
from chargepoint.diag.event_texts import words
from chargepoint.diag.words import thousandths, utc_text
from chargepoint.ocpp16.features.smart_charging import PURPOSE_MAX
from chargepoint.util.signals import LIMIT_PRODUCT, LIMIT_PROFILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator


def lines(core: "Any", connector: int, now: int) -> "Iterator[str]":
    """For a connector its limit, and the profiles that are its own; for the charge point (0) those of all, and what was refused last."""
    charging = core.site.charging
    if connector:
        limits = core.connectors[connector - 1].limits
        allowed_ma = limits.of(LIMIT_PROFILE)
        if allowed_ma < limits.of(LIMIT_PRODUCT):
            until = ""
            if charging.until_s < NEVER_S and core.clock.utc(now):
                until = " until %s at least" % utc_text(charging.until_s)
            yield "profiles  allow %s%s" % (thousandths(allowed_ma, "A"), until)
    for profile in charging.profiles.installed:
        if connector_of(profile) == connector:
            place = "" if connector or purpose_of(profile) == PURPOSE_MAX else " for each connector"
            yield "profile   %d, %s, stackLevel %d%s" % (id_of(profile), words("c", purpose_of(profile)), stack_of(profile), place)
    if not connector and charging.refused:
        yield "the last charging profile was refused: " + charging.refused
