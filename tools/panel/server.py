"""The panel's server: starts the chargers, builds a page for each browser that opens it, ends everything with Ctrl-C."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from nicegui import app, events, ui

from tools.csms.files import FileServer
from tools.panel.central_pane import ConsolePane, CurvePane, EventsPane, KeysPane, RequestsPane
from tools.panel.charger_pane import ClickPane, FaultPane, GuidePane, TruthPane
from tools.panel.choice import Choice, Pane
from tools.panel.link import ChargerLink
from tools.panel.messages_pane import MessagesPane
from tools.panel.plots_pane import PlotsPane
from tools.panel.style import CSS
from tools.run.stage import Settings

REFRESH_S = 0.5
_KEYS = "Keys: p plug in, u unplug, c card, i invalid card, o power, l network cable, 1 and 2 connector, / search messages, ? this help."


class Page:
    """One open page: the panes of the charger that it has chosen."""

    def __init__(self, links: list[ChargerLink]) -> None:
        self._choice = Choice(links)
        ui.add_css(CSS)
        ui.page_title("Pilotline panel")
        self._header()
        self._body = ui.element("div").classes("grid")
        self._build()
        ui.keyboard(on_key=self._key, ignore=["input", "select", "textarea"])
        ui.timer(REFRESH_S, self._refresh)

    def _header(self) -> None:
        choice = self._choice
        with ui.element("header").classes("top"):
            ui.label("Pilotline").classes("name").props("role=heading aria-level=1")
            if len(choice.links) > 1:
                names = {index: link.settings.identity for index, link in enumerate(choice.links)}
                toggle = ui.toggle(names, value=0).props("size=sm no-caps text-color=white").on_value_change(lambda event: self._select(int(event.value)))
                toggle.mark("chargers")
            else:
                ui.label(choice.link.settings.identity)
            ui.label(f"{choice.link.settings.product}, real firmware on simulated parts")
            ui.button("?", on_click=lambda: ui.notify(_KEYS, position="top", timeout=9000)).props('flat dense aria-label="keys"')

    def _build(self) -> None:
        choice = self._choice
        with self._body:
            with ui.element("div").classes("side left"):
                self._guide, self._connectors = GuidePane(choice), ui.element("div").classes("line-up connectors")
                self._truth, self._clicks, self._faults = TruthPane(choice), ClickPane(choice), FaultPane(choice)
            with ui.element("div").classes("side middle"):
                self._plots, self._messages = PlotsPane(choice), MessagesPane(choice)
            with ui.element("div").classes("side right"):
                others: list[Pane] = [RequestsPane(choice), CurvePane(choice), KeysPane(choice), ConsolePane(choice), EventsPane(choice)]
        self._panes: list[Pane] = [self._guide, self._truth, self._clicks, self._faults, self._plots, self._messages, *others]
        self._has_connectors = False

    def _select(self, index: int) -> None:
        self._choice.select(index)
        self._body.clear()
        self._build()

    def _refresh(self) -> None:
        count = len(self._choice.world.get("connectors", ()))
        if count > 1 and not self._has_connectors:
            self._has_connectors = True
            with self._connectors:
                names = {number: f"Connector {number}" for number in range(1, count + 1)}
                ui.toggle(names, value=self._choice.connector, on_change=lambda event: self._choice.look_at(int(event.value))).props("size=sm no-caps")
        for pane in self._panes:
            pane.refresh()

    async def _key(self, event: events.KeyEventArguments) -> None:
        if not event.action.keydown or event.action.repeat or event.modifiers.ctrl or event.modifiers.alt or event.modifiers.meta:
            return
        key, clicks = event.key.name, self._clicks
        actions = {"p": clicks.plug, "u": clicks.unplug, "c": clicks.tap, "i": clicks.tap_invalid, "o": clicks.power, "l": clicks.cable}
        if key in actions and self._choice.world:
            await actions[key]()
        elif key in ("1", "2") and int(key) <= len(self._choice.world.get("connectors", ())):
            self._choice.look_at(int(key))
        elif key == "/":
            self._messages.search.run_method("focus")
        elif key == "?":
            ui.notify(_KEYS, position="top", timeout=9000)


class Chargers:
    """All chargers of the panel and the file server that they share."""

    def __init__(self, settings: list[Settings]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="pilotline-panel-")
        self._files = FileServer(Path(self._folder.name) / "uploads", on_event=lambda text: print(text, flush=True))
        self.links = [ChargerLink(each, self._files) for each in settings]

    async def open(self) -> None:
        """Start them all, one after the other."""
        await self._files.__aenter__()
        for link in self.links:
            await link.open()
            if link.trouble:
                print(f"{link.settings.identity}: {link.trouble}", flush=True)

    async def close(self) -> None:
        """End them all."""
        await asyncio.gather(*(link.close() for link in self.links))
        await self._files.__aexit__()
        self._folder.cleanup()


def serve(settings: list[Settings], port: int, show: bool) -> int:
    """Serve the panel until Ctrl-C; returns the exit status."""
    chargers = Chargers(settings)

    async def begin() -> None:
        print(f"The panel is at http://127.0.0.1:{port} (Ctrl-C ends it)", flush=True)
        await chargers.open()

    app.on_startup(begin)
    app.on_shutdown(chargers.close)
    ui.page("/")(lambda: _page(chargers.links))
    ui.run(
        host="127.0.0.1", port=port, title="Pilotline panel", favicon="⚡", reload=False, show=show, show_welcome_message=False, uvicorn_logging_level="warning"
    )
    return 0


def _page(links: list[ChargerLink]) -> None:
    Page(links)
