"""What a self-test run found: the data of the report, independent of how it is written down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from host_tests.conformance.cases import CASES, FUNCTIONALITIES, PROFILE_OF, Case
from host_tests.conformance.certificate import BY_KEY, Timing
from host_tests.rig.products import Product

PASS, FAIL, NOT_APPLICABLE, NOT_RUN = "Pass", "Fail", "Not applicable", "Not run"


@dataclass(frozen=True)
class Outcome:
    """One test function's result; `case` is None for checks beside the certification cases."""

    case: str | None
    test: str
    verdict: str
    detail: str = ""


@dataclass(frozen=True)
class CaseResult:
    """One line of the case list."""

    case: Case
    verdict: str
    detail: str


@dataclass(frozen=True)
class Measured:
    """One line of the performance measurement: the worst of several measurements, in real seconds at speed 1."""

    timing: Timing
    worst_s: float
    count: int
    worst_of: str


@dataclass
class Report:
    """Everything the report tells."""

    product: Product
    date: str
    revision: str
    interpreter: str
    outcomes: list[Outcome] = field(default_factory=list)
    boot: dict[str, Any] = field(default_factory=dict)
    configuration: list[dict[str, Any]] = field(default_factory=list)
    measured: list[Measured] = field(default_factory=list)

    def cases(self) -> list[CaseResult]:
        """Return the case list: every case once, whatever the number of its tests."""
        return [self._case(case) for case in CASES]

    def _case(self, case: Case) -> CaseResult:
        why_not = case.why_not(self.product)
        if why_not is not None:
            return CaseResult(case, NOT_APPLICABLE, why_not)
        outcomes = [outcome for outcome in self.outcomes if outcome.case == case.id]
        if not outcomes:
            return CaseResult(case, NOT_RUN, "no test was run")
        failed = [outcome for outcome in outcomes if outcome.verdict == FAIL]
        return CaseResult(case, FAIL, "; ".join(f"{outcome.test}: {outcome.detail}" for outcome in failed)) if failed else CaseResult(case, PASS, "")

    def functionalities(self) -> list[tuple[str, str]]:
        """Return each functionality with its result."""
        rows = []
        cases = self.cases()
        for name in FUNCTIONALITIES:
            declared = name == "Core" or PROFILE_OF.get(name) in self.product.profiles
            verdicts = {result.verdict for result in cases if result.case.feature.split(" / ")[0] == name} - {NOT_APPLICABLE}
            verdict = PASS if verdicts == {PASS} else FAIL
            rows.append((name, verdict if declared else "N/A"))
        return rows

    def further_checks(self) -> list[Outcome]:
        """Return the checks beside the cases that were run."""
        return [outcome for outcome in self.outcomes if outcome.case is None and outcome.verdict != NOT_APPLICABLE]

    def configuration_rows(self) -> list[tuple[str, str, str, str, str]]:
        """Return key, value, access, the certificate's value, and a remark where they differ."""
        returned = {entry["key"]: entry for entry in self.configuration}
        rows = []
        for key in sorted(set(returned) | {key for key, entry in BY_KEY.items() if entry.value is not None}):
            item, entry = returned.get(key), BY_KEY.get(key)
            value = "-" if item is None else str(item.get("value", ""))
            access = "" if item is None else ("R" if item["readonly"] else "RW")
            certified = "-" if entry is None or entry.value is None else entry.value
            same = item is not None and entry is not None and entry.value is not None and entry.value_is(str(item.get("value", "")))
            rows.append((key, value, access, certified, "" if same else "differs"))
        return rows

    def hardware(self) -> list[tuple[str, str]]:
        """Return the hardware feature set as a certificate lists it."""
        product = self.product
        return [
            ("Sockets or connectors", {1: "Single", 2: "Two"}[product.connectors]),
            ("Fixed cable", "Yes" if product.fixed_cable else "No, socket with cable lock"),
            ("Communication technology", "Ethernet"),
            ("RFID readers", "Single"),
            ("Milliseconds in timestamps", "Yes"),
            ("Communication", "OCPP 1.6 JSON"),
            ("Non-OCPP settings", "None"),
        ]

    def passed(self) -> bool:
        """Whether every applicable case and every further check passed."""
        return all(result.verdict in (PASS, NOT_APPLICABLE) for result in self.cases()) and not any(
            outcome.verdict == FAIL for outcome in self.further_checks()
        )
