"""The run in a terminal: connectors, link, heap and messages live; keys once the session has been played."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Footer, Header, OptionList, RichLog, Static

from tools.run import panels
from tools.run.charger_process import ChargerFailed
from tools.run.lines import summary
from tools.run.session import CARD, Session
from tools.run.stage import Stage
from tools.run.witness import Frame, WorldEvent
from tools.run.words import event_line, frame_line

FAULTS = (
    "contactor_welded",
    "contactor_stuck_open",
    "rcd_trip",
    "emergency_stop",
    "over_temperature",
    "over_voltage",
    "under_voltage",
    "over_current",
    "meter_silent",
    "meter_garbage",
    "reader_silent",
    "lock_jammed",
    "pilot_short",
    "pilot_no_diode",
    "firmware_hang",
    "flash_full",
)
SPEEDS = (1.0, 2.0, 4.0, 10.0, 30.0)
REFRESH_S = 0.2


class FaultMenu(ModalScreen["str | None"]):
    """A list of the faults that can be put in or taken away."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f,q", "dismiss(None)", "back")]

    def __init__(self, active: set[str]) -> None:
        super().__init__()
        self._active = active

    def compose(self) -> ComposeResult:
        """Show every fault, marked when it is in."""
        yield OptionList(*[f"{'[x]' if name in self._active else '[ ]'} {name}".replace("[", "\\[") for name in FAULTS])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Give the chosen fault back."""
        self.dismiss(FAULTS[event.option_index])


class RunView(App[int]):
    """The whole view. Its return code is that of the session: 0 right, 1 wrong."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #left { width: 46; }
    #left Static { border: round $primary; padding: 0 1; height: auto; }
    #messages { border: round $primary; padding: 0 1; }
    FaultMenu { align: center middle; }
    FaultMenu OptionList { width: 40; height: auto; max-height: 90%; border: round $warning; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "plug", "plug"),
        Binding("u", "unplug", "unplug"),
        Binding("t", "tap", "tap card"),
        Binding("c", "power", "cut power"),
        Binding("l", "link", "cut link"),
        Binding("f", "faults", "faults"),
        Binding("s", "speed", "speed"),
        Binding("1", "connector(1)", "connector", show=False),
        Binding("2", "connector(2)", "connector", show=False),
        Binding("q", "leave", "quit"),
        Binding("ctrl+c,ctrl+q", "leave", "quit", show=False, priority=True),
    ]

    def __init__(self, stage: Stage, picture: Path | None = None) -> None:
        super().__init__()
        self.title = "Pilotline"
        self.parting_words: list[str] = []
        self._stage = stage
        self._picture = picture
        self._connector = 1
        self._handed_over = self._leaving = False
        self._statuses: dict[int, str] = {}
        self._card = ""
        self._step = "starting"
        self._verdict = Text("")

    def compose(self) -> ComposeResult:
        """Lay the panels out."""
        yield Header(icon="")
        with Horizontal():
            with VerticalScroll(id="left"):
                yield Static(id="session")
                yield Static(id="connector-1")
                yield Static(id="connector-2")
                yield Static(id="charger")
            yield RichLog(id="messages", wrap=True, min_width=20)
        yield Footer()

    def on_mount(self) -> None:
        """Name the panels and begin."""
        self.query_one("#messages").border_title = "OCPP messages (-> to the central system, <- from it) and the physical world (**)"
        self.query_one("#session").border_title = "Session"
        self.query_one("#charger").border_title = "Charger"
        self.query_one("#connector-2").display = False
        self.set_interval(REFRESH_S, self._refresh)
        self._run()

    @work
    async def _run(self) -> None:
        stage = self._stage
        try:
            await stage.open()
            self._write(Text(stage.notes[0], style="bold"))
            self.sub_title = f"{stage.settings.product}, {stage.settings.identity}"
            stage.witness.listeners.append(self._saw)
            stage.follow()
            session = Session(stage.control, stage.witness, self._say)
            if self._picture is not None:
                self._take_picture(self._picture)
            verdict = stage.complete(await session.play())
        except (ChargerFailed, EOFError, OSError) as error:
            if self._leaving:
                return
            self._say("failed")
            self._verdict = Text(str(error), style="bold red")
            self.parting_words = [f"WRONG: {error}"]
            self._return_code = 1
            return
        self.parting_words = summary(verdict)
        self._return_code = 1 if verdict.faults else 0
        self._verdict = Text("\n".join(self.parting_words), style="bold red" if verdict.faults else "bold green")
        self._step = "played; the charger is yours: the keys are below"
        self._handed_over = True
        if self._picture is not None:
            await self.action_leave()

    @work
    async def _take_picture(self, file: Path) -> None:
        witness = self._stage.witness
        await witness.until(lambda: sum(frame.action == "MeterValues" and frame.is_call for frame in witness.frames) >= 2, 40, "a picture")
        await asyncio.sleep(2 * REFRESH_S)
        # Without the fonts that it would have the reader fetch from elsewhere; a local monospaced one does.
        file.write_text(re.sub(r"@font-face \{.*?\}\s*", "", self.export_screenshot(title="make run"), flags=re.DOTALL), "utf-8")

    def _say(self, text: str) -> None:
        self._step = text

    def _write(self, text: Text) -> None:
        self.query_one("#messages", RichLog).write(text, expand=True)

    def _saw(self, item: Frame | WorldEvent) -> None:
        if isinstance(item, WorldEvent):
            self._write(Text(f"{item.time_s:8.2f} {event_line(item)}", style="dim"))
            if item.what == "card" and item.after:
                self._card = str(item.after)
            return
        if item.from_charger and item.is_call and item.action == "StatusNotification" and not item.fault:
            self._statuses[item.payload["connectorId"]] = item.payload["status"]
        style = "bold red" if item.fault else "cyan" if item.from_charger else "green"
        self._write(Text(f"{item.time_s:8.2f} {frame_line(item)}", style=style))

    def _refresh(self) -> None:
        for line in self._stage.process.new_log() if self._stage.process is not None else ():
            self._write(Text(line, style="magenta"))
        self.query_one("#session", Static).update(Text.assemble(Text(self._step), Text("\n") if self._verdict else Text(), self._verdict))
        if not hasattr(self._stage, "witness") or not self._stage.witness.world:
            return
        world: dict[str, Any] = self._stage.witness.world
        for connector in world["connectors"]:
            panel = self.query_one(f"#connector-{connector['id']}", Static)
            panel.display = True
            chosen = " (chosen)" if len(world["connectors"]) > 1 and connector["id"] == self._connector else ""
            panel.border_title = f"Connector {connector['id']}{chosen}"
            panel.update(panels.connector(connector, self._statuses.get(connector["id"], "")))
        self.query_one("#charger", Static).update(panels.charger(world, self._card, self._stage.speed, self._stage.connection()))

    async def on_unmount(self) -> None:
        """Whatever ended the view, nothing that it started lives on."""
        await self._stage.close()

    # Keys

    async def _do(self, command: str, **arguments: object) -> None:
        if not self._handed_over:
            self.notify("The keys are yours when the session has been played.", severity="warning")
            return
        try:
            await self._stage.control.ask(command, **arguments)
        except (ChargerFailed, EOFError, OSError) as error:
            self.notify(str(error), severity="error")

    def _world(self, key: str) -> bool:
        return bool(self._stage.witness.world[key]) if self._handed_over else True

    async def action_plug(self) -> None:
        """Plug a car in."""
        await self._do("plug", connector=self._connector)

    async def action_unplug(self) -> None:
        """Pull the plug."""
        await self._do("unplug", connector=self._connector)

    async def action_tap(self) -> None:
        """Hold the card to the reader."""
        await self._do("tap", uid=CARD)

    async def action_power(self) -> None:
        """Cut the power, or give it back."""
        await self._do("power", on=not self._world("power"))

    async def action_link(self) -> None:
        """Pull the Ethernet cable, or put it back."""
        await self._do("link", up=not self._world("link"))

    def action_connector(self, number: int) -> None:
        """Choose the connector that the keys are about."""
        self._connector = number

    @work
    async def action_faults(self) -> None:
        """Put a fault in, or take it away."""
        if not self._handed_over:
            await self._do("fault")
            return
        connectors = self._stage.witness.world["connectors"]
        active = {fault for connector in connectors if connector["id"] == self._connector for fault in connector["faults"]}
        active.update(self._stage.witness.world.get("faults", ()))
        name = await self.push_screen_wait(FaultMenu(active))
        if name is not None:
            await self._do("fault", name=name, on=name not in active, connector=self._connector)

    async def action_speed(self) -> None:
        """Go on at the next speed."""
        faster = [speed for speed in SPEEDS if speed > self._stage.speed]
        try:
            await self._stage.set_speed(faster[0] if faster else SPEEDS[0])
        except (AttributeError, ChargerFailed, EOFError, OSError) as error:
            self.notify(str(error), severity="error")

    async def action_leave(self) -> None:
        """End everything, the charger's processes included."""
        self._step = "ending"
        self._leaving = True
        if not self._handed_over and not self.parting_words:
            self.parting_words = ["The session was not played to its end, so it was not judged."]
        await self._stage.close()
        self.exit(return_code=self._return_code or 0)
