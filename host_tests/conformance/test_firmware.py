"""Firmware updates: TC_044_1_CS, TC_044_2_CS, TC_044_3_CS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from host_tests.conformance.conftest import Benches
from host_tests.rig.file_server import FileServer
from host_tests.rig.messages import wanted
from host_tests.rig.rig import BOOT_TIMEOUT_S, Rig
from host_tests.rig.states import boot_statuses, charging
from tools import update_package

DOWNLOAD_S = 120
AT_ONCE = "2020-01-01T00:00:00Z"
VERSION = "9.8.7"


@pytest.fixture
def server() -> Iterator[FileServer]:
    """A server for images."""
    with FileServer() as running:
        yield running


@pytest.fixture
def afresh(benches: Benches) -> Iterator[None]:
    """The cases that follow get another charger: this one has another firmware then."""
    yield
    benches.close()


def package(rig: Rig) -> bytes:
    """The package of the product on the bench."""
    return update_package.build("virtual", rig.product.name, VERSION)


def statuses(rig: Rig, *words: str) -> None:
    """The statuses that come now, one after the other, and nothing besides."""
    for word in words:
        rig.expect("FirmwareStatusNotification", within=DOWNLOAD_S, status=word)


def installed(rig: Rig) -> None:
    """It starts, says its version and that everything is Available, and Installed."""
    boot = rig.expect("BootNotification", within=BOOT_TIMEOUT_S)
    assert boot["firmwareVersion"] == VERSION
    boot_statuses(rig)
    statuses(rig, "Installed")


def test_tc_044_1_cs_firmware_update(rig: Rig, server: FileServer, afresh: None) -> None:
    """The whole way; the new firmware runs afterwards, and goes on running."""
    rig.call("UpdateFirmware", location=server.offer("good", package(rig)), retrieveDate=AT_ONCE)
    statuses(rig, "Downloading", "Downloaded", "Installing")
    installed(rig)
    rig.power_cycle()
    assert rig.expect("BootNotification", within=BOOT_TIMEOUT_S)["firmwareVersion"] == VERSION
    boot_statuses(rig)


def test_tc_044_1_cs_in_a_session(rig: Rig, server: FileServer, afresh: None) -> None:
    """A session is not disturbed: what writes the flash waits for its end."""
    session = charging(rig)
    rig.call("UpdateFirmware", location=server.offer("good", package(rig)), retrieveDate=AT_ONCE)
    rig.expect_nothing(30)
    assert rig.charger.connector(rig.connector)["contactor"] == "closed"
    rig.call_expecting("Accepted", "RemoteStopTransaction", transactionId=session.number)
    rig.expect_all(wanted("StopTransaction", transactionId=session.number), wanted("StatusNotification", status="Finishing"),
                   wanted("FirmwareStatusNotification", status="Downloading"))
    statuses(rig, "Downloaded", "Installing")
    rig.unplug()
    installed(rig)


@pytest.mark.parametrize("location", ["http://127.0.0.1:9/download_fail.fwi", "ftp://127.0.0.1:9/download_fail.fwi", "gopher://nowhere/"])
def test_tc_044_2_cs_firmware_download_failed(rig: Rig, location: str) -> None:
    """There is no such server."""
    rig.call("UpdateFirmware", location=location, retrieveDate=AT_ONCE, retries=0)
    statuses(rig, "Downloading", "DownloadFailed")
    rig.expect_nothing(20)


def test_tc_044_2_cs_no_such_file(rig: Rig, server: FileServer) -> None:
    """Each try asks once."""
    rig.call("UpdateFirmware", location=server.url("missing"), retrieveDate=AT_ONCE, retries=2, retryInterval=5)
    statuses(rig, "Downloading", "DownloadFailed")
    assert [path for path, _ in server.asked] == ["/missing"] * 3
    rig.expect_nothing(20)


@pytest.mark.parametrize("what", ["foreign", "changed", "missing", "added", "empty", "another product"])
def test_tc_044_3_cs_firmware_installation_failed(rig: Rig, server: FileServer, what: str) -> None:
    """What came is no firmware for this charger."""
    good = package(rig)
    other = "duo" if rig.product.name == "full" else "full"
    data = {
        "foreign": bytes(range(256)) * 200,
        "changed": good[:5000] + bytes((good[5000] ^ 1,)) + good[5001:],
        "missing": good[:-1],
        "added": good + b"\0",
        "empty": b"",
        "another product": update_package.build("virtual", other, VERSION) if what == "another product" else b"",
    }[what]
    rig.call("UpdateFirmware", location=server.offer("bad", data), retrieveDate=AT_ONCE, retries=0)
    statuses(rig, "Downloading", "Downloaded", "InstallationFailed")
    rig.expect_nothing(20)
