"""By what a central system names an installed certificate.

Spec: security whitepaper of OCPP 1.6, CertificateHashDataType: the hash of the issuer's name as DER, the hash of the issuer's public key (the value of
its BIT STRING, without tag, length and count of unused bits), the serial number in hexadecimal without leading zeros. As in RFC 6960 section 4.1.1.
"""

from binascii import hexlify
from hashlib import sha256

from chargepoint.pki.certificate import Certificate


def hash_data(certificate: Certificate, issuer: "Certificate | None" = None) -> "tuple[str, str, str]":
    """Issuer's name, issuer's key (SHA-256 each, 64 digits) and serial number (at most 40 digits), in lower case.

    Args: ``issuer`` is left out for a certificate that has signed itself. Allocates: 500 bytes.
    """
    key = (issuer or certificate).key
    serial = hexlify(certificate.serial).decode().lstrip("0")
    return hexlify(sha256(certificate.issuer).digest()).decode(), hexlify(sha256(key.raw).digest()).decode(), serial or "0"
