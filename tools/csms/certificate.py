"""A root certificate and a server certificate made on the spot, for wss:// on a laptop. Never for anything else."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def make_certificates(folder: Path, names: tuple[str, ...] = ("localhost", "127.0.0.1"), valid_from: datetime.datetime | None = None, days: int = 365) -> None:
    """Write root.der (give it to the charger with --ca), root.pem, server.pem and server.key into a folder."""
    begin = valid_from or datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
    root_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Pilotline local test root")])
    root = _builder(root_name, root_name, root_key, begin, days)
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    root_certificate = root.sign(root_key, hashes.SHA256())
    server = _builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]), root_name, server_key, begin, days)
    server = server.add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
    server_certificate = server.sign(root_key, hashes.SHA256())
    folder.mkdir(parents=True, exist_ok=True)
    pem = serialization.Encoding.PEM
    (folder / "root.der").write_bytes(root_certificate.public_bytes(serialization.Encoding.DER))
    (folder / "root.pem").write_bytes(root_certificate.public_bytes(pem))
    (folder / "server.pem").write_bytes(server_certificate.public_bytes(pem))
    key_text = server_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.key").write_bytes(key_text)


def server_context(folder: Path) -> ssl.SSLContext:
    """Return the TLS context of a server with the certificate in that folder; made when the folder has none."""
    if not (folder / "server.key").exists():
        make_certificates(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return context


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, begin: datetime.datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=days))
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
