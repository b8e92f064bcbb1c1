"""Whatever is handed in, damaged at random: refused as such, with nothing else raised and no more heap taken than promised, on the charger's interpreter."""

from chargepoint.pki import ecdsa, oids
from chargepoint.pki.certificate import SERVER, read_certificate
from chargepoint.pki.der import Reader
from chargepoint.pki.path import Wanted, judge
from chargepoint.pki.pem import read_pem, write_pem
from chargepoint.pki.private_key import read_key
from chargepoint.pki.public_key import PublicKey, write_point_key
from chargepoint.pki.refusals import NO_OBJECTION, Refused
from host_tests import pki_bench as bench
from host_tests.portable import allocated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

CERTIFICATE_BYTES = 20 * 1024
OTHER_BYTES = 30 * 1024
ODD = (0, 1, 0x7F, 0x80, 0x81, 0x82, 0x83, 0x84, 0x30, 0x31, 0xA0, 0xA3, 0xFF)


class Damage:
    """Damages bytes in ways that follow from a seed."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def below(self, limit: int) -> int:
        """A number."""
        self._state = (self._state * 75 + 74) % 65537
        return self._state % limit

    def of(self, whole: bytes) -> bytes:
        """The bytes with one to four things wrong."""
        data = bytearray(whole)
        for _ in range(1 + self.below(4)):
            at = self.below(len(data))
            how = self.below(6)
            if how == 0:
                data[at] ^= 1 << self.below(8)
            elif how == 1:
                data[at] = ODD[self.below(len(ODD))]
            elif how == 2:
                data = data[:at] + data[at + 1 + self.below(9) :]
            elif how == 3:
                data = data[:at] + bytes((ODD[self.below(len(ODD))],)) * (1 + self.below(9)) + data[at:]
            elif how == 4:
                data = data[: at + 1]
            else:
                piece = self.below(len(data))
                data = data[:at] + data[piece : piece + self.below(64)] + data[at:]
            data = data or bytearray(b"\x30")
        return bytes(data)


def _try(whole: bytes, use: "Callable[[bytes], object]", count: int, bound: int) -> int:
    """Use damaged bytes so many times: how often they were refused."""
    damage = Damage(len(whole))
    refused = [0]
    for _ in range(count):
        data = damage.of(whole)

        def once(data: bytes = data) -> None:
            try:
                use(data)
            except Refused:
                refused[0] += 1

        taken = allocated(once)
        assert taken <= bound, (taken, data)
    return refused[0]


def test_certificates() -> None:
    extensions = (
        bench.basic_constraints(True, 2),
        bench.key_usage(bench.DIGITAL_SIGNATURE),
        bench.purposes(oids.SERVER_AUTH, oids.CLIENT_AUTH),
        bench.alternatives((2, b"cs.example.com"), (7, b"\x7f\x00\x00\x01")),
    )
    refused = _try(bench.certificate("a", "b", 2, 1, extensions), lambda data: bench.finish(read_certificate(data)), 1500, CERTIFICATE_BYTES)
    assert 1000 < refused < 1500  # some damage is only in names and numbers


def test_public_keys() -> None:
    def read(data: bytes) -> None:
        key = PublicKey(Reader(data))
        if key.objection:
            raise Refused(key.objection)

    assert _try(write_point_key(bench.key(1).point), read, 300, OTHER_BYTES) > 250


def test_private_keys() -> None:
    def read(data: bytes) -> None:
        slices = read_key(data, bench.BLINDING)
        next(slices)  # then it has been read, and the multiplication begins

    assert _try(bench.key(1).write(), read, 300, OTHER_BYTES) > 150


def test_pem() -> None:
    text = write_pem(bench.root(), "CERTIFICATE").encode()
    assert _try(text, lambda data: read_pem(data, "CERTIFICATE", 3), 300, OTHER_BYTES) > 100


def test_signatures() -> None:
    key = bench.key(1)
    x, y = int.from_bytes(key.point[1:33], "big"), int.from_bytes(key.point[33:], "big")
    right = bench.finish(ecdsa.sign(key.secret, bytes(32), bench.BLINDING))
    damage = Damage(7)
    for _ in range(60):
        wrong = damage.of(right)
        assert wrong == right or not bench.finish(ecdsa.verify(x, y, bytes(32), wrong))


def test_chains() -> None:
    leaf = bench.certificate("h.example", "Root", 2, 1)
    root = bench.root()
    damage = Damage(9)
    for _ in range(150):
        wrong = damage.of(leaf)
        reason = bench.finish(judge([wrong, damage.of(root)], [damage.of(root), root], bench.NOW_S, Wanted(SERVER, "h.example")))
        assert (reason == NO_OBJECTION) == (wrong == leaf)
