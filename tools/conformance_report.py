"""`make conformance PRODUCT=lecs007`: run the certification cases and write build/conformance/<product>.md and .html.

The exit status is 0 when every applicable case passed, 1 when one failed.
"""

from __future__ import annotations

import argparse
import datetime
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
for _folder in (str(ROOT), str(ROOT / "firmware"), str(ROOT / "tools" / "cpython_compat")):
    if _folder not in sys.path:
        sys.path.insert(0, _folder)

from host_tests.rig.idle import fresh  # noqa: E402
from host_tests.rig.products import PRODUCTS  # noqa: E402
from tools.conformance.measure import measure  # noqa: E402
from tools.conformance.results import FAIL, NOT_APPLICABLE, PASS, Report  # noqa: E402
from tools.conformance.run_cases import run_cases  # noqa: E402
from tools.conformance.write import markdown, page  # noqa: E402

FOLDER = ROOT / "build" / "conformance"


def revision() -> str:
    """Return which sources were tested."""
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def interpreter() -> str:
    """Return what runs the firmware."""
    program = Path(sys.executable).parent / "micropython"
    if not program.exists():
        return "CPython (no MicroPython interpreter for this platform)"
    done = subprocess.run([program, "-c", "import sys; print(sys.version)"], capture_output=True, text=True, check=False)
    return (done.stdout.strip() or "MicroPython") + ", unix port, virtual charger"


def describe(report: Report) -> None:
    """Fill in what the charger says about itself."""
    with fresh(report.product.name) as rig:
        report.boot = next(message.payload for message in rig.central.record if message.action == "BootNotification" and message.sender == "CP")
        report.configuration = list(rig.configuration().values())


def main() -> int:
    """Run, measure, write, and say in a few lines what came out."""
    parser = argparse.ArgumentParser(description="Run the certification cases of a product and write a self-test report.")
    parser.add_argument("--product", default="lecs007", choices=sorted(PRODUCTS), help="product of the virtual charger")
    parser.add_argument("pytest", nargs="*", help="more arguments for pytest, after --")
    arguments = parser.parse_args()
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    report = Report(PRODUCTS[arguments.product], today, revision(), interpreter())
    describe(report)
    report.outcomes = run_cases(arguments.product, arguments.pytest)
    print("Measuring response times at speed 1 (about two minutes)", flush=True)
    report.measured = measure(arguments.product)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for suffix, text in ((".md", markdown(report)), (".html", page(report))):
        (FOLDER / (arguments.product + suffix)).write_text(text, "utf-8")
    verdicts = [result.verdict for result in report.cases()]
    print(f"{arguments.product}: {verdicts.count(PASS)} cases passed, {verdicts.count(FAIL)} failed, {verdicts.count(NOT_APPLICABLE)} not applicable")
    for item in report.measured:
        print(f"  {item.timing.name}: {item.worst_s:.3f} s (declared {item.timing.declared_s} s, certificate {item.timing.measured_s} s)")
    print(f"Written: {FOLDER / arguments.product}.md and .html. This is a self-test, no certificate.")
    return 0 if report.passed() else 1


if __name__ == "__main__":
    raise SystemExit(main())
