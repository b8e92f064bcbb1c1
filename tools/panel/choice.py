"""Which charger and which connector a page looks at, and how a click tells what came of it."""

from __future__ import annotations

from typing import Any, Protocol

from nicegui import ui

from tools.panel.link import ChargerLink
from tools.panel.model import ChargerModel


class Pane(Protocol):
    """A part of the page."""

    def refresh(self) -> None:
        """Show what has changed since the last time."""


class Choice:
    """What one open page has chosen; its panes share it."""

    def __init__(self, links: list[ChargerLink]) -> None:
        self.links = links
        self.index = 0
        self.connector = 1
        self.card = ""

    @property
    def link(self) -> ChargerLink:
        """The chosen charger."""
        return self.links[self.index]

    @property
    def model(self) -> ChargerModel:
        """What is shown of it."""
        return self.link.model

    @property
    def world(self) -> dict[str, Any]:
        """The last physical truth, empty before the first."""
        return self.model.world

    def truth(self) -> dict[str, Any]:
        """The physical truth of the chosen connector; there is one."""
        connectors = self.world["connectors"]
        truth: dict[str, Any] = connectors[min(self.connector, len(connectors)) - 1]
        return truth

    def select(self, index: int) -> None:
        """Look at another charger, at its first connector."""
        self.index, self.connector = index, 1

    def look_at(self, connector: int) -> None:
        """Look at another connector."""
        self.connector = connector

    async def do(self, command: str, **arguments: object) -> None:
        """Carry out a command; say what went wrong, if anything did."""
        if trouble := await self.link.do(command, **arguments):
            ui.notify(trouble, type="negative", position="top")


def card_of(title: str, mark: str) -> ui.card:
    """A titled box of the page; `mark` is its name in the style sheet and for tests."""
    box = ui.card().classes("pane " + mark)
    with box:
        ui.label(title).classes("pane-title").props("role=heading aria-level=2")
    return box
