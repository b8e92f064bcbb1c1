"""Powers of large integers modulo a number, in slices.

A product of two numbers of n limbs of 16 bits, divided by a modulus of n limbs, takes 2 * n * n products of limbs.
"""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generator

# Products of limbs in a slice of small products, 32 of them with 16 limbs: their garbage is what bounds it. A product of 128 limbs is a slice of its own.
_SLICE = const(16384)
_MOST_LIMBS = const(256)
_WHOLE = const(128)  # limbs up to which a product fits into a slice; longer ones are taken in pieces of
_PIECE = const(128)  # bytes of one factor
_PIECE_BITS = const(1024)


def power(base: int, exponent: bytes, modulus: int, limbs: int) -> "Generator[None, None, int]":
    """Raise ``base`` to ``exponent`` (most significant byte first) modulo ``modulus``.

    Args: ``limbs`` of 16 bits of the modulus, at most 256; ``base`` not negative and below the modulus.
    Allocates: 6 KB at its peak with 256 limbs, 0.5 KB with 16 (32-bit board).
    """
    result = 1
    spent = 0
    cost = 2 * limbs * limbs
    for byte in exponent:
        for bit in range(7, -1, -1):
            # The square, then times the base where the bit is 1.
            for factor in (result, base)[: 1 + (byte >> bit & 1)]:
                if result == 1:
                    result = factor
                elif limbs > _WHOLE:
                    result = yield from _product(result, factor, modulus)
                else:
                    result = result * factor % modulus
                    spent += cost
                    if spent > _SLICE - cost:
                        spent = 0
                        yield
    if spent:
        yield
    return result


def _product(a: int, b: int, modulus: int) -> "Generator[None, None, int]":
    """The product of two long numbers, a piece of the second one a slice: 256 * 64 products of limbs, and as many to divide."""
    digits = b.to_bytes(2 * _MOST_LIMBS, "big")
    result = 0
    for at in range(0, 2 * _MOST_LIMBS, _PIECE):
        piece = int.from_bytes(digits[at : at + _PIECE], "big")
        if result or piece:
            result = ((result << _PIECE_BITS) + a * piece) % modulus
            yield
    return result
