"""What the link is told: where, as whom, with which key and roots, and by which clock certificates are checked; and what it tells the log."""

import gc

from chargepoint.core.events import EV_DIAL_FAILED, EV_LINK_DOWN, EV_LINK_UP, EV_NO_CLOCK
from chargepoint.runtime.log import LOG_ERROR, LOG_INFO, LOG_WARNING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chargepoint.runtime.link.link import Link



class LinkSetup:
    """Keeps what provisioning said about the central system (for reading: `url`, `identity`) and gives it to the link, with core's configuration."""

    def __init__(self, setup: "Any", log: "Any", events: "Any") -> None:
        """Take what `provision` read."""
        self.url: str = setup.url
        self.identity: str = setup.identity
        self._key: str = setup.key
        self._roots: "list[bytes] | None" = setup.roots
        self._time_server: str = setup.time_server
        self._log = log
        self._events = events
        self._reason = ""  # why there is no connection, as it was last logged
        self._link: "Link" = None  # type: ignore[assignment]
        self._config: "Any" = None
        self._tls_clock: "Any" = None

    def start(self, link: "Link", config: "Any", hardware: "Any", store: "Any", now: int) -> None:
        """Tell the link where to dial; with TLS find a clock for the certificates. A link that does not fit into memory stays off."""
        self._link = link
        self._config = config
        if not self.url or not self.identity:
            return
        try:
            if self.url[:3] == "wss":
                gc.collect()  # the imports may need 14 KB in one piece, for a larger table of names
                from chargepoint.runtime.link.tls_clock import TlsClock

                if not self._roots:
                    self._log(LOG_ERROR, "setup", "wss:// without root certificates: provision roots.der, the link cannot check the server")
                self._tls_clock = TlsClock(hardware.rtc, store, hardware.network.resolve, self._time_server, self._log, now)
            link.poll(now)  # tells it the time
            self.configure()
        except MemoryError as error:
            self._log(LOG_ERROR, "link", "%s: wss:// does not fit, the charger stays offline" % error)

    def configure(self) -> None:
        """Give the link the configuration that concerns it."""
        key = self._config.text("AuthorizationKey") or self._key
        try:
            ping_s = int(self._config.text("WebSocketPingInterval") or 50)
            self._link.configure(self.url, self.identity, key.encode() if key else None, ping_s, tls_roots=self._roots)
        except ValueError as error:
            self._log(LOG_ERROR, "link", "cannot dial %s: %s" % (self.url, error))

    def clock_is_set(self) -> bool:
        """Whether certificates can be checked."""
        return self._tls_clock is not None and self._tls_clock.ready

    def on_link(self, up: bool) -> None:
        """The link came or went."""
        self._reason = self._link.reason
        self._events.add(EV_LINK_UP if up else EV_LINK_DOWN)
        self._log(LOG_INFO, "link", "connected" if up else "lost: " + self._reason)

    def poll(self, now: int) -> None:
        """Look for the time, where certificates need it. Allocates: none without TLS."""
        if self._tls_clock is not None:
            self._tls_clock.poll(now)

    def each_second(self, clock: "Any", now: int) -> None:
        """Say why there is no connection, once for each cause; keep the time that core has learned. Allocates: none when nothing is new."""
        reason = self._link.reason
        if reason and reason != self._reason:
            self._reason = reason
            self._events.add(EV_NO_CLOCK if reason[:9] == "TLS waits" else EV_DIAL_FAILED, 0, self._link.status)
            self._log(LOG_WARNING, "link", reason)
        if self._tls_clock is not None and clock.utc(now):
            self._tls_clock.learned(clock.s, now)
