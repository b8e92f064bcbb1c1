"""A throw-away certificate authority for the local central system: it lives in a folder, and signs whatever a charger asks for. Never for anything else."""

from __future__ import annotations

import datetime
import json
import os
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tools.csms.certificate import make_certificates, server_context, write_key

ISSUED = "issued.json"
VALID_DAYS = 365
LEAST_RSA_BITS = 2048


class Unsigned(ValueError):
    """A request that is not signed; the text says why."""


class Authority:
    """The root, the server's certificate, and which certificate it has issued to which charger.

    The folder holds root.pem and root.der (for the charger), root.key, server.pem, server.key and issued.json; what is not there is made.
    """

    def __init__(self, folder: Path, names: tuple[str, ...] = ("localhost", "127.0.0.1")) -> None:
        self.folder = folder
        if not (folder / "root.key").exists():
            make_certificates(folder, names)
        self._root = x509.load_pem_x509_certificate((folder / "root.pem").read_bytes())
        key = serialization.load_pem_private_key((folder / "root.key").read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        self._key = key

    @property
    def root(self) -> Path:
        """The root certificate as PEM, for the charger."""
        return self.folder / "root.pem"

    def server_context(self, clients: bool) -> ssl.SSLContext:
        """The TLS context of the server: 1.2 or newer; with ``clients`` nobody comes in without a certificate of this authority."""
        context = server_context(self.folder)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if clients:
            context.load_verify_locations(self.root)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def sign(self, request: str, identity: str) -> str:
        """Issue the certificate that a charger asks for, as PEM, its end one first.

        Args: a PKCS#10 request as PEM. Raises: Unsigned.
        """
        try:
            asked = x509.load_pem_x509_csr(request.encode())
            good = asked.is_signature_valid
        except (ValueError, InvalidSignature) as error:
            raise Unsigned(f"it cannot be read: {error}") from error
        key = asked.public_key()
        if not good:
            raise Unsigned("it is not signed with its own key")
        if isinstance(key, rsa.RSAPublicKey):
            if key.key_size < LEAST_RSA_BITS:
                raise Unsigned(f"an RSA key of {key.key_size} bits is too short")
        elif not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.key_size < 224:
            raise Unsigned("its key is none that OCPP allows: RSA of 2048 bits or elliptic curves of 224")
        if not asked.subject.get_attributes_for_oid(NameOID.COMMON_NAME):
            raise Unsigned("it has no common name, which should be the charge point's serial number")
        return self._issue(asked.subject, key, identity)

    def make_client(self, identity: str) -> tuple[Path, Path]:
        """Make a key and a certificate for a charger's first connection, as production would: PEM files for the certificate and the key."""
        certificate, key_file = self.folder / f"{_file_name(identity)}.pem", self.folder / f"{_file_name(identity)}.key"
        if not certificate.exists() or not key_file.exists():
            key = ec.generate_private_key(ec.SECP256R1())
            subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Pilotline"), x509.NameAttribute(NameOID.COMMON_NAME, identity[:64])])
            certificate.write_text(self._issue(subject, key.public_key(), identity))
            write_key(key_file, key)
        return certificate, key_file

    def issued_to(self, serial: int) -> str:
        """The identity of the charger that got the certificate with this serial number, empty for none."""
        return self._issued().get(f"{serial:x}", "")

    def _issue(self, subject: x509.Name, key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey, identity: str) -> str:
        begin = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
        usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self._root.subject).public_key(key)
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(begin)
        builder = builder.not_valid_after(min(begin + datetime.timedelta(days=VALID_DAYS), self._root.not_valid_after_utc))
        builder = builder.add_extension(x509.BasicConstraints(False, None), True).add_extension(usage, True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False)
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False)
        certificate = builder.sign(self._key, hashes.SHA256())
        issued = {**self._issued(), f"{certificate.serial_number:x}": identity}
        new = self.folder / (ISSUED + ".new")
        new.write_text(json.dumps(issued, indent=1))
        os.replace(new, self.folder / ISSUED)
        return certificate.public_bytes(serialization.Encoding.PEM).decode()

    def _issued(self) -> dict[str, str]:
        path = self.folder / ISSUED
        issued: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        return issued


def _file_name(identity: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in identity)
