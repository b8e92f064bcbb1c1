"""The file server beside the central system, spoken to by the charger's own HTTP and by the standard library."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from chargepoint.wire.address import parse_address
from chargepoint.wire.http1 import Answer, request_head
from tools.csms import files as file_server
from tools.csms.authority import Authority
from tools.csms.commands import Unusable
from tools.csms.files import FileServer
from tools.csms.schema import check_payload
from tools.csms.transfers import Transfers

IMAGE = bytes(range(256)) * 700


async def _exchange(url: str, sent: bytes, tls: ssl.SSLContext | None = None) -> tuple[Answer, bytes]:
    """Send a request and read the answer as the charger does."""
    _, host, port, _, _ = parse_address(url)
    reader, writer = await asyncio.open_connection(host, port, ssl=tls)
    writer.write(sent)
    answer, body, buf = Answer(), bytearray(), bytearray(4096)
    while not answer.over and not answer.broken:
        data = await asyncio.wait_for(reader.read(len(buf)), 5)
        buf[: len(data)] = data
        at = 0
        while at < len(data):
            start, at = answer.next(buf, at, len(data))
            body += buf[start:at]
        if not data:
            answer.at_end()
    writer.close()
    return answer, bytes(body)


def _with_server(test: Callable[[FileServer, Path], Awaitable[None]], folder: Path, tls: ssl.SSLContext | None = None) -> list[str]:
    events: list[str] = []

    async def run() -> None:
        async with FileServer(folder / "uploads", tls=tls, on_event=events.append) as files:
            await test(files, folder)

    asyncio.run(run())
    return events


def test_a_charger_fetches_a_file_whole_and_from_where_it_was(tmp_path: Path) -> None:
    (tmp_path / "fw 1.bin").write_bytes(IMAGE)

    async def test(files: FileServer, folder: Path) -> None:
        url = files.offer(folder / "fw 1.bin")
        for first in (0, 1, 1000, len(IMAGE) - 1):
            answer, body = await _exchange(url, request_head("GET", url, first))
            assert (answer.status, answer.first, body) == (206 if first else 200, first or -1, IMAGE[first:])
        answer, _ = await _exchange(url, request_head("GET", url, len(IMAGE)))
        assert answer.status == 416
        for other in ("fw", "../test", "%2e%2e/secret"):
            answer, _ = await _exchange(url, request_head("GET", url.replace("fw%201.bin", other)))
            assert answer.status == 404

    assert _with_server(test, tmp_path)[0] == "fw 1.bin was fetched"


def test_a_charger_leaves_a_file(tmp_path: Path) -> None:
    async def test(files: FileServer, _: Path) -> None:
        url = files.address_for("CP-1-log.txt")
        answer, _body = await _exchange(url, request_head("PUT", url, 0, len(IMAGE), "text/plain") + IMAGE)
        assert answer.status == 201
        chunked = b"POST /uploads/../../chunked HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
        assert (await _exchange(url, chunked))[0].status == 201

    events = _with_server(test, tmp_path)
    assert (tmp_path / "uploads" / "CP-1-log.txt").read_bytes() == IMAGE
    assert [path.read_bytes() for path in (tmp_path / "uploads").iterdir() if "chunked" in path.name] == [b"abcde"]
    assert not list(tmp_path.parent.glob("*chunked*")) and len(events) == 2


def test_what_is_no_upload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_server, "MOST_BYTES", 1000)

    async def test(files: FileServer, _: Path) -> None:
        url = files.address_for("a")
        for sent, status in (
            (b"PUT /uploads/a HTTP/1.1\r\nHost: a\r\n\r\n", 411),
            (b"PUT /uploads/a HTTP/1.1\r\nContent-Length: 1001\r\n\r\n", 413),
            (b"PUT /updates/a HTTP/1.1\r\nContent-Length: 1\r\n\r\na", 404),
            (b"DELETE /uploads/a HTTP/1.1\r\n\r\n", 405),
        ):
            assert (await _exchange(url, sent))[0].status == status
        _reader, writer = await asyncio.open_connection(*parse_address(url)[1:3])
        writer.write(b"PUT /uploads/half HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc")
        writer.close()
        await writer.wait_closed()
        await _exchange(url, b"DELETE / HTTP/1.1\r\n\r\n")  # and it goes on

    _with_server(test, tmp_path)
    assert not (tmp_path / "uploads").exists()


def test_https_with_the_root_of_the_authority(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    (tmp_path / "fw.bin").write_bytes(IMAGE)
    trusting = ssl.create_default_context(cafile=str(authority.root))

    async def test(files: FileServer, folder: Path) -> None:
        url = files.offer(folder / "fw.bin")
        assert url.startswith("https://")
        assert (await _exchange(url, request_head("GET", url), trusting))[1] == IMAGE

    _with_server(test, tmp_path, authority.server_context(clients=False))


def test_commands_that_move_files_become_valid_requests(tmp_path: Path) -> None:
    (tmp_path / "fw.bin").write_bytes(IMAGE)
    certificate = Authority(tmp_path).root
    (tmp_path / "fw.sig").write_text("MEUCIQ==\n")

    async def test(files: FileServer, folder: Path) -> None:
        transfers = Transfers(files)
        lines = (f"update {folder}/fw.bin", f"update {folder}/fw.bin {certificate} {folder}/fw.sig", "diagnostics", "log", "log diagnostics")
        requests = [transfers.request(line, "CP/1", "192.0.2.1") for line in lines]
        for action, payload in requests:
            check_payload(action, payload)
        assert [action for action, _ in requests] == ["UpdateFirmware", "SignedUpdateFirmware", "GetDiagnostics", "GetLog", "GetLog"]
        assert requests[0][1]["location"].startswith("http://192.0.2.1:") and requests[1][1]["firmware"]["signature"] == "MEUCIQ=="
        assert requests[3][1]["requestId"] != requests[4][1]["requestId"]
        assert requests[2][1]["location"].endswith("/uploads/CP%2F1-diagnostics.txt")
        for line in ("update", "update a b", f"update {folder}/none.bin", f"update {folder}/fw.bin {folder}/none.pem x"):
            with pytest.raises(Unusable):
                transfers.request(line, "CP/1", "")

    _with_server(test, tmp_path)
