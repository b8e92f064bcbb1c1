"""`lecs007` is the certificate: GetConfiguration and the boot message are exactly what its certificate lists."""

from __future__ import annotations

import pytest

from host_tests.conformance import certificate
from host_tests.rig.rig import Rig
from host_tests.rig.states import booted


@pytest.fixture(autouse=True)
def _reference_product_only(product: str) -> None:
    if product != "lecs007":
        pytest.skip("not applicable: the certificate is that of lecs007")


def test_configuration_is_the_certificates(rig: Rig) -> None:
    """Every key of the certificate with its value and flag; what it marks "-" is absent; nothing else is there."""
    returned = rig.configuration()
    wrong = []
    for entry in certificate.CONFIGURATION:
        item = returned.pop(entry.key, None)
        if entry.value is None:
            if item is not None:
                wrong.append(f"{entry.key} must not be there, it is {item}")
        elif item is None:
            wrong.append(f"{entry.key} is missing")
        elif not entry.value_is(item.get("value", "")) or not entry.flag_allows(item["readonly"]):
            wrong.append(f"{entry.key}: {item}, the certificate says {entry.value!r}, {entry.flag}")
    wrong += [f"{key} is not in the certificate" for key in returned]
    assert not wrong, "\n".join(wrong)


def test_what_the_certificate_leaves_out_is_unknown(rig: Rig) -> None:
    """Asked for by name, an absent key is in unknownKey, and cannot be set."""
    for entry in certificate.CONFIGURATION:
        if entry.value is None:
            answer = rig.call("GetConfiguration", key=[entry.key])
            assert answer.get("unknownKey") == [entry.key] and not answer.get("configurationKey"), str(answer)
            rig.call_expecting("NotSupported", "ChangeConfiguration", key=entry.key, value="1")


def test_boot_names_the_product(rig: Rig) -> None:
    """Vendor and model are the certified ones, and the firmware says its version."""
    rig.power_cycle()
    boot = booted(rig)
    assert (boot["chargePointVendor"], boot["chargePointModel"]) == ("LS ELECTRIC", "LECS007-1CH02CW"), str(boot)
    assert boot["firmwareVersion"]
