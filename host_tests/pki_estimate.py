"""Counts what a computation of pki would cost a microcontroller, slice by slice, by the estimate that computation.py states.

The integers of the firmware are replaced by ones that count what is done with them, its SHA-256 by one that counts bytes, and its lines are traced.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from hashlib import sha256 as real_sha256
from types import FrameType
from typing import Any

import pytest

from chargepoint.pki import certificate, ecdsa, hash_data, modular, names, p256, private_key, public_key, rsa, signing_request

MODULES = (certificate, ecdsa, hash_data, modular, names, p256, private_key, public_key, rsa, signing_request)
LIMB_PRODUCT_US = 0.2
LARGE_OPERATION_US = 25
LINE_US = 12
HASHED_BYTE_US = 1
_LARGE = 1 << 30

spent_us = 0.0


def spend(us: float) -> None:
    """Add to the cost of the slice."""
    global spent_us
    spent_us += us


def limbs(number: int) -> int:
    """Limbs of 16 bits."""
    return max(1, (int(abs(number)).bit_length() + 15) // 16)


def _cost(name: str, a: int, b: int, result: int) -> float:
    if max(abs(a), abs(b), abs(result)) < _LARGE:
        return 0
    if name == "mul":
        return LARGE_OPERATION_US + LIMB_PRODUCT_US * limbs(a) * limbs(b)
    if name in ("mod", "floordiv"):
        return LARGE_OPERATION_US + LIMB_PRODUCT_US * max(1, limbs(a) - limbs(b) + 1) * limbs(b)
    return LARGE_OPERATION_US


class Counted(int):
    """An integer whose descendants all count."""

    def __neg__(self) -> Counted:
        spend(LARGE_OPERATION_US)
        return Counted(int.__neg__(self))

    def to_bytes(self, *arguments: Any, **named: Any) -> bytes:
        spend(LARGE_OPERATION_US)
        return int.to_bytes(self, *arguments, **named)


def _counting(name: str, reflected: bool) -> Callable[[Counted, int], Counted]:
    operation = getattr(int, f"__{name}__")

    def operate(self: Counted, other: int) -> Counted:
        a, b = (int(other), int(self)) if reflected else (int(self), int(other))
        result = operation(a, b)
        spend(_cost(name, a, b, result))
        return Counted(result)

    return operate


for _name in ("add", "sub", "mul", "mod", "floordiv", "lshift", "rshift", "and", "or", "xor"):
    setattr(Counted, f"__{_name}__", _counting(_name, False))
    setattr(Counted, f"__r{_name}__", _counting(_name, True))


def _sha256(data: bytes) -> Any:
    spend(HASHED_BYTE_US * (len(data) + 64))
    return real_sha256(data)


def count_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the modules of pki count for the length of a test."""
    for module in MODULES:
        monkeypatch.setattr(module, "int", Counted, raising=False)
        for constant in ("P", "N", "_B"):
            if hasattr(module, constant):
                monkeypatch.setattr(module, constant, Counted(getattr(module, constant)))
        if hasattr(module, "GENERATOR"):
            monkeypatch.setattr(module, "GENERATOR", tuple(Counted(part) for part in p256.GENERATOR))
        if hasattr(module, "sha256"):
            monkeypatch.setattr(module, "sha256", _sha256)


def _trace(frame: FrameType, event: str, _: Any) -> Any:
    if "/chargepoint/pki/" not in frame.f_code.co_filename.replace("\\", "/"):
        return None
    if event in ("line", "call"):
        spend(LINE_US)
    return _trace


def slices_us(slices: Generator[None, None, Any]) -> tuple[list[float], Any]:
    """What each slice of a computation costs, and its result."""
    global spent_us
    found: list[float] = []
    while True:
        spent_us = 0.0
        before = sys.gettrace()
        sys.settrace(_trace)
        try:
            next(slices)
        except StopIteration as end:
            return [*found, spent_us], end.value
        finally:
            sys.settrace(before)
        found.append(spent_us)
