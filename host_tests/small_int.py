"""An integer that complains where a 32-bit MicroPython would allocate: beyond 31 bits with the sign. CPython only.

Give it to what shall stay small, as a counter's value, an ADC's reading, a clock's ticks: what is computed from it is watched too.
"""

from __future__ import annotations

from typing import Any, Callable

LIMIT = 2**30


class NotSmall(AssertionError):
    """A result that takes heap on a 32-bit port."""


class SmallInt(int):
    """A small integer, and so is everything that arithmetic makes of it."""

    def __new__(cls, value: int) -> SmallInt:
        """Complain when it is not one."""
        if not -LIMIT <= value < LIMIT:
            raise NotSmall("%d is no small integer on a 32-bit port" % value)
        return int.__new__(cls, value)


def _watch(name: str) -> Callable[..., Any]:
    plain: Callable[..., Any] = getattr(int, name)

    def operation(self: int, *others: int) -> Any:
        result = plain(self, *others)
        return SmallInt(result) if type(result) in (int, SmallInt) else result

    return operation


_name: str
for _name in ("add", "sub", "mul", "floordiv", "mod", "lshift", "rshift", "and", "or", "xor"):
    setattr(SmallInt, "__%s__" % _name, _watch("__%s__" % _name))
    setattr(SmallInt, "__r%s__" % _name, _watch("__r%s__" % _name))
for _name in ("neg", "abs", "invert", "pos"):
    setattr(SmallInt, "__%s__" % _name, _watch("__%s__" % _name))
