"""A small HTTP server beside the local central system: chargers fetch updates from it, and leave diagnostics and logs with it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, unquote

MOST_BYTES = 64 << 20  # of what a charger leaves here
_PIECE = 64 << 10
_IDLE_S = 30  # without a byte, and the connection is over


class Wrong(Exception):
    """A request that gets no file; what to answer."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class FileServer:
    """Serves the files that it was told of, whole or from a byte on (Range), and keeps what is sent to it (PUT or POST) in a folder.

    Args: the folder of what comes; a TLS context for https://; what to call with a line about each transfer.
    """

    def __init__(self, uploads: Path, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, on_event: Callable[[str], None] | None = None) -> None:
        self._uploads = uploads
        self._host = host
        self._tls = tls
        self._on_event = on_event or (lambda _: None)
        self._offered: dict[str, Path] = {}
        self._server: asyncio.Server | None = None
        self._port = 0

    async def __aenter__(self) -> FileServer:
        self._server = await asyncio.start_server(self._serve, self._host, self._port, ssl=self._tls)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    def offer(self, file: Path, host: str = "") -> str:
        """Let a file be fetched, and return its address; ``host`` is our name as the charger knows it."""
        self._offered[file.name] = file
        return f"{self._base(host)}/updates/{quote(file.name, safe='')}"

    def address_for(self, name: str, host: str = "") -> str:
        """The address to send a file of this name to."""
        return f"{self._base(host)}/uploads/{quote(name, safe='')}"

    def _base(self, host: str) -> str:
        host = host or self._host
        return f"{'https' if self._tls else 'http'}://{f'[{host}]' if ':' in host else host}:{self._port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request a connection."""
        try:
            await self._answer(reader, writer)
        except Wrong as wrong:
            writer.write(_head(wrong.status, {"Content-Length": "0"}))
        except (OSError, EOFError, ValueError, asyncio.TimeoutError, asyncio.LimitOverrunError) as error:
            self._on_event(f"a transfer broke off: {error or type(error).__name__}")
        finally:
            with contextlib.suppress(OSError):
                writer.close()
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _IDLE_S)
        first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        method, _, rest = first.partition(" ")
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        folder, _, name = unquote(rest.split(" ")[0].split("?")[0]).lstrip("/").partition("/")
        if method in ("GET", "HEAD") and folder == "updates":
            await self._send(writer, name, fields.get("range", ""), method == "GET")
        elif method in ("PUT", "POST") and folder == "uploads":
            if fields.get("expect", "").lower() == "100-continue":
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await self._keep(reader, name, fields)
            writer.write(_head(HTTPStatus.CREATED, {"Content-Length": "0"}))
            await writer.drain()
        else:
            raise Wrong(HTTPStatus.NOT_FOUND if method in ("GET", "HEAD", "PUT", "POST") else HTTPStatus.METHOD_NOT_ALLOWED)

    async def _send(self, writer: asyncio.StreamWriter, name: str, wanted: str, with_body: bool) -> None:
        path = self._offered.get(name)
        if path is None or not path.is_file():
            raise Wrong(HTTPStatus.NOT_FOUND)
        data = path.read_bytes()
        start = 0
        fields = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}
        if wanted.startswith("bytes=") and wanted[6:].endswith("-") and wanted[6:-1].isdigit():
            start = int(wanted[6:-1])
            if start >= len(data):
                raise Wrong(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            fields["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        writer.write(_head(HTTPStatus.PARTIAL_CONTENT if "Content-Range" in fields else HTTPStatus.OK, {**fields, "Content-Length": str(len(data) - start)}))
        for at in range(start, len(data) if with_body else start, _PIECE):
            writer.write(data[at : at + _PIECE])
            await asyncio.wait_for(writer.drain(), _IDLE_S)
        self._on_event(f"{name} was fetched" + (f" from byte {start} on" if start else ""))

    async def _keep(self, reader: asyncio.StreamReader, name: str, fields: dict[str, str]) -> None:
        """Keep a body under its name, once all of it has come."""
        data = bytearray()
        if fields.get("transfer-encoding", "").lower() == "chunked":
            while size := int((await asyncio.wait_for(reader.readuntil(b"\r\n"), _IDLE_S)).split(b";")[0], 16):
                await self._take(reader, data, size)
                await reader.readexactly(2)
        elif fields.get("content-length", "").isdigit():
            await self._take(reader, data, int(fields["content-length"]))
        else:
            raise Wrong(HTTPStatus.LENGTH_REQUIRED)
        file = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name).lstrip(".") or "upload"
        self._uploads.mkdir(parents=True, exist_ok=True)
        (self._uploads / file).write_bytes(data)
        self._on_event(f"{len(data)} bytes came, now in {self._uploads / file}")

    async def _take(self, reader: asyncio.StreamReader, data: bytearray, size: int) -> None:
        if len(data) + size > MOST_BYTES:
            raise Wrong(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        end = len(data) + size
        while len(data) < end:
            piece = await asyncio.wait_for(reader.read(min(_PIECE, end - len(data))), _IDLE_S)
            if not piece:
                raise EOFError("the charger closed in the middle")
            data += piece


def _head(status: HTTPStatus, fields: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", "Connection: close", *(f"{name}: {value}" for name, value in fields.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
