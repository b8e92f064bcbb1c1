"""Judging certificates: for each way in which one can be wrong, the reason that is told."""

from chargepoint.pki import ecdsa, oids
from chargepoint.pki.certificate import CLIENT, CODE, SERVER, read_certificate
from chargepoint.pki.path import MAX_CHAIN, MAX_ROOTS, Wanted, judge, judge_root
from chargepoint.pki.refusals import (
    BAD_SIGNATURE,
    EXPIRED,
    MALFORMED,
    NO_OBJECTION,
    NOT_A_CA,
    NOT_A_ROOT,
    NOT_YET_VALID,
    PATH_TOO_LONG,
    TOO_LARGE,
    UNKNOWN_CRITICAL,
    UNKNOWN_ISSUER,
    UNSUPPORTED,
    WRONG_KEY,
    WRONG_NAME,
    WRONG_USAGE,
)
from host_tests import pki_bench as bench

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generator, Sequence

HOST = "cs.example.com"
PAST = ("190101000000Z", "250101000000Z")
FUTURE = ("300101000000Z", "350101000000Z")
ROOT = bench.root()


def _server(
    extensions: "Sequence[bytes]" = (),
    issuer: str = "Root",
    signer: int = 1,
    dates: "tuple[str, str]" = ("200101000000Z", "350101000000Z"),
    spoil: bool = False,
) -> bytes:
    return bench.certificate(HOST, issuer, 9, signer, extensions or (bench.alternatives((2, HOST.encode())),), dates=dates, spoil=spoil)


def _judge(chain: "Sequence[bytes]", roots: "Sequence[bytes]" = (ROOT,), now_s: int = bench.NOW_S, wanted: "Wanted | None" = None) -> int:
    return bench.finish(judge(chain, roots, now_s, wanted or Wanted(SERVER, HOST)))


def test_a_server_below_the_root_and_below_an_authority() -> None:
    assert _judge([_server()]) == NO_OBJECTION
    assert _judge([_server(issuer="Sub", signer=2), bench.authority("Sub", "Root", 2, 1)]) == NO_OBJECTION


def test_the_chain_may_be_in_any_order_and_have_more_than_it_needs() -> None:
    chain = [
        _server(issuer="Sub2", signer=3),
        bench.authority("Other", "Nobody", 4, 5),
        b"no certificate",
        bench.authority("Sub1", "Root", 2, 1),
        bench.authority("Sub2", "Sub1", 3, 2),
    ]
    assert _judge(chain) == NO_OBJECTION
    assert _judge([_server(), ROOT]) == NO_OBJECTION  # the root comes along


def test_an_unknown_root() -> None:
    assert _judge([_server()], []) == UNKNOWN_ISSUER
    assert _judge([_server()], [bench.root("Other", 2)]) == UNKNOWN_ISSUER
    assert _judge([_server(), ROOT], [bench.root("Other", 2)]) == UNKNOWN_ISSUER  # what comes along is trusted by nobody
    assert _judge([_server()], [bench.root("Root", 2)]) == BAD_SIGNATURE  # the same name with another key


def test_a_missing_authority() -> None:
    assert _judge([_server(issuer="Sub", signer=2)]) == UNKNOWN_ISSUER


def test_the_right_root_among_several() -> None:
    assert _judge([_server()], [bench.root("Other", 2), b"damaged", bench.root("Root", 3), ROOT]) == NO_OBJECTION


def test_a_spoilt_signature() -> None:
    assert _judge([_server(spoil=True)]) == BAD_SIGNATURE
    sub = bench.certificate("Sub", "Root", 2, 1, (bench.basic_constraints(True),), spoil=True)
    assert _judge([_server(issuer="Sub", signer=2), sub]) == BAD_SIGNATURE


def test_dates() -> None:
    assert _judge([_server(dates=PAST)]) == EXPIRED
    assert _judge([_server(dates=FUTURE)]) == NOT_YET_VALID
    assert _judge([_server()], [bench.root(dates=PAST)]) == EXPIRED
    assert _judge([_server()], [bench.root(dates=FUTURE)]) == NOT_YET_VALID
    sub = bench.certificate("Sub", "Root", 2, 1, (bench.basic_constraints(True),), dates=PAST)
    assert _judge([_server(issuer="Sub", signer=2), sub]) == EXPIRED


def test_the_first_and_the_last_second_count() -> None:
    leaf = _server(dates=("260101000000Z", "260102000000Z"))
    start_s = bench.finish(read_certificate(leaf)).not_before_s
    for now_s, expected in ((start_s - 1, NOT_YET_VALID), (start_s, NO_OBJECTION), (start_s + 86400, NO_OBJECTION), (start_s + 86401, EXPIRED)):
        assert _judge([leaf], now_s=now_s) == expected


def test_an_issuer_that_may_not_issue() -> None:
    server = _server(issuer="Sub", signer=2)
    for extensions in (
        (),
        (bench.basic_constraints(False),),
        (bench.key_usage(bench.CERTIFICATE_SIGNING),),
        (bench.basic_constraints(True), bench.key_usage(bench.DIGITAL_SIGNATURE)),
    ):
        assert _judge([server, bench.certificate("Sub", "Root", 2, 1, extensions)]) == NOT_A_CA
    assert _judge([_server()], [bench.certificate("Root", "Root", 1, 1)]) == NOT_A_CA
    assert _judge([_server()], [bench.certificate("Root", "Root", 1, 1, version=0)]) == NOT_A_CA


def test_path_lengths() -> None:
    below = [_server(issuer="Sub2", signer=3), bench.authority("Sub2", "Sub1", 3, 2)]
    for root_length, sub_length, expected in ((2, 1, NO_OBJECTION), (5, 5, NO_OBJECTION), (-1, 0, PATH_TOO_LONG), (1, -1, PATH_TOO_LONG)):
        chain = below + [bench.authority("Sub1", "Root", 2, 1, sub_length)]
        assert _judge(chain, [bench.root(path_length=root_length)]) == expected, (root_length, sub_length)
    assert _judge([_server()], [bench.root(path_length=0)]) == NO_OBJECTION


def test_who_has_issued_itself_does_not_count() -> None:
    """A new key of the same authority, signed with the old one: RFC 5280 does not count it."""
    renewed = bench.authority("Root", "Root", 2, 1, 0)
    assert _judge([_server(signer=2), renewed], [bench.root(path_length=0)]) == NO_OBJECTION


def test_the_second_of_two_with_the_same_name_is_tried() -> None:
    chain = [
        _server(issuer="Sub", signer=2),
        bench.authority("Sub", "Gone", 2, 5),  # the same key, but signed by somebody unknown
        bench.authority("Sub", "Root", 2, 1),
    ]
    assert _judge(chain) == NO_OBJECTION


def test_a_circle_leads_nowhere() -> None:
    chain = [_server(issuer="A", signer=2), bench.authority("A", "B", 2, 3), bench.authority("B", "A", 3, 2)]
    assert _judge(chain) == UNKNOWN_ISSUER


def test_too_many() -> None:
    assert _judge([_server()] * (MAX_CHAIN + 1)) == TOO_LARGE
    assert _judge([_server()], [ROOT] * (MAX_ROOTS + 1)) == TOO_LARGE
    assert _judge([]) == TOO_LARGE


def test_a_chain_that_is_made_to_take_long_does_not() -> None:
    """Every one of its certificates could have issued every other: 64 ways, and none of them leads to a root."""
    same = [bench.certificate("X", "X", 2, 2, (bench.basic_constraints(True),), serial=serial) for serial in range(1, MAX_CHAIN)]
    count = [0]
    verify = ecdsa.verify

    def counting(x: int, y: int, digest: bytes, signature: bytes) -> "Generator[None, None, bool]":
        count[0] += 1
        return verify(x, y, digest, signature)

    ecdsa.verify = counting
    try:
        assert _judge([_server(issuer="X", signer=2)] + same) == PATH_TOO_LONG
    finally:
        ecdsa.verify = verify
    assert 4 < count[0] <= 8


def test_names() -> None:
    assert _judge([_server()], wanted=Wanted(SERVER, "other.example.com")) == WRONG_NAME
    assert _judge([_server()], wanted=Wanted(SERVER)) == NO_OBJECTION
    wild = _server((bench.alternatives((2, b"*.example.com")),))
    assert _judge([wild]) == NO_OBJECTION
    assert _judge([wild], wanted=Wanted(SERVER, HOST, wildcards=False)) == WRONG_NAME
    assert _judge([_server((bench.key_usage(bench.DIGITAL_SIGNATURE),))]) == NO_OBJECTION  # the common name, without alternatives


def test_usages_of_a_server() -> None:
    name = bench.alternatives((2, HOST.encode()))
    for extensions, expected in (
        ((bench.key_usage(bench.DIGITAL_SIGNATURE),), NO_OBJECTION),
        ((bench.key_usage(bench.KEY_ENCIPHERMENT),), WRONG_USAGE),  # of no use to a key on a curve
        ((bench.key_usage(bench.CERTIFICATE_SIGNING),), WRONG_USAGE),
        ((bench.purposes(oids.SERVER_AUTH),), NO_OBJECTION),
        ((bench.purposes(oids.CLIENT_AUTH, oids.SERVER_AUTH),), NO_OBJECTION),
        ((bench.purposes(oids.ANY_PURPOSE),), NO_OBJECTION),
        ((bench.purposes(oids.CLIENT_AUTH),), WRONG_USAGE),
        ((bench.purposes(),), WRONG_USAGE),
    ):
        assert _judge([_server((name,) + extensions)]) == expected, extensions


def test_an_authority_for_something_else() -> None:
    for kinds, expected in (((oids.SERVER_AUTH,), NO_OBJECTION), ((oids.CLIENT_AUTH, oids.CODE_SIGNING), WRONG_USAGE)):
        sub = bench.certificate("Sub", "Root", 2, 1, (bench.basic_constraints(True), bench.purposes(*kinds)))
        assert _judge([_server(issuer="Sub", signer=2), sub]) == expected


def test_the_charge_points_own_certificate() -> None:
    own = bench.certificate("CP-0001", "Root", 2, 1, (bench.key_usage(bench.DIGITAL_SIGNATURE), bench.purposes(oids.CLIENT_AUTH)))
    point = bench.key(2).point
    assert _judge([own], wanted=Wanted(CLIENT, "CP-0001", point=point)) == NO_OBJECTION
    assert _judge([own], wanted=Wanted(CLIENT, "CP-0001", point=bench.key(3).point)) == WRONG_KEY
    assert _judge([own], wanted=Wanted(CLIENT, "CP-0002", point=point)) == WRONG_NAME
    assert _judge([own], wanted=Wanted(CLIENT, "CP-0001", "Operator", point)) == WRONG_NAME
    assert _judge([own], wanted=Wanted(SERVER, "CP-0001")) == WRONG_USAGE
    assert _judge([_server((bench.purposes(oids.SERVER_AUTH),))], wanted=Wanted(CLIENT)) == WRONG_USAGE


def test_who_signs_firmware() -> None:
    signer = bench.certificate("Maker", "Root", 2, 1, (bench.key_usage(bench.DIGITAL_SIGNATURE), bench.purposes(oids.CODE_SIGNING)))
    assert _judge([signer], wanted=Wanted(CODE)) == NO_OBJECTION
    for extension in (bench.purposes(oids.SERVER_AUTH), bench.key_usage(bench.CERTIFICATE_SIGNING)):
        assert _judge([bench.certificate("Maker", "Root", 2, 1, (extension,))], wanted=Wanted(CODE)) == WRONG_USAGE


def test_what_cannot_be_read() -> None:
    assert _judge([b"no certificate", ROOT]) == MALFORMED
    assert _judge([_server()], [b"damaged"]) == MALFORMED  # nothing else is known about the issuer
    unknown = bench.extension(b"\x2a\x03", b"", True)
    assert _judge([_server((unknown,))]) == UNKNOWN_CRITICAL
    sub = bench.certificate("Sub", "Root", 2, 1, (bench.basic_constraints(True), unknown))
    assert _judge([_server(issuer="Sub", signer=2), sub]) == UNKNOWN_CRITICAL
    root = bench.certificate("Root", "Root", 1, 1, (bench.basic_constraints(True), unknown))
    assert _judge([_server()], [root]) == UNKNOWN_CRITICAL


def test_a_new_root() -> None:
    def code(der: bytes, signer: bytes = b"") -> int:
        return bench.finish(judge_root(der, bench.NOW_S, signer))

    assert code(ROOT) == NO_OBJECTION
    assert code(bench.root(dates=PAST)) == EXPIRED
    assert code(bench.root(dates=FUTURE)) == NOT_YET_VALID
    assert code(bench.certificate("Root", "Root", 1, 1)) == NOT_A_CA
    assert code(bench.authority("Sub", "Root", 2, 1)) == NOT_A_ROOT
    assert code(bench.authority("Root", "Root", 2, 1)) == BAD_SIGNATURE  # its name, but not its key
    assert code(ROOT[:-1]) == MALFORMED
    # What only mbedTLS can verify: told apart from what is wrong.
    sha384 = b"\x2a\x86\x48\xce\x3d\x04\x03\x03"
    other_hash = sha384.join(ROOT.split(oids.ECDSA_WITH_SHA256))
    assert code(other_hash) == UNSUPPORTED
    assert code(sha384.join(bench.authority("Sub", "Root", 2, 1).split(oids.ECDSA_WITH_SHA256))) == NOT_A_ROOT
    assert code(sha384.join(bench.root(dates=PAST).split(oids.ECDSA_WITH_SHA256))) == EXPIRED
    assert _judge([_server()], [other_hash]) == NO_OBJECTION  # the signature of a trusted root needs no verification
    assert _judge([sha384.join(_server().split(oids.ECDSA_WITH_SHA256))]) == UNSUPPORTED
    # Where only a successor is allowed, the root that it replaces has signed it.
    assert code(bench.authority("New", "Root", 2, 1), ROOT) == NO_OBJECTION
    assert code(bench.root("New", 2), ROOT) == NOT_A_ROOT
    assert code(bench.authority("New", "Root", 2, 3), ROOT) == BAD_SIGNATURE
    assert code(bench.authority("New", "Root", 2, 1), b"damaged") == MALFORMED
