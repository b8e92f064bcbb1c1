"""The curve P-256: points, and sums of multiples of points, in slices.

Points are (x, y, z) in Jacobian coordinates (the curve's x is x / z**2, its y is y / z**3); z is 0 for the point at infinity. A coordinate is below the
prime. A product modulo the prime is 512 products of limbs.
Spec: SEC 1 version 2.0, section 2.2.1; SEC 2 version 2.0, section 2.4.2; formulas dbl-2001-b and add-1998-cmo of the Explicit-Formulas Database.
"""

from micropython import const

from chargepoint.pki.modular import power

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generator, Sequence

    Point = tuple[int, int, int]

LIMBS = const(16)
BYTES = const(32)
_WINDOW = const(4)  # bits
_TABLE = const(8)  # odd multiples: 1, 3, 5 .. 15

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
GENERATOR = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    1,
)
INFINITY = (0, 1, 0)


def is_on_curve(x: int, y: int) -> bool:
    """Whether these are the coordinates of a point. Every point of this curve is a multiple of the generator: it has no smaller group."""
    return 0 <= x < P and 0 <= y < P and (y * y - (x * x - 3) * x - _B) % P == 0


def _double(point: "Point") -> "Point":
    """Eight products. The point at infinity stays where it is."""
    x, y, z = point
    delta = z * z % P
    gamma = y * y % P
    beta = x * gamma % P
    alpha = 3 * (x - delta) * (x + delta) % P
    z = (y + z) * (y + z) - gamma - delta
    x = (alpha * alpha - 8 * beta) % P
    y = (alpha * (4 * beta - x) - 8 * gamma * gamma) % P
    return x, y, z % P


def _add(a: "Point", b: "Point") -> "Point":
    """Sixteen products. Right for every two points: equal ones, opposite ones and infinity as well."""
    x1, y1, z1 = a
    x2, y2, z2 = b
    if not z1:
        return b
    if not z2:
        return a
    square = z2 * z2 % P
    x1 = x1 * square % P
    y1 = y1 * (square * z2 % P) % P
    square = z1 * z1 % P
    x2 = x2 * square % P
    y2 = y2 * (square * z1 % P) % P
    h = x2 - x1
    r = y2 - y1
    if not h:
        return INFINITY if r else _double(a)
    square = h * h % P
    cube = square * h % P
    v = x1 * square % P
    x = (r * r - cube - 2 * v) % P
    y = (r * (v - x) - y1 * cube) % P
    return x, y, z1 * z2 % P * h % P


def hide(point: "Point", factor: int) -> "Point":
    """The same point in other coordinates, so that what the chip does with them tells nobody anything. Args: ``factor`` from 1 to below the prime."""
    x, y, z = point
    square = factor * factor % P
    return x * square % P, y * (square * factor % P) % P, z * factor % P


def _odd_digit(scalar: bytes, i: int, windows: int) -> int:
    """One digit to the base 16 of an odd number (in bytes, the least first): each of them is odd and from -15 to 15. Allocates: none."""
    at = i >> 1
    bits = (scalar[at] | scalar[at + 1] << 8) >> 4 * (i & 1) & 31 | 1
    return bits if i == windows - 1 else bits - 16


def sum_of_multiples(terms: "Sequence[tuple[int, Point]]", windows: int) -> "Generator[None, None, Point]":
    """Add up multiples of points.

    Every digit of every scalar takes the same steps, whatever it is: four doublings and an addition. A scalar must be odd, which adding the odd order
    of the curve achieves, and below 2**(4 * windows - 1).
    Args: (scalar, point) for each term. Allocates: 1.5 KB for each term (32-bit board), and garbage.
    """
    tables: "list[list[Point]]" = []
    for _, point in terms:
        table = [point]
        twice = _double(point)
        while len(table) < _TABLE:
            table.append(_add(table[-1], twice))
            yield
        tables.append(table)
    scalars = [scalar.to_bytes(windows // 2 + 2, "little") for scalar, _ in terms]
    result = INFINITY
    for i in range(windows - 1, -1, -1):
        for _ in range(_WINDOW):
            result = _double(result)
        yield
        for term in range(len(tables)):
            digit = _odd_digit(scalars[term], i, windows)
            x, y, z = tables[term][abs(digit) >> 1]
            opposite = P - y
            result = _add(result, (x, opposite if digit < 0 else y, z))
            yield
    return result


def to_affine(point: "Point") -> "Generator[None, None, tuple[int, int]]":
    """The coordinates of the curve of a point that is not at infinity."""
    x, y, z = point
    inverse = yield from power(z, (P - 2).to_bytes(BYTES, "big"), P, LIMBS)
    square = inverse * inverse % P
    return x * square % P, y * (square * inverse % P) % P
