"""Writes the report, in the shape of a certificate's abstract of test report: Markdown, and HTML for printing."""

from __future__ import annotations

import html
from collections.abc import Sequence

from host_tests.conformance.certificate import REMOTE_START, RESPONSE, TRIGGERED_FUNCTION
from tools.conformance.results import Report

TITLE = "OCPP 1.6 self-test report"
DISCLAIMER = (
    "This is a self-test, made by the manufacturer's own tests against a simulated charger. It is no certificate, was not made by a test "
    "laboratory, and does not use the Open Charge Alliance's test tool."
)
# What we want of ourselves, in seconds.
TARGET_S = {TRIGGERED_FUNCTION.name: 2.0, RESPONSE.name: 1.0, REMOTE_START.name: 1.0}

Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]


def tables(report: Report) -> list[Table]:
    """Return the tables of the report: title, column heads, rows."""
    boot = report.boot
    device = [
        ("Product", report.product.name),
        ("Vendor", str(boot.get("chargePointVendor", "-"))),
        ("Model", str(boot.get("chargePointModel", "-"))),
        ("Software version", str(boot.get("firmwareVersion", "-"))),
        ("Source revision", report.revision),
        ("Interpreter", report.interpreter),
        ("Date", report.date),
    ]
    cases = [(result.case.id, result.case.name, result.case.feature, result.verdict, result.detail) for result in report.cases()]
    checks = [(outcome.test, outcome.verdict, outcome.detail) for outcome in report.further_checks()]
    timings = [
        (
            item.timing.name,
            f"{item.timing.declared_s} s",
            f"{item.timing.measured_s} s",
            f"{item.worst_s:.3f} s",
            f"under {TARGET_S[item.timing.name]:g} s: " + ("yes" if item.worst_s < TARGET_S[item.timing.name] else "no"),
            f"worst of {item.count}: {item.worst_of}",
        )
        for item in report.measured
    ]
    return [
        ("Device under test", ("item", "value"), device),
        ("Functionalities", ("functionality", "result"), report.functionalities()),
        ("Performance measurement", ("item", "declared", "certificate", "measured here", "our target", "remark"), timings),
        ("Hardware feature set", ("feature", "value"), report.hardware()),
        ("Configuration", ("key", "value", "access", "certificate of lecs007", "remark"), report.configuration_rows()),
        ("Test cases", ("id", "name", "feature", "result", "why"), cases),
        ("Further checks", ("check", "result", "why"), checks),
    ]


TIMING_NOTE = (
    "Measured in real time at speed 1, while the meter is polled, a card is read and settings, samples and transaction records are written to "
    "flash. These are measurements of the simulated board on this computer; a microcontroller is slower."
)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ") or " "


def markdown(report: Report) -> str:
    """Return the report as Markdown."""
    lines = [f"# {TITLE}: {report.product.name}", "", f"**{DISCLAIMER}**", ""]
    for title, heads, rows in tables(report):
        if not rows:
            continue
        lines += [f"## {title}", "", "| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
        lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
        lines += ["", TIMING_NOTE, ""] if title == "Performance measurement" else [""]
    return "\n".join(lines)


STYLE = """
body { font: 10pt/1.35 system-ui, sans-serif; max-width: 190mm; margin: 10mm auto; color: #111; }
h1 { font-size: 18pt; } h2 { font-size: 13pt; margin-top: 8mm; break-after: avoid; }
.disclaimer { border: 1.5pt solid #111; padding: 3mm; font-weight: 600; }
table { border-collapse: collapse; width: 100%; } tr { break-inside: avoid; }
th, td { border: 0.5pt solid #888; padding: 1mm 1.5mm; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #eee; } td.Pass { color: #060; font-weight: 600; } td.Fail { color: #a00; font-weight: 600; }
@page { size: A4; margin: 14mm; } @media print { body { margin: 0; max-width: none; } thead { display: table-header-group; } }
"""


def page(report: Report) -> str:
    """Return the report as one printable HTML page."""
    parts = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{TITLE}: {html.escape(report.product.name)}</title><style>{STYLE}</style></head><body>',
        f"<h1>{TITLE}: {html.escape(report.product.name)}</h1>",
        f'<p class="disclaimer">{html.escape(DISCLAIMER)}</p>',
    ]
    for title, heads, rows in tables(report):
        if not rows:
            continue
        parts.append(f"<h2>{html.escape(title)}</h2>")
        parts.append("<table><thead><tr>" + "".join(f"<th>{html.escape(head)}</th>" for head in heads) + "</tr></thead><tbody>")
        parts += ["<tr>" + "".join(_html_cell(cell) for cell in row) + "</tr>" for row in rows]
        parts.append("</tbody></table>")
        if title == "Performance measurement":
            parts.append(f"<p>{html.escape(TIMING_NOTE)}</p>")
    return "\n".join([*parts, "</body></html>", ""])


def _html_cell(text: str) -> str:
    mark = f' class="{text}"' if text in ("Pass", "Fail") else ""
    return f"<td{mark}>{html.escape(text)}</td>"
