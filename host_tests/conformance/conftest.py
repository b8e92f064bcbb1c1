"""Gives every case its rig, for every product it applies to; skips with the reason where it does not apply."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from host_tests.conformance.cases import BY_ID
from host_tests.rig.idle import Bench
from host_tests.rig.products import PRODUCTS, chosen
from host_tests.rig.rig import Rig

_CASE = re.compile(r"test_(tc_\d{3}(?:_\d)?_cs)(?:_|$)")


def case_id(function_name: str) -> str | None:
    """Return the id of the certification case that a test function is named by."""
    match = _CASE.match(function_name)
    return match.group(1).upper() if match else None


@pytest.fixture(scope="session", params=chosen())
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """One charger for a product's cases."""
    bench = Bench(request.param)
    yield bench
    bench.close()


@pytest.fixture
def rig(request: pytest.FixtureRequest) -> Rig:
    """The bench, idle and with an empty record. Skips when the case does not apply to the product."""
    product = request.node.callspec.params["bench"]
    case = case_id(request.node.originalname)
    if case is not None:
        why_not = BY_ID[case].why_not(PRODUCTS[product])
        if why_not is not None:
            pytest.skip(f"not applicable: {why_not}")
    bench: Bench = request.getfixturevalue("bench")
    return bench.idle_rig()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every case runs for every chosen product, also when its rig fixture asks for the bench only at run time."""
    if "rig" in metafunc.fixturenames and "bench" not in metafunc.fixturenames:
        metafunc.fixturenames.append("bench")


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """A case also fails when it leaves a message that it did not expect, or one that is not valid."""
    result = yield
    rig = pyfuncitem.funcargs.get("rig")
    if isinstance(rig, Rig):
        rig.finish_case()
    return result
