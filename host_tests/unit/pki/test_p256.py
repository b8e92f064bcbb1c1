"""The curve: multiples whose coordinates are published, and the sums that usual formulas get wrong."""

from chargepoint.pki.p256 import GENERATOR, INFINITY, N, P, hide, is_on_curve, sum_of_multiples, to_affine
from host_tests.pki_bench import finish

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chargepoint.pki.p256 import Point

X, Y, _ = GENERATOR
# Of the point multiplication vectors that NIST published for the curve: the generator twice, three times, and a large multiple.
TWICE = (
    0x7CF27B188D034F7E8A52380304B51AC3C08969E277F21B35A60B48FC47669978,
    0x07775510DB8ED040293D9AC69F7430DBBA7DADE63CE982299E04B79D227873D1,
)
THRICE = (
    0x5ECBE4D1A6330A44C8F7EF951D4BF165E6C6B721EFADA985FB41661BC6E7FD6C,
    0x8734640C4998FF7E374B06CE1A64A2ECD82AB036384FB83D9A79B127A27D5032,
)
LARGE = 112233445566778899
LARGE_POINT = (
    0x339150844EC15234807FE862A86BE77977DBFB3AE3D96F4C22795513AEAAB82F,
    0xB1C14DDFDC8EC1B2583F51E85A5EB3A155840F2034730E9B5ADA38B674336A21,
)


def _sum(*terms: "tuple[int, Point]") -> "tuple[int, int] | None":
    """The sum of multiples, None at infinity. Any scalar is made odd by the order of the curve."""
    point = finish(sum_of_multiples([(scalar if scalar & 1 else scalar + N, base) for scalar, base in terms], 65))
    return finish(to_affine(point)) if point[2] else None


def test_published_multiples() -> None:
    assert _sum((1, GENERATOR)) == (X, Y)
    assert _sum((2, GENERATOR)) == TWICE
    assert _sum((3, GENERATOR)) == THRICE
    assert _sum((LARGE, GENERATOR)) == LARGE_POINT
    for x, y in ((X, Y), TWICE, THRICE, LARGE_POINT):
        assert is_on_curve(x, y)


def test_around_the_order() -> None:
    assert _sum((N - 1, GENERATOR)) == (X, P - Y)
    assert _sum((N, GENERATOR)) is None
    assert _sum((0, GENERATOR)) is None
    assert _sum((N + 2, GENERATOR)) == TWICE


def test_equal_and_opposite_points_are_added_right() -> None:
    opposite = (X, P - Y, 1)
    assert _sum((1, GENERATOR), (1, GENERATOR)) == TWICE
    assert _sum((2, GENERATOR), (1, GENERATOR)) == THRICE
    assert _sum((1, GENERATOR), (1, (TWICE[0], TWICE[1], 1))) == THRICE
    assert _sum((1, GENERATOR), (1, opposite)) is None
    assert _sum((LARGE, GENERATOR), (LARGE, opposite)) is None
    assert _sum((LARGE, GENERATOR), (N - LARGE + 1, GENERATOR)) == (X, Y)
    assert _sum((0, GENERATOR), (3, GENERATOR)) == THRICE


def test_infinity_is_no_point_of_the_table_but_survives_it() -> None:
    assert _sum((5, INFINITY)) is None


def test_hidden_coordinates_are_the_same_point() -> None:
    for factor in (1, 2, P - 1, LARGE):
        hidden = hide(GENERATOR, factor)
        assert finish(to_affine(hidden)) == (X, Y)
        assert _sum((3, hidden)) == THRICE


def test_what_is_not_on_the_curve() -> None:
    for x, y in ((X, Y + 1), (X + 1, Y), (0, 0), (X + P, Y), (X, Y - P), (X, -Y), (P, Y)):
        assert not is_on_curve(x, y)
