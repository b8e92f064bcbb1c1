"""The table of cases and the tests agree: whatever applies to a product has a test of its name."""

from __future__ import annotations

import ast
from pathlib import Path

from host_tests.conformance.cases import CASES, FUNCTIONALITIES, LACKS
from host_tests.conformance.conftest import case_id
from host_tests.rig.products import PRODUCTS


def ids_with_a_test() -> set[str]:
    """Return the case ids that test functions in this folder are named by."""
    found = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        functions = (node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef))
        found |= {case for case in map(case_id, functions) if case}
    return found


def test_every_case_that_applies_has_a_test() -> None:
    """For every product."""
    applicable = {case.id for case in CASES if any(case.why_not(product) is None for product in PRODUCTS.values())}
    assert applicable == ids_with_a_test()


def test_table_is_complete_and_consistent() -> None:
    """102 charge-point cases of the document, five of them split in two (section 2 of the case list), each in a known functionality."""
    assert len(CASES) == len({case.id for case in CASES}) == 107
    assert {case.feature.split(" / ")[0] for case in CASES} == set(FUNCTIONALITIES)
    assert all(need in LACKS for case in CASES for need in case.needs)


def test_reference_product_runs_what_its_certificate_lists() -> None:
    """35 YES, 4 YES-NEG, and one of the COND cases (TC_005_3_CS); TC_023_CS counts twice because current tools split it."""
    applicable = [case.id for case in CASES if case.why_not(PRODUCTS["lecs007"]) is None]
    assert len(applicable) == 35 + 4 + 1 + 1, applicable
