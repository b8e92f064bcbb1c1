"""What a connector may offer: every current by its cause; the least wins and says why.

The causes are util/signals.LIMIT_*: what the product is sold for, what the hardware and its installation stand, what the cable may carry,
what the temperature and a charging profile allow.
"""

from micropython import const

from chargepoint.util.signals import LIMIT_PRODUCT

_CAUSES = const(5)


class Limits:
    """`least_ma` is what may be offered for each phase, `cause` why it is not more."""

    def __init__(self, product_ma: int) -> None:
        """Begin with nothing but the product's own limit."""
        self._each_ma = [product_ma] * _CAUSES
        self.least_ma = product_ma
        self.cause = LIMIT_PRODUCT

    def put(self, cause: int, most_ma: int) -> None:
        """Take what a cause allows now, 0 for nothing. Allocates: none."""
        each_ma = self._each_ma
        each_ma[cause] = most_ma
        self.cause = LIMIT_PRODUCT
        for n in range(_CAUSES):
            if each_ma[n] < each_ma[self.cause]:
                self.cause = n
        self.least_ma = each_ma[self.cause]

    def of(self, cause: int) -> int:
        """What a cause allows, in mA."""
        return self._each_ma[cause]
