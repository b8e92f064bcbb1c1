"""What a field engineer is told about charging profiles."""

from chargepoint.diag.features.smart_charging import lines
from host_tests.unit.core.features.charging_bench import install, profile, quiet


def test_what_limits_the_current_until_when_and_why_a_profile_was_refused() -> None:
    b = quiet()
    b.charge()
    assert list(lines(b.core, 1, b.now)) == [] and list(lines(b.core, 0, b.now)) == []
    assert install(b, profile((0, 10), duration=600, startSchedule=b.utc(), chargingProfileId=77, stackLevel=3)) == "Accepted"
    assert install(b, profile((0, 20), chargingProfileId=78, chargingProfilePurpose="ChargePointMaxProfile"), 0) == "Accepted"
    assert install(b, profile((9, 10))) == "Rejected"
    b.run(2000)
    limit, own = lines(b.core, 1, b.now)
    assert "10.0 A" in limit and "2026-11-23T08:10" in limit
    assert "77" in own and "TxDefaultProfile" in own and "3" in own
    whole, refused = lines(b.core, 0, b.now)
    assert "78" in whole and "ChargePointMaxProfile" in whole
    assert "periods do not begin with 0" in refused
