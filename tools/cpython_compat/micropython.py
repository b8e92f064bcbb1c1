"""What firmware modules take from MicroPython's `micropython` module, for CPython."""

from __future__ import annotations

from typing import Callable, TypeVar

_T = TypeVar("_T")
_F = TypeVar("_F", bound=Callable[..., object])


def const(value: _T) -> _T:
    """Return the value: constants are folded by mpy-cross only."""
    return value


def native(function: _F) -> _F:
    """Leave the function as it is: no native code on CPython."""
    return function


def viper(function: _F) -> _F:
    """Leave the function as it is: no viper code on CPython."""
    return function
