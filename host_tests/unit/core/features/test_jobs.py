"""The sequence of a job: when what is done, tried again, given up and told."""

from chargepoint.core.features.jobs import (
    DO_INSTALL,
    DO_MOVE,
    DO_NOTHING,
    DO_STOP,
    DO_VERIFY,
    JOB_DONE,
    JOB_FAILED,
    JOB_HOLDING,
    JOB_IDLE,
    JOB_INSTALLING,
    JOB_MOVING,
    JOB_VERIFYING,
    JOB_WAITING,
    Job,
)
from chargepoint.util.ticks import ticks_add
from host_tests.portable import without_heap

START = (1 << 30) - 5000
DAY_MS = 86400000


def begun(wait_s: int = 0, tries: int = 3, retry_s: int = 60, verifies: bool = True, installs: bool = True) -> Job:
    job = Job()
    assert job.begin(wait_s, tries, retry_s, verifies, installs, START)
    return job


def test_a_firmware_update_step_by_step() -> None:
    """Move, verify, wait for the contactors, install; each is wanted once and told once."""
    job = begun()
    assert job.report() == JOB_WAITING and job.report() == -1
    assert job.poll(False, START) == DO_MOVE and job.poll(False, START) == DO_NOTHING
    assert job.report() == JOB_MOVING
    job.on_moved(True, START)
    assert job.report() == JOB_VERIFYING and job.poll(True, START) == DO_VERIFY
    job.on_verified(True)
    for _ in range(3):
        assert job.poll(True, START) == DO_NOTHING and job.state == JOB_HOLDING
    assert job.poll(False, START) == DO_INSTALL and job.report() == JOB_INSTALLING
    job.on_installed(True)
    assert job.report() == JOB_DONE and job.report() == -1 and not job.busy


def test_an_upload_is_done_when_it_is_moved() -> None:
    """Nothing to verify, nothing to install."""
    job = begun(verifies=False, installs=False)
    assert job.poll(True, START) == DO_MOVE
    job.on_moved(True, START)
    assert job.state == JOB_DONE and job.poll(False, START) == DO_NOTHING


def test_it_waits_for_its_time_for_weeks_too() -> None:
    """Longer than two ticks can be compared; never early, never more than a second late."""
    for days in (0, 1, 6, 7, 13, 40):
        job = begun(wait_s=days * 86400 + 5)
        now = START
        waited_ms = 0
        while job.poll(False, now) != DO_MOVE:
            step_ms = job.next_due(now)
            assert 0 < step_ms <= 3600000
            waited_ms += step_ms
            now = ticks_add(now, step_ms)
        assert waited_ms == days * DAY_MS + 5000


def test_a_move_is_tried_as_often_as_allowed() -> None:
    """Then the job has failed in it; the file is not asked for again."""
    job = begun(tries=3, retry_s=60)
    now = START
    for tries in range(3):
        assert job.poll(False, now) == DO_MOVE
        job.on_moved(False, now)
        assert job.state == (JOB_WAITING if tries < 2 else JOB_FAILED)
        assert job.poll(False, ticks_add(now, 59000)) == DO_NOTHING
        now = ticks_add(now, 60000)
    assert job.poll(False, now) == DO_NOTHING and job.failed_in == JOB_MOVING


def test_a_wrong_file_is_not_fetched_again() -> None:
    """Neither is an installation repeated."""
    job = begun()
    job.poll(False, START)
    job.on_moved(True, START)
    job.poll(False, START)
    job.on_verified(False)
    assert job.state == JOB_FAILED and job.failed_in == JOB_VERIFYING and job.poll(False, START) == DO_NOTHING
    job = begun(verifies=False)
    job.poll(False, START)
    job.on_moved(True, START)
    assert job.poll(False, START) == DO_INSTALL
    job.on_installed(False)
    assert job.state == JOB_FAILED and job.failed_in == JOB_INSTALLING


def test_cancelling() -> None:
    """A move is stopped; an installation goes on; late outcomes change nothing."""
    job = begun(wait_s=100)
    job.cancel()
    assert job.state == JOB_IDLE and job.poll(False, ticks_add(START, 200000)) == DO_NOTHING
    job = begun()
    job.poll(False, START)
    job.cancel()
    assert job.poll(False, START) == DO_STOP and job.poll(False, START) == DO_NOTHING
    job.on_moved(True, START)
    job.on_verified(True)
    job.on_installed(True)
    assert job.state == JOB_IDLE and not job.busy
    job = begun(verifies=False)
    job.poll(False, START)
    job.on_moved(True, START)
    job.poll(False, START)
    job.cancel()
    assert job.state == JOB_INSTALLING


def test_one_job_at_a_time() -> None:
    """A second one is refused; after the end there may be another."""
    job = begun()
    assert not job.begin(0, 1, 0, False, False, START)
    job.cancel()
    assert job.begin(0, 1, 0, False, False, START)


def test_polling_allocates_nothing() -> None:
    job = begun(wait_s=100)
    without_heap(lambda: job.poll(False, START))
    without_heap(lambda: job.next_due(START))
