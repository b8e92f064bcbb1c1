"""The committed budgets, and a table of figures against them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[1] / "budgets.json"


def load() -> dict[str, Any]:
    """Return the budgets of the design. Bytes; the heap figures are for the 64-bit interpreter (halve for a 32-bit board)."""
    budgets: dict[str, Any] = json.loads(FILE.read_text("utf-8"))["design"]
    return budgets


def accepted(product: str) -> dict[str, int]:
    """Return what is accepted over the design for now, by name of the figure: it may shrink, and must not grow."""
    figures: dict[str, int] = json.loads(FILE.read_text("utf-8"))["accepted"].get(product, {})
    return figures


@dataclass(frozen=True)
class Figure:
    """One measured number; a budget of None means that there is none for it alone."""

    name: str
    value: int
    budget: int | None = None
    note: str = ""
    detail: str = ""


def print_table(title: str, figures: list[Figure], concessions: dict[str, int] | None = None) -> list[Figure]:
    """Print figures against their budgets; return those that are over their budget and over what is accepted instead."""
    print(f"\n{title}")
    over = []
    for figure in figures:
        words = "" if figure.budget is None else f"  of {figure.budget:7,d}"
        if figure.budget is not None and figure.value > figure.budget:
            concession = (concessions or {}).get(figure.name, 0)
            if figure.value > concession:
                over.append(figure)
                words += "  OVER BUDGET"
            else:
                words += f"  over the design; {concession:,d} accepted"
        print(f"  {figure.name + figure.note:<48} {figure.value:8,d}{words}{'  ' * bool(figure.detail)}{figure.detail}")
    return over


def verdict(tool: str, over: list[Figure]) -> int:
    """Print how it ended and return the exit status."""
    if not over:
        print(f"\n{tool}: no figure is over its budget, or over what tools/budgets.json accepts instead")
        return 0
    print(f"\n{tool}: OVER BUDGET: {', '.join(figure.name for figure in over)}: make it smaller, or change tools/budgets.json and say why")
    return 1
