"""Reading an X.509 certificate.

Read is what a path needs; what is not needed must still be whole. What is whole and still of no use to us is read as well, for there are roots that TLS
understands and we do not, and they must have their names: ``objection`` says what is wrong. That is another kind of key, an extension that is critical and
not understood, and name constraints even when they are not critical, as nothing here could keep to them.
Spec: RFC 5280 sections 4.1 and 4.2.
"""

from hashlib import sha256

from micropython import const

from chargepoint.pki import oids
from chargepoint.pki.der import BOOLEAN, CONTEXT, CONTEXT_HOLDER, INTEGER, NOTHING, OCTET_STRING, OID, SEQUENCE, Reader, reader_of
from chargepoint.pki.pem import MAX_DER
from chargepoint.pki.public_key import PublicKey, read_algorithm
from chargepoint.pki.refusals import MALFORMED, TOO_LARGE, UNKNOWN_CRITICAL, Refused
from chargepoint.pki.validity import read_time

# bits of key_usage
DIGITAL_SIGNATURE = const(0x80)
KEY_ENCIPHERMENT = const(0x20)
CERTIFICATE_SIGNING = const(0x04)
# bits of purposes
SERVER = const(1)
CLIENT = const(2)
CODE = const(4)
ANYTHING = const(8)

ABSENT = const(-1)

_MAX_EXTENSIONS = const(32)
_MAX_PURPOSES = const(16)
_MAX_SERIAL = const(20)  # bytes
_VERSION_3 = const(2)
_PURPOSES = {oids.SERVER_AUTH: SERVER, oids.CLIENT_AUTH: CLIENT, oids.CODE_SIGNING: CODE, oids.ANY_PURPOSE: ANYTHING}

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generator


class Certificate:
    """A certificate that has been read, not judged: ``read_certificate`` makes it.

    For reading: ``serial`` without leading zeros; ``issuer`` and ``subject`` as DER; ``not_before_s`` and ``not_after_s`` since 2020-01-01; ``key``;
    ``algorithm`` and ``signature`` over what has the SHA-256 ``digest``; ``is_ca``; ``path_length``, ``key_usage`` and ``purposes`` are ABSENT without
    their extension; ``alternatives``, the contents of the extension with the alternative names; ``objection`` to any use of it, a code of ``refusals``.
    """

    def __init__(self, body: Reader, digest: bytes, algorithm: bytes, signature: bytes) -> None:
        """Take all but the extensions. Args: a reader of what is signed, its SHA-256, algorithm (the contents of its element) and signature."""
        self.is_ca = False
        self.path_length = self.key_usage = self.purposes = ABSENT
        self.alternatives = b""
        self.digest = digest
        self.signature = signature
        self.algorithm = read_algorithm(Reader(algorithm))
        version = 0
        if body.peek() == CONTEXT_HOLDER:
            holder = body.enter(CONTEXT_HOLDER)
            version = holder.small()
            holder.finish()
        if version > _VERSION_3:
            raise Refused(MALFORMED)
        self.serial = body.unsigned()
        if len(self.serial) > _MAX_SERIAL or body.contents(SEQUENCE) != algorithm:
            raise Refused(MALFORMED)
        body.expect(SEQUENCE)
        self.issuer = body.whole()
        if body.start == body.stop:
            raise Refused(MALFORMED)
        dates = body.enter(SEQUENCE)
        self.not_before_s = read_time(dates)
        self.not_after_s = read_time(dates)
        dates.finish()
        body.expect(SEQUENCE)
        self.subject = body.whole()
        self.key = PublicKey(body)
        self.objection = self.key.objection
        for number in (1, 2):  # unique identifiers, which nobody uses
            if version and body.peek() == CONTEXT + number:
                body.next()
        self._has_extensions = version == _VERSION_3 and body.peek() == CONTEXT_HOLDER + 3

    def read_extensions(self, body: Reader) -> "Generator[None, None, None]":
        """Take the extensions, if there are any, and see that nothing is behind them. Raises: Refused."""
        if not self._has_extensions:
            body.finish()
            return
        holder = body.enter(CONTEXT_HOLDER + 3)
        body.finish()
        extensions = holder.enter(SEQUENCE)
        holder.finish()
        seen: "list[bytes]" = []
        while extensions.peek() != NOTHING:
            extension = extensions.enter(SEQUENCE)
            kind = extension.contents(OID)
            critical = extension.peek() == BOOLEAN and extension.boolean()
            value = extension.contents(OCTET_STRING)
            extension.finish()
            if kind in seen:
                raise Refused(MALFORMED)
            if len(seen) == _MAX_EXTENSIONS:
                raise Refused(TOO_LARGE)
            seen.append(kind)
            self._take_extension(kind, critical, value)
            if not len(seen) & 3:
                yield

    def _take_extension(self, kind: bytes, critical: bool, value: bytes) -> None:
        if kind == oids.BASIC_CONSTRAINTS:
            self._take_constraints(reader_of(value, SEQUENCE))
        elif kind == oids.KEY_USAGE:
            usage = Reader(value)
            self.key_usage = usage.bits()
            usage.finish()
        elif kind == oids.EXTENDED_KEY_USAGE:
            self._take_purposes(reader_of(value, SEQUENCE))
        elif kind == oids.ALTERNATIVE_NAME:
            reader_of(value, SEQUENCE)
            self.alternatives = value
        elif kind == oids.NAME_CONSTRAINTS or (critical and kind != oids.CERTIFICATE_POLICIES):
            # Policies bind nobody who asks for none.
            self.objection = UNKNOWN_CRITICAL

    def _take_constraints(self, constraints: Reader) -> None:
        if constraints.peek() == BOOLEAN:
            self.is_ca = constraints.boolean()
        if constraints.peek() == INTEGER:
            self.path_length = constraints.small()
        constraints.finish()

    def _take_purposes(self, purposes: Reader) -> None:
        self.purposes = 0
        count = 0
        while purposes.peek() != NOTHING:
            self.purposes |= _PURPOSES.get(purposes.contents(OID), 0)
            count += 1
            if count > _MAX_PURPOSES:
                raise Refused(TOO_LARGE)


def read_certificate(der: bytes) -> "Generator[None, None, Certificate]":
    """Read a certificate.

    Raises: Refused. Allocates: at most 20 KB altogether, of which at most the certificate's length and 1 KB stay.
    """
    if len(der) > MAX_DER:
        raise Refused(TOO_LARGE)
    outer = reader_of(der, SEQUENCE)
    body = outer.enter(SEQUENCE)
    digest = sha256(memoryview(der)[outer.begin : outer.stop]).digest()
    algorithm = outer.contents(SEQUENCE)
    signature = outer.whole_bytes()
    outer.finish()
    yield
    certificate = Certificate(body, digest, algorithm, signature)
    yield
    yield from certificate.read_extensions(body)
    return certificate
