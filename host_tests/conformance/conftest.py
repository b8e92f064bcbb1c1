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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every case runs for every chosen product, one product after the other."""
    if "product" in metafunc.fixturenames:
        metafunc.parametrize("product", chosen(), scope="session")


class Benches:
    """One charger at a time: that of the product whose cases run."""

    def __init__(self) -> None:
        self._product = ""
        self._bench: Bench | None = None

    def bench(self, product: str) -> Bench:
        """Return the product's bench; the last product's is given back."""
        if self._bench is None or self._product != product:
            self.close()
            self._product, self._bench = product, Bench(product)
        return self._bench

    def close(self) -> None:
        """End the charger."""
        if self._bench is not None:
            self._bench.close()
            self._bench = None


@pytest.fixture(scope="session")
def benches() -> Iterator[Benches]:
    """The chargers of the whole run."""
    benches = Benches()
    yield benches
    benches.close()


@pytest.fixture
def rig(product: str, request: pytest.FixtureRequest, benches: Benches) -> Rig:
    """The product on the bench, idle and with an empty record. Skips when the case does not apply to the product."""
    case = case_id(request.node.originalname)
    if case is not None:
        why_not = BY_ID[case].why_not(PRODUCTS[product])
        if why_not is not None:
            pytest.skip(f"not applicable: {why_not}")
    return benches.bench(product).idle_rig()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """A case also fails when it leaves a message that it did not expect, or one that is not valid."""
    rig = pyfuncitem.funcargs.get("rig")
    try:
        result = yield
        if isinstance(rig, Rig):
            rig.finish_case()
    except AssertionError:
        if isinstance(rig, Rig) and rig.running:
            pyfuncitem.add_report_section("call", "what was said", rig.record_text())
        raise
    return result
