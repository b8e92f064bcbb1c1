"""The committed budgets, and a table of figures against them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[1] / "budgets.json"


def load() -> dict[str, Any]:
    """Return the budgets. Bytes; the heap figures are for the 64-bit interpreter (halve for a 32-bit board)."""
    budgets: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return budgets


@dataclass(frozen=True)
class Figure:
    """One measured number; a budget of None means that there is none for it alone."""

    name: str
    value: int
    budget: int | None = None

    @property
    def over(self) -> bool:
        """Whether the budget is broken."""
        return self.budget is not None and self.value > self.budget


def print_table(title: str, figures: list[Figure]) -> bool:
    """Print figures against their budgets; return whether all are within."""
    print(f"\n{title}")
    for figure in figures:
        budget = "" if figure.budget is None else f"  of {figure.budget:7,d}"
        print(f"  {figure.name:<48} {figure.value:8,d}{budget}{'  OVER BUDGET' if figure.over else ''}")
    return not any(figure.over for figure in figures)
