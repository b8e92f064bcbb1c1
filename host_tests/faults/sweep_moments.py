"""The certification cases with network or power in them, each at many random moments of the cut."""

from __future__ import annotations

import random
from collections.abc import Callable

from host_tests.conformance import test_offline, test_power, test_reset
from host_tests.conformance.cases import BY_ID
from host_tests.conformance.conftest import case_id
from host_tests.rig.idle import Bench
from host_tests.rig.products import PRODUCTS
from host_tests.rig.rig import Rig

CASES: tuple[Callable[[Rig], None], ...] = (
    test_reset.test_tc_013_cs_hard_reset_without_transaction,
    test_reset.test_tc_014_cs_soft_reset_without_transaction,
    test_reset.test_tc_015_cs_hard_reset_with_transaction,
    test_reset.test_tc_016_cs_soft_reset_with_transaction,
    test_power.test_tc_032_2_cs_power_failure_without_backup,
    test_power.test_tc_034_cs_power_failure_while_unavailable,
    test_offline.test_tc_036_cs_connection_loss_during_transaction,
    test_offline.test_tc_037_1_cs_offline_start_valid_id,
    test_offline.test_tc_037_2_cs_offline_start_invalid_id_goes_on,
    test_offline.test_tc_037_3_cs_offline_start_invalid_id_stops,
    test_offline.test_tc_038_cs_offline_stop,
    test_offline.test_tc_039_cs_offline_transaction,
)


def cases_of(product: str) -> list[Callable[[Rig], None]]:
    """Return the cases that apply to the product."""
    return [case for case in CASES if BY_ID[case_id(case.__name__) or ""].why_not(PRODUCTS[product]) is None]


def run_moments(product: str, moments: int, seed: int, say: Callable[[str], None] = print, parts: str = "nominal") -> list[str]:
    """Run every case at this many random moments; returns the failures in words, with the seed that repeats each."""
    failures = []
    bench = Bench(product, options=("--parts", parts))
    try:
        for case in cases_of(product):
            failed = 0
            for number in range(moments):
                moment = f"{seed}/{case.__name__}/{number}"
                try:
                    rig = bench.idle_rig()
                    rig.moments = random.Random(moment)
                    case(rig)
                    rig.finish_case()
                except AssertionError as error:
                    failed += 1
                    failures.append(f"{product}: {case.__name__} at moment {moment}: {error}")
                    say(failures[-1])
            say(f"{product}: {case_id(case.__name__)}: {moments} moments, {failed} failed")
    finally:
        bench.close()
    return failures
