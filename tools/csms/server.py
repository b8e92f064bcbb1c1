"""The central system itself: a WebSocket server that chargers connect to."""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import ssl
from collections.abc import Callable
from http import HTTPStatus
from types import TracebackType
from typing import Any
from urllib.parse import unquote

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from tools.csms.authority import Authority, Unsigned
from tools.csms.charger import Charger, Refused
from tools.csms.clock import Clock, RealClock
from tools.csms.messages import Message, Timeout
from tools.csms.policy import Answer, Policy

SUBPROTOCOL = Subprotocol("ocpp1.6")

# A charger that goes away in the middle of a handshake is an event like any other, not a traceback on the screen.
_LOG = logging.getLogger("pilotline.central_system")
_LOG.addHandler(logging.NullHandler())


class CentralSystem:
    """A central system on one port, for any number of chargers.

        async with CentralSystem() as central_system:
            charger = await central_system.charger("CP-1")          # waits until it connects to central_system.url
            await charger.expect("BootNotification")
            answer = await charger.call("Reset", {"type": "Soft"})
            assert not charger.all_problems

    Args: the policy that answers; `keys`, AuthorizationKey by identity, which a charger with a key must present as Basic
    authentication, and `any_key`, the one of every charger that is not among them; a TLS context for wss://; the authority that issues
    certificates to chargers, and must have issued theirs when the TLS context asks for one; the clock for currentTime; what to call with every
    message and for every event of a connection (identity, "connected" | "disconnected" | "refused: ...").
    """

    def __init__(
        self,
        policy: Policy | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock | None = None,
        keys: dict[str, bytes] | None = None,
        tls: ssl.SSLContext | None = None,
        authority: Authority | None = None,
        any_key: bytes | None = None,
        on_message: Callable[[Charger, Message], None] | None = None,
        on_connection: Callable[[str, str], None] | None = None,
    ) -> None:
        self.policy = policy or Policy()
        self.chargers: dict[str, Charger] = {}
        self.refused: list[str] = []
        self.keys = keys or {}
        self._any_key = any_key
        self._authority = authority
        self._host = host
        self._port = port
        self._clock = clock or RealClock()
        self._tls = tls
        self._on_message = on_message
        self._on_connection = on_connection
        self._server: Server | None = None

    async def __aenter__(self) -> CentralSystem:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """The endpoint to give to a charger; it appends its identity."""
        return f"{'wss' if self._tls else 'ws'}://{self._host}:{self._port}"

    async def start(self) -> None:
        """Listen; a second start after a stop uses the same port."""
        self._server = await serve(
            self._serve,
            self._host,
            self._port,
            subprotocols=[SUBPROTOCOL],
            process_request=self._process_request,
            ssl=self._tls,
            compression=None,
            ping_interval=None,
            close_timeout=2,
            logger=_LOG,
        )
        self._port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        """Close every connection and stop listening: the central system is gone until the next start."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    def known(self, identity: str) -> Charger:
        """Return the charger of that identity, connected or not; made on the first question."""
        if identity not in self.chargers:
            charger = Charger(identity, self.policy, self._clock, self._on_message)
            self.chargers[identity] = charger
            if self._authority is not None:
                charger.answers["SignCertificate"] = lambda payload: self._sign(charger, payload)
        return self.chargers[identity]

    async def charger(self, identity: str, timeout_s: float = 10.0) -> Charger:
        """Return the charger of that identity once it is connected."""
        charger = self.known(identity)
        try:
            await charger.wait_connected(timeout_s)
        except Timeout as error:
            raise Timeout(f"{error}; refused: {self.refused or 'nobody'}") from None
        return charger

    def _event(self, identity: str, text: str) -> None:
        if self._on_connection is not None:
            self._on_connection(identity, text)

    def _process_request(self, socket: ServerConnection, request: Request) -> Response | None:
        identity = _identity(request)
        fault = self._fault(identity, request) or self._certificate_fault(identity, socket)
        if fault is None:
            return None
        status, text = fault
        self.refused.append(f"{identity or request.path}: {text}")
        self._event(identity, "refused: " + text)
        response = socket.respond(status, text + "\n")
        if status == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = 'Basic realm="OCPP"'
        return response

    def _fault(self, identity: str, request: Request) -> tuple[HTTPStatus, str] | None:
        if not identity:
            return HTTPStatus.NOT_FOUND, "the path must end with the identity of the charge point"
        offered = [name.strip() for value in request.headers.get_all("Sec-WebSocket-Protocol") for name in value.split(",")]
        if SUBPROTOCOL not in offered:
            return HTTPStatus.BAD_REQUEST, f"subprotocol {SUBPROTOCOL} was not offered, but {', '.join(offered) or 'none'}"
        key = self.keys.get(identity, self._any_key)
        if key is not None and _credentials(request) != identity.encode() + b":" + key:
            return HTTPStatus.UNAUTHORIZED, "user name or password is wrong"
        return None

    def _certificate_fault(self, identity: str, socket: ServerConnection) -> tuple[HTTPStatus, str] | None:
        """Whose certificate is it? TLS has seen to it that there is one, and that the authority has signed it."""
        if self._authority is None or self._tls is None or self._tls.verify_mode != ssl.CERT_REQUIRED:
            return None
        certificate = socket.transport.get_extra_info("peercert") or {}
        owner = self._authority.issued_to(int(certificate.get("serialNumber", "0"), 16))
        return None if owner == identity else (HTTPStatus.FORBIDDEN, f"its certificate belongs to {owner or 'nobody known'}")

    def _sign(self, charger: Charger, payload: dict[str, Any]) -> Answer:
        """Answer SignCertificate, and hand over the certificate once that answer is on its way."""
        assert self._authority is not None
        try:
            chain = self._authority.sign(payload["csr"], charger.identity)
        except Unsigned as error:
            self._event(charger.identity, f"asked for a certificate: {error}")
            return {"status": "Rejected"}

        async def hand_over() -> None:
            try:
                await charger.call("CertificateSigned", {"certificateChain": chain})
            except (Refused, Timeout, ConnectionError) as error:
                self._event(charger.identity, f"did not take its certificate: {error}")

        charger.follow_ups.append(hand_over)
        return {"status": "Accepted"}

    async def _serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        identity = _identity(socket.request)
        self._event(identity, "connected")
        try:
            await self.known(identity).serve(socket)
        except asyncio.CancelledError:
            raise
        finally:
            self._event(identity, "disconnected")


def _identity(request: Request) -> str:
    return unquote(request.path.split("?")[0].rsplit("/", 1)[-1])


def _credentials(request: Request) -> bytes:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(value.strip(), validate=True)
    except binascii.Error:
        return b""
