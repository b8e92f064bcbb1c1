"""The sequence of a firmware update as the core decides it; the test is the hands that fetch and mark."""

from boards.products import duo, full
from chargepoint.core.features.firmware import DO_CONFIRM, DO_FORGET, DO_GIVE_UP
from chargepoint.core.features.jobs import DO_INSTALL, DO_MOVE, DO_STOP, DO_VERIFY
from host_tests.core_bench import Bench

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

URL = "http://files.example/firmware.plup"
PAST = "2020-06-01T00:00:00Z"
SLOT_A, SLOT_B = 97, 98


def feature(b: Bench) -> "Any":
    """The feature of the bench's core."""
    for found in b.core.features:
        if found.PROFILE == "FirmwareManagement" and 25 in found.ACTIONS:
            return found
    raise AssertionError("the product has no firmware updates")


def booted(b: Bench, slot: int = SLOT_A, trial: bool = False, failed: bool = False) -> "Any":
    """As the hands say it at each boot."""
    f = feature(b)
    f.on_boot(slot, trial, failed, b.now)
    return f


def update(b: Bench, **more: object) -> object:
    """UpdateFirmware with what every one has."""
    request = {"location": URL, "retrieveDate": PAST}
    request.update(more)  # type: ignore[arg-type]
    return b.call("UpdateFirmware", request)


def told(b: Bench) -> "list[str]":
    """The statuses since the last look, and what else was said as its action's name."""
    words = []
    for action, payload in b.take():
        if action == "FirmwareStatusNotification":
            words.append(payload["status"])
        elif action == "StatusNotification":
            words.append("%d %s" % (payload["connectorId"], payload["status"]))
        elif action == "BootNotification":
            words.append("boot")
    return words


def fetched(b: Bench, f: "Any") -> None:
    """From the request to a package that is good."""
    b.run(100)
    assert f.take() == DO_MOVE
    f.on_moved(True, b.now)
    b.run(100)
    assert f.take() == DO_VERIFY
    f.on_verified(True, b.now)
    b.run(3000)


def test_the_whole_way_over_the_reboot() -> None:
    b = Bench(full)
    f = booted(b)
    b.take()
    assert update(b) == {}
    assert f.location == URL
    fetched(b, f)
    assert told(b) == ["Downloading", "Downloaded", "Installing"]
    assert f.take() == DO_INSTALL
    assert f.begin_installation(SLOT_B)
    f.on_installed(True, b.now)
    b.run(2000)
    assert b.resets == [0], "the installation resets, softly"
    b.power_cut()
    f = booted(b, SLOT_B, trial=True)
    b.connect()
    b.run(2000)
    assert f.take() == DO_CONFIRM
    assert "Installed" not in told(b), "before the slot is marked"
    f.on_confirmed(True, b.now)
    b.run(2000)
    assert told(b) == ["Installed"]
    b.power_cut()
    booted(b, SLOT_B)
    b.connect()
    b.run(2000)
    assert told(b)[:1] == ["boot"] and not [word for word in told(b) if word[:4] == "Inst"], "told once"


def test_installed_comes_after_the_boot_and_the_statuses() -> None:
    b = Bench(duo)
    f = booted(b)
    f.begin_installation(SLOT_B)
    b.power_cut()
    f = booted(b, SLOT_B)  # the slot was confirmed, then the power failed: the status is still to be told
    b.take()
    b.connect()
    b.run(12000)
    words = told(b)
    assert words == ["boot", "0 Available", "1 Available", "2 Available", "Installed"], words


def test_a_trial_that_failed_is_told_and_forgotten() -> None:
    b = Bench(full)
    booted(b).begin_installation(SLOT_B)
    b.power_cut()
    f = booted(b, SLOT_A, failed=True)
    b.take()
    b.connect()
    b.run(12000)
    assert told(b)[-1] == "InstallationFailed"
    assert f.take() == DO_FORGET
    assert update(b) == {}


def test_a_cut_before_the_slot_was_marked_marks_it_again() -> None:
    b = Bench(full)
    booted(b).begin_installation(SLOT_B)
    b.power_cut()
    assert booted(b, SLOT_A).take() == DO_INSTALL


def test_a_cut_in_a_download_begins_it_again_but_not_for_ever() -> None:
    b = Bench(full)
    f = booted(b)
    update(b, retries=0)
    b.run(100)
    assert f.take() == DO_MOVE
    for _ in range(5):
        b.power_cut()
        f = booted(b)
        b.connect()
        b.run(2000)
        assert f.take() == DO_MOVE
    b.take()
    b.power_cut()
    f = booted(b)
    b.connect()
    b.run(12000)
    assert f.take() == 0 and told(b)[-1] == "DownloadFailed"


def test_it_waits_for_its_time_over_a_power_cut_too() -> None:
    b = Bench(full)
    f = booted(b)
    update(b, retrieveDate="2026-11-23T10:00:00Z")  # in two hours
    b.run(3600000)
    assert f.take() == 0
    b.power_cut()
    f = booted(b)
    b.connect()
    b.run(3500000)
    assert f.take() == 0
    b.run(200000)
    assert f.take() == DO_MOVE


def test_tries_are_as_many_as_asked_for_and_one_at_least() -> None:
    for retries, tries in ((None, 3), (0, 1), (-5, 1), (1, 2), (4, 5)):
        b = Bench(full)
        f = booted(b)
        b.take()
        update(b, retryInterval=20, **({} if retries is None else {"retries": retries}))
        moves = 0
        for _ in range(40):
            b.run(10000)
            if f.take() == DO_MOVE:
                moves += 1
                f.on_moved(False, b.now)
        assert moves == tries, retries
        assert told(b) == ["Downloading", "DownloadFailed"]


def test_what_is_no_firmware_is_not_fetched_again() -> None:
    b = Bench(full)
    f = booted(b)
    b.take()
    update(b, retries=5)
    b.run(100)
    f.take()
    f.on_moved(True, b.now)
    f.on_verified(False, b.now)
    b.run(600000)
    assert told(b) == ["Downloading", "Downloaded", "InstallationFailed"]
    f.take()  # DO_VERIFY
    assert f.take() == 0
    b.charge()


def test_a_session_keeps_it_from_the_flash_and_from_the_installation() -> None:
    b = Bench(full)
    f = booted(b)
    number = b.charge()
    b.take()
    update(b)
    b.run(60000)
    assert f.take() == 0 and told(b) == []
    b.call("RemoteStopTransaction", {"transactionId": number})
    b.run(20000)
    assert f.take() == DO_MOVE


def test_a_try_that_a_session_interrupts_does_not_count() -> None:
    b = Bench(full)
    f = booted(b)
    update(b, retries=0, retryInterval=5)
    b.run(100)
    assert f.take() == DO_MOVE
    assert told(b)[-1] == "Downloading"
    number = b.charge()
    b.run(1000)
    f.on_moved(False, b.now)  # the server has given us up
    b.run(60000)
    assert f.take() == 0
    b.call("RemoteStopTransaction", {"transactionId": number})
    b.run(60000)
    assert f.take() == DO_MOVE
    assert not [word for word in told(b) if word[0] == "D"], "Downloading is told once"


def test_an_installation_waits_for_a_session_and_keeps_the_free_connector() -> None:
    b = Bench(duo)
    f = booted(b)
    update(b)
    b.run(100)
    assert f.take() == DO_MOVE
    number = b.charge(n=1)
    f.on_moved(True, b.now)
    f.on_verified(True, b.now)
    b.take()
    b.run(2000)
    assert told(b) == ["Downloaded", "2 Unavailable"]
    assert b.call("RemoteStartTransaction", {"connectorId": 2, "idTag": "CARD2"}) == {"status": "Rejected"}
    b.call("RemoteStopTransaction", {"transactionId": number})
    b.run(20000)
    assert "Installing" in told(b)
    f.take()
    assert f.take() in (0, DO_INSTALL)
    f.begin_installation(SLOT_B)
    f.on_installed(False, b.now)
    b.run(2000)
    words = told(b)
    assert "2 Available" in words and "InstallationFailed" in words, words


def test_a_second_request_takes_the_place_of_the_first_until_that_is_installed() -> None:
    b = Bench(full)
    f = booted(b)
    b.take()
    update(b)
    b.run(100)
    assert f.take() == DO_MOVE
    update(b, location=URL + "2")
    assert f.take() == DO_STOP
    assert f.location == URL + "2"
    fetched(b, f)
    assert f.take() == DO_INSTALL
    f.begin_installation(SLOT_B)
    assert update(b) == "GenericError"
    assert told(b) == ["Downloading", "Downloading", "Downloaded", "Installing"]


def test_offline_it_decides_by_itself_after_ten_minutes() -> None:
    b = Bench(full)
    booted(b).begin_installation(SLOT_B)
    b.power_cut()
    f = booted(b, SLOT_B, trial=True)
    b.run(595000)
    assert f.take() == 0
    b.run(10000)
    assert f.take() == DO_CONFIRM, "nobody can be reached: that says nothing against the firmware"


def test_a_firmware_that_connects_and_is_not_answered_goes_back() -> None:
    b = Bench(full)
    booted(b).begin_installation(SLOT_B)
    b.power_cut()
    f = booted(b, SLOT_B, trial=True)
    b.answers["BootNotification"] = None
    b.connect()
    b.run(590000)
    assert f.take() == 0
    b.run(20000)
    assert f.take() == DO_GIVE_UP
    f.on_confirmed(False, b.now)
    b.run(40000)
    assert b.resets == [0]


def test_statuses_that_nobody_heard_are_told_in_their_order_later() -> None:
    b = Bench(full)
    f = booted(b)
    b.take()
    update(b)
    b.disconnect()
    b.run(100)
    f.take()
    f.on_moved(False, b.now)
    b.run(130000)
    f.take()
    f.on_moved(True, b.now)
    f.on_verified(False, b.now)
    b.power_cut()
    f = booted(b)
    b.connect()
    b.run(12000)
    assert [word for word in told(b) if word[0] in "DI"] == ["Downloading", "Downloaded", "InstallationFailed"]


def test_a_status_that_nobody_answers_is_given_up() -> None:
    b = Bench(full)
    f = booted(b)
    b.take()
    b.answers["FirmwareStatusNotification"] = None
    update(b, retries=0)
    b.run(100)
    f.take()
    f.on_moved(False, b.now)
    b.run(600000)
    assert told(b) == ["Downloading"] * 3 + ["DownloadFailed"] * 3


def test_a_trigger_tells_what_is_so() -> None:
    b = Bench(full)
    f = booted(b)
    b.take()

    def triggered() -> "list[str]":
        assert b.call("TriggerMessage", {"requestedMessage": "FirmwareStatusNotification"}) == {"status": "Accepted"}
        b.run(100)
        return told(b)

    assert triggered() == ["Idle"]
    update(b)
    b.run(100)
    told(b)
    assert triggered() == ["Downloading"]
    f.on_moved(False, b.now)
    assert triggered() == ["Idle"], "it waits for its next try"


def test_a_record_that_makes_no_sense_counts_as_absent() -> None:
    for stored in (b"\xff" * 13, b"\x01" + bytes(12), bytes(12) + b"\x05", b"\x01" + bytes(11) + b"\0" + b"\xff\xfe", bytes(12) + b"\x01\x09"):
        b = Bench(full, accept=False)
        b.store.saved["firmware"] = stored
        b.power_cut()
        f = booted(b)
        b.connect()
        b.run(5000)
        assert f.take() == 0 and update(b) == {}, stored
