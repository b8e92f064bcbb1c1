"""A root certificate and a server certificate made on the spot, for wss:// on a laptop. Never for anything else."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def make_certificates(folder: Path, names: tuple[str, ...] = ("localhost", "127.0.0.1"), valid_from: datetime.datetime | None = None, days: int = 365) -> None:
    """Write root.der (give it to the charger with --ca), root.pem, root.key, server.pem and server.key into a folder."""
    begin = valid_from or datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
    root_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Pilotline local test root")])
    root = _builder(root_name, root_name, root_key, begin, days)
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    root = root.add_extension(_usage(signs_certificates=True), critical=True)
    root = root.add_extension(x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False)
    root_certificate = root.sign(root_key, hashes.SHA256())
    server = _builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]), root_name, server_key, begin, days)
    server = server.add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
    server = server.add_extension(_usage(signs_certificates=False), critical=True)
    server = server.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    server = server.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
    server_certificate = server.sign(root_key, hashes.SHA256())
    folder.mkdir(parents=True, exist_ok=True)
    pem = serialization.Encoding.PEM
    (folder / "root.der").write_bytes(root_certificate.public_bytes(serialization.Encoding.DER))
    (folder / "root.pem").write_bytes(root_certificate.public_bytes(pem))
    (folder / "server.pem").write_bytes(server_certificate.public_bytes(pem))
    write_key(folder / "root.key", root_key)
    write_key(folder / "server.key", server_key)


def write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    """Write a private key as PEM, for its owner's eyes only."""
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


def server_context(folder: Path) -> ssl.SSLContext:
    """Return the TLS context of a server with the certificate in that folder; made when the folder has none."""
    if not (folder / "server.key").exists():
        make_certificates(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return context


def _usage(signs_certificates: bool) -> x509.KeyUsage:
    """What a root's key is for, or what a server's is."""
    return x509.KeyUsage(not signs_certificates, False, False, False, False, signs_certificates, signs_certificates, False, False)


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
