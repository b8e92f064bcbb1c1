"""The central system's security profiles against a plain WebSocket client, and its authority against the charger's own pki."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus
from websockets.typing import Subprotocol

from chargepoint.pki.certificate import CLIENT, SERVER
from chargepoint.pki.path import Wanted, judge, judge_root
from chargepoint.pki.pem import read_pem
from chargepoint.pki.private_key import PrivateKey
from chargepoint.pki.refusals import NO_OBJECTION, WRONG_KEY
from chargepoint.pki.signing_request import signing_request
from host_tests.pki_bench import BLINDING, finish
from tools.csms.authority import Authority, Unsigned
from tools.csms.commands import Unusable, request
from tools.csms.profiles import Security, prepare
from tools.csms.schema import check_payload
from tools.csms.server import CentralSystem

ROOT = Path(__file__).resolve().parents[2]
OCPP = [Subprotocol("ocpp1.6")]
NOW_S = int((datetime.now(timezone.utc) - datetime(2020, 1, 1, tzinfo=timezone.utc)).total_seconds())
SECRET = 0xC0FFEE
KEY = PrivateKey(SECRET, ec.derive_private_key(SECRET, ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _central_system(security: Security) -> CentralSystem:
    return CentralSystem(tls=security.tls, authority=security.authority, any_key=security.any_key)


def _client_context(security: Security, certificate: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(security.files["CA"]))
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context


def _basic(identity: str, key: bytes) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(identity.encode() + b":" + key).decode()}


async def _heartbeat(socket: ClientConnection) -> None:
    await socket.send(json.dumps([2, "1", "Heartbeat", {}]))
    assert json.loads(await asyncio.wait_for(socket.recv(), 5))[0] == 3


@pytest.mark.parametrize("profile", (1, 2))
def test_profiles_with_a_password(profile: int, tmp_path: Path) -> None:
    security = prepare(profile, tmp_path, "A")
    key = security.files["KEY_FILE"].read_text().strip().encode()
    assert 16 <= len(key) <= 20
    context = _client_context(security) if profile == 2 else None

    async def run() -> None:
        async with _central_system(security) as central_system:
            assert central_system.url.startswith("wss://" if profile == 2 else "ws://")
            for headers in ({}, _basic("A", b"wrong"), _basic("B", key)):
                with pytest.raises(InvalidStatus) as refusal:
                    await connect(central_system.url + "/A", subprotocols=OCPP, ssl=context, additional_headers=headers)
                assert refusal.value.response.status_code == 401
            async with connect(central_system.url + "/A", subprotocols=OCPP, ssl=context, additional_headers=_basic("A", key)) as socket:
                await _heartbeat(socket)

    asyncio.run(run())
    assert prepare(profile, tmp_path, "A").any_key == key  # the same the next time


def test_profile_3_lets_in_whom_its_authority_knows(tmp_path: Path) -> None:
    security = prepare(3, tmp_path / "ours", "A")
    assert security.authority is not None and security.any_key is None
    foreign_certificate, foreign_key = Authority(tmp_path / "foreign").make_client("A")

    async def run() -> None:
        async with _central_system(security) as central_system:
            url = central_system.url
            for context in (_client_context(security), _client_context(security, foreign_certificate, foreign_key)):
                with pytest.raises((ssl.SSLError, ConnectionError, ConnectionClosed, InvalidMessage, EOFError)):
                    async with connect(url + "/A", subprotocols=OCPP, ssl=context) as socket:
                        await _heartbeat(socket)
            own = _client_context(security, security.files["CERT"], security.files["KEY"])
            with pytest.raises(InvalidStatus) as refusal:
                await connect(url + "/B", subprotocols=OCPP, ssl=own)
            assert refusal.value.response.status_code == 403
            async with connect(url + "/A", subprotocols=OCPP, ssl=own) as socket:
                await _heartbeat(socket)

    asyncio.run(run())


def test_a_charger_gets_the_certificate_that_it_asks_for(tmp_path: Path) -> None:
    """With the charger's own request, and judged as the charger judges what it gets."""
    security = prepare(2, tmp_path, "A")
    assert security.any_key is not None
    csr = finish(signing_request("SN-0001", "Operator", KEY, BLINDING))
    answers: list[Any] = []

    async def run() -> None:
        async with _central_system(security) as central_system:
            headers = _basic("A", security.any_key or b"")
            async with connect(central_system.url + "/A", subprotocols=OCPP, ssl=_client_context(security), additional_headers=headers) as socket:
                await socket.send(json.dumps([2, "1", "SignCertificate", {"csr": csr}]))
                answers.extend([json.loads(await asyncio.wait_for(socket.recv(), 5)) for _ in range(2)])
                await socket.send(json.dumps([3, answers[1][1], {"status": "Accepted"}]))
                await socket.send(json.dumps([2, "2", "SignCertificate", {"csr": "no request"}]))
                assert json.loads(await asyncio.wait_for(socket.recv(), 5)) == [3, "2", {"status": "Rejected"}]
            assert central_system.known("A").all_problems == []

    asyncio.run(run())
    assert answers[0] == [3, "1", {"status": "Accepted"}] and answers[1][2] == "CertificateSigned"
    chain = read_pem(answers[1][3]["certificateChain"].encode(), "CERTIFICATE", 5)
    roots = read_pem(security.files["CA"].read_bytes(), "CERTIFICATE", 1)
    assert finish(judge(chain, roots, NOW_S, Wanted(CLIENT, "SN-0001", "Operator", KEY.point))) == NO_OBJECTION
    assert finish(judge(chain, roots, NOW_S, Wanted(CLIENT, point=b"\x04" + bytes(64)))) == WRONG_KEY
    assert security.authority is not None
    assert security.authority.issued_to(x509.load_der_x509_certificate(chain[0]).serial_number) == "A"


def test_root_and_server_are_what_a_charger_accepts(tmp_path: Path) -> None:
    authority = Authority(tmp_path, ("localhost", "192.0.2.7"))
    root = read_pem(authority.root.read_bytes(), "CERTIFICATE", 1)
    assert finish(judge_root(root[0], NOW_S)) == NO_OBJECTION
    server = read_pem((tmp_path / "server.pem").read_bytes(), "CERTIFICATE", 1)
    for host in ("localhost", "192.0.2.7"):
        assert finish(judge(server, root, NOW_S, Wanted(SERVER, host))) == NO_OBJECTION
    again = Authority(tmp_path)
    assert again.root.read_bytes() == authority.root.read_bytes()
    for name in ("root.key", "server.key"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


def test_requests_that_an_authority_does_not_sign(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "SN")])

    def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, subject: x509.Name) -> str:
        return x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()

    good = pem(ec.generate_private_key(ec.SECP256R1()), name)
    spoilt = good[:-60] + ("A" if good[-60] != "A" else "B") + good[-59:]
    weak = pem(rsa.generate_private_key(65537, 1024), name)
    nameless = pem(ec.generate_private_key(ec.SECP256R1()), x509.Name([]))
    small = pem(ec.generate_private_key(ec.SECP192R1()), name)
    assert authority.sign(good, "A").startswith("-----BEGIN CERTIFICATE")
    for wrong in ("", "text", spoilt, weak, nameless, small):
        with pytest.raises(Unsigned):
            authority.sign(wrong, "A")


def test_the_command_says_how_to_connect(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "tools/central_system.py"), "--port", "0", "--folder", str(tmp_path), "--id", "CP/1"]
    for profile, expected in ((1, "KEY_FILE="), (2, "CA="), (3, "CP_1.pem")):
        ended = subprocess.run([*command, "--profile", str(profile)], input="quit\n", capture_output=True, text=True, timeout=60, check=True)
        assert expected in ended.stdout and "CP/1" in ended.stdout, ended.stderr
        assert ("wss://" in ended.stdout) == (profile > 1)


def test_commands_about_certificates_become_valid_requests(tmp_path: Path) -> None:
    root = Authority(tmp_path).root
    for line in ("renew", "roots", "roots manufacturer", f"install {root}", f"install {root} manufacturer"):
        check_payload(*request(line))
    assert request("roots manufacturer")[1] == {"certificateType": "ManufacturerRootCertificate"}
    assert request(f"install {root}")[1]["certificate"] == root.read_text()
    for line in ("install", "install /nowhere"):
        with pytest.raises(Unusable):
            request(line)
