"""What a transfer needs of the charger it runs in: the runner with its connection, buffer, and what https is checked with."""

from micropython import const

from chargepoint.runtime.link.job_runner import JobRunner
from chargepoint.runtime.link.transport import Transport
from chargepoint.runtime.unload import unload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SLICE_BYTES = const(1024)


def runner(app: "Any") -> JobRunner:
    """A runner for one job in this charger; https is checked with the same roots as wss. Allocates: 1.5 KB."""

    def ready_for_tls(transport: Transport) -> None:
        """Raises: OSError while the time is not known; ValueError without roots."""
        clock = app.core.clock
        now = app.hardware.clock.ticks_ms()
        if not app.link_setup.clock_is_set():
            if not clock.utc(now):
                raise OSError("https waits for the time: certificates cannot be checked without it")
            rtc = getattr(app.hardware, "rtc", None)
            if rtc is not None:
                rtc.set_utc(clock.s)
        from chargepoint.runtime import provision

        roots = provision.read_roots(app.hardware, app.volume, app.log)
        unload("chargepoint.runtime.provision")
        transport.set_roots(roots)

    return JobRunner(Transport(app.hardware.network), bytearray(_SLICE_BYTES), lambda: not app.contactor_closed(), ready_for_tls)
