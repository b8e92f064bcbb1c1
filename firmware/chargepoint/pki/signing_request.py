"""The request for a certificate that a charge point sends to its central system.

Spec: RFC 2986 section 4; security whitepaper of OCPP 1.6: the common name is the charge point's serial number, the organization is the value of CpoName.
"""

from hashlib import sha256

from chargepoint.pki import oids
from chargepoint.pki.der import BIT_STRING, CONTEXT_HOLDER, OID, SEQUENCE, element
from chargepoint.pki.ecdsa import sign
from chargepoint.pki.names import write_name
from chargepoint.pki.pem import write_pem
from chargepoint.pki.public_key import write_point_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generator

    from chargepoint.pki.private_key import PrivateKey

_VERSION = b"\x02\x01\x00"


def signing_request(common_name: str, organization: str, key: "PrivateKey", blinding: bytes) -> "Generator[None, None, str]":
    """A PKCS#10 request as PEM, at most 1,100 characters.

    Args: names of at most 64 characters, an empty organization is left out; ``blinding`` of 32 random bytes. Raises: Refused. Allocates: 6 KB, and garbage.
    """
    attributes = element(CONTEXT_HOLDER, ())
    body = element(SEQUENCE, (_VERSION, write_name(organization, common_name), write_point_key(key.point), attributes))
    digest = sha256(body).digest()
    yield
    signature = yield from sign(key.secret, digest, blinding)
    yield
    algorithm = element(SEQUENCE, (element(OID, (oids.ECDSA_WITH_SHA256,)),))
    return write_pem(element(SEQUENCE, (body, algorithm, element(BIT_STRING, (b"\x00", signature)))), "CERTIFICATE REQUEST")
