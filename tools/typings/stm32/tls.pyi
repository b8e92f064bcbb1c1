"""What is used of MicroPython's tls module."""

from typing import Any

PROTOCOL_TLS_CLIENT: int
CERT_REQUIRED: int

class SSLContext:
    verify_mode: int
    def __init__(self, protocol: int, /) -> None: ...
    def load_verify_locations(self, cadata: bytes, /) -> None: ...
    def wrap_socket(self, sock: Any, *, server_hostname: str | None = None, do_handshake_on_connect: bool = True) -> Any: ...
