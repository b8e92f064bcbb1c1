"""Core / configuration: TC_019_CS, TC_021_CS, TC_040_x_CS."""

from __future__ import annotations

from host_tests.conformance.certificate import REQUIRED_CORE_KEYS
from host_tests.rig.messages import Message
from host_tests.rig.rig import Rig

CONFIGURED_S = 25
PROFILES = {"Core", "FirmwareManagement", "LocalAuthListManagement", "Reservation", "SmartCharging", "RemoteTrigger"}


def entry(answer: Message, key: str) -> dict[str, object]:
    """Return the entry of one key; no key may be unknown."""
    assert not answer.get("unknownKey"), str(answer)
    entries = {item["key"]: item for item in answer["configurationKey"]}
    assert set(entries) == {key}, str(answer)
    found: dict[str, object] = entries[key]
    return found


def test_tc_019_cs_retrieve_configuration(rig: Rig) -> None:
    """One key, all keys in one message, the limit, and as many named keys as the limit allows; the flags are those of the specification."""
    profiles = str(entry(rig.call("GetConfiguration", key=["SupportedFeatureProfiles"]), "SupportedFeatureProfiles")["value"])
    names = {item.strip() for item in profiles.split(",")}
    assert "Core" in names and names <= PROFILES, profiles
    assert names == rig.product.profiles, "tests and firmware disagree about the product's profiles"

    everything = rig.call("GetConfiguration", key=[])
    entries = {item["key"]: item for item in everything["configurationKey"]}
    assert len(entries) == len(everything["configurationKey"]), "a key is listed twice"
    assert not everything.get("unknownKey")
    for required in REQUIRED_CORE_KEYS:
        assert required.key in entries, f"{required.key} is missing"
        assert required.flag_allows(entries[required.key]["readonly"]), f"{required.key}: readonly must be {required.flag}, it is {entries[required.key]}"
    assert int(entries["NumberOfConnectors"]["value"]) == rig.product.connectors

    limit = int(str(entry(rig.call("GetConfiguration", key=["GetConfigurationMaxKeys"]), "GetConfigurationMaxKeys")["value"]))
    some = list(entries)[: min(limit, len(entries))]
    answer = rig.call("GetConfiguration", key=some)
    assert not answer.get("unknownKey")
    assert [item["key"] for item in answer["configurationKey"]] == some or {item["key"] for item in answer["configurationKey"]} == set(some)


def test_tc_019_cs_without_the_key_field(rig: Rig) -> None:
    """The field left out means the same as an empty list."""
    assert rig.call("GetConfiguration").payload == rig.call("GetConfiguration", key=[]).payload


def test_tc_021_cs_change_configuration(rig: Rig) -> None:
    """Accepted (RebootRequired fails), and the value is there."""
    rig.configure(MeterValueSampleInterval=CONFIGURED_S)
    assert entry(rig.call("GetConfiguration", key=["MeterValueSampleInterval"]), "MeterValueSampleInterval")["value"] == str(CONFIGURED_S)


def test_tc_021_cs_same_value_again(rig: Rig) -> None:
    """Setting what is set already is Accepted, for every key that can be set (rule 6 of section 3)."""
    for key, item in rig.configuration().items():
        if not item["readonly"] and "value" in item:
            rig.call_expecting("Accepted", "ChangeConfiguration", key=key, value=item["value"])


def test_tc_040_1_cs_unknown_key(rig: Rig) -> None:
    """NotSupported."""
    rig.call_expecting("NotSupported", "ChangeConfiguration", key="Testing", value="true")


def test_tc_040_2_cs_invalid_value(rig: Rig) -> None:
    """Rejected, or a CALLERROR PropertyConstraintViolation; the value stays."""
    before = rig.setting("MeterValueSampleInterval")
    answer = rig.call("ChangeConfiguration", key="MeterValueSampleInterval", value="-1")
    assert answer.get("status") == "Rejected" or answer.get("code") == "PropertyConstraintViolation", str(answer)
    assert rig.setting("MeterValueSampleInterval") == before
