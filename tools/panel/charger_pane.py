"""The left side of the page: what to do next, what is physically so, and the car, cards, faults and cables to click."""

from __future__ import annotations

from html import escape
from typing import Any

from nicegui import ui

from tools.panel.choice import Choice, card_of
from tools.panel.link import INVALID_CARD
from tools.panel.words import FAULT_WORDS, next_step, offer_words, why_no_energy
from tools.run.session import CARD
from tools.run.words import PILOT_WORDS

_STEPS = ("plug in", "card", "charge", "unplug")
_CABLES_A = (13, 20, 32, 63)


class GuidePane:
    """What to do next, with one button that does it."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._command = ""
        with card_of("What to do next", "guide"):
            self._dots = ui.label().classes("dots")
            self._title = ui.label().classes("step").props("aria-live=polite")
            self._text = ui.label()
            self._button = ui.button("", on_click=self._press).props("unelevated size=lg color=teal-9").classes("w-full next")
            self._why = ui.label().classes("why")

    def refresh(self) -> None:
        """Show the step that comes now."""
        choice = self._choice
        connection = choice.link.connection()
        if not choice.world:
            self._title.set_text("The charger is starting" if not choice.link.trouble else "The charger did not start")
            self._text.set_text(choice.link.trouble or "The real firmware boots in a MicroPython interpreter.")
            self._button.set_visibility(False)
            return
        truth, status = choice.truth(), choice.model.status(choice.connector)
        step = next_step(choice.world, truth, status, connection)
        self._command = step.command
        self._dots.set_text("  ".join(("● " if number <= step.number else "○ ") + name for number, name in enumerate(_STEPS, 1)))
        self._title.set_text(step.title)
        self._text.set_text(step.text)
        self._button.set_text(step.button)
        self._button.set_visibility(bool(step.command))
        why = why_no_energy(choice.world, truth, status, choice.model.card)
        self._why.set_text("No energy because " + why + "." if why else f"{truth['power_w']:.0f} W flow. The pilot {offer_words(truth)}.")
        self._why.classes(add="bad" if status == "Faulted" else "", remove="" if status == "Faulted" else "bad")

    async def _press(self) -> None:
        choice = self._choice
        arguments: dict[str, dict[str, object]] = {"power": {"on": True}, "tap": {"uid": choice.card or CARD}}
        await choice.do(self._command, **arguments.get(self._command, {"connector": choice.connector}))


class TruthPane:
    """What is physically so at the connector, and what the charger says of itself."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._shown = ""
        with card_of("What is so", "truth"):
            self._html = ui.html("", sanitize=False).classes("w-full")

    def refresh(self) -> None:
        """Show the present."""
        choice = self._choice
        if not choice.world:
            return
        rows = "".join(f'<span class="k">{escape(name)}</span><span class="v {style}">{value}</span>' for name, value, style in self._rows())
        if rows != self._shown:
            self._shown = rows
            self._html.set_content(f'<div class="facts">{rows}</div>')

    def _rows(self) -> list[tuple[str, str, str]]:
        choice, world, truth = self._choice, self._choice.world, self._choice.truth()
        duty, closed, connection = truth["pilot_duty_percent"], truth["contactor"] == "closed", choice.link.connection()
        status = choice.model.status(choice.connector) or "not said yet"
        faults = ", ".join(FAULT_WORDS.get(name, name) for name in (*truth["faults"], *world.get("faults", ())))
        transaction, heap, led = choice.model.transaction(choice.connector), world["heap"], str(truth.get("led", world["led"]))
        both_in = world["power"] and world["link"]
        rows = [
            ("status", escape(status), "bad" if status == "Faulted" else "on" if status == "Charging" else ""),
            ("session", "none" if transaction is None else f"transaction {transaction}", ""),
            ("pilot", f"{truth['pilot_state']}: {PILOT_WORDS.get(truth['pilot_state'], '')}", ""),
            ("duty", "steady -12 V" if duty is None else f"{duty:.1f} %, {offer_words(truth).split(',')[0]}", ""),
            ("contactor", truth["contactor"], "on" if closed else ""),
            ("meter", f"{truth['meter_wh']:.1f} Wh, {truth['power_w']:.0f} W, {truth['current_a']:.1f} A, {truth['voltage_v']:.1f} V", ""),
            ("car", f"plugged in, battery {truth['soc']} %" if truth["plugged"] else "none", ""),
            ("plug lock", "none: fixed cable" if truth["lock"] == "none" else truth["lock"], ""),
            ("light", f'<span class="lamp" style="background:{escape(_colour(led))}"></span>{escape(led)}', ""),
            ("central system", escape(connection), "on" if connection == "connected" else "bad"),
            ("power, cable", f"{'on' if world['power'] else 'cut'}, {'in' if world['link'] else 'pulled out'}", "" if both_in else "bad"),
            ("firmware", f"{world['firmware']}, boot {world['boots']}, {world['time_s']:.0f} s", ""),
        ]
        rows += [("heap", f"{heap['used'] / 1024:.1f} KB used, {heap['free'] / 1024:.1f} KB free", "")] if heap else []
        return rows + ([("faults", escape(faults), "bad")] if faults else [])


def _colour(led: str) -> str:
    return next((word for word in ("red", "green", "blue", "yellow", "orange", "white") if word in led), "#ccc")


class ClickPane:
    """The car, the cards, power, network and speed: everything but the faults that one can lay a hand on."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        with card_of("Car and card", "clicks"):
            with ui.element("div").classes("line-up"):
                ui.button("Plug in", on_click=self.plug).props("outline size=sm").tooltip("key p")
                ui.button("Unplug", on_click=self.unplug).props("outline size=sm").tooltip("key u")
                ui.button("Pull at the car only", on_click=lambda: self.unplug("ev")).props("outline size=sm")
            with ui.element("div").classes("line-up"):
                self._wants = ui.switch("wants energy", value=True, on_change=self._change).props("dense")
                self._phases = ui.toggle({1: "1 phase", 3: "3 phases"}, value=1).props("size=sm no-caps")
            with ui.element("div").classes("line-up"):
                self._current = ui.number("at most, A", value=16, min=0, max=80, on_change=self._change).props("dense debounce=600").classes("grow")
                self._soc = ui.number("battery, %", value=40, min=0, max=100, on_change=self._change).props("dense debounce=600").classes("grow")
                self._cable = ui.select({a: f"{a} A" for a in _CABLES_A}, value=32, label="cable").props("dense").classes("grow")
            ui.label("Card").classes("sub")
            with ui.element("div").classes("line-up"):
                ui.button("Hold card", on_click=self.tap).props("outline size=sm").tooltip("key c")
                ui.button("Hold an invalid card", on_click=self.tap_invalid).props("outline size=sm").tooltip("key i")
                self._uid = ui.input("number of the card", value=CARD).props("dense").classes("grow")
                self._uid.on_value_change(self._card_changed)
            ui.label("Surroundings").classes("sub")
            with ui.element("div").classes("line-up"):
                self._power = ui.button("", on_click=self.power).props("outline size=sm").tooltip("key o")
                self._link = ui.button("", on_click=self.cable).props("outline size=sm").tooltip("key l")
                self._speed = ui.select({s: f"{s} x" for s in (1, 2, 4, 10, 30)}, value=self._start_speed(), label="speed", on_change=self._rate)
                self._speed.props("dense").classes("grow")

    def refresh(self) -> None:
        """The words on the switches follow the world."""
        world = self._choice.world
        if world:
            self._power.set_text("Cut the power" if world["power"] else "Give power")
            self._link.set_text("Pull the network cable" if world["link"] else "Put the network cable in")

    async def plug(self) -> None:
        """Plug the car in, as it is set."""
        truth = self._choice.truth()
        cable = {} if truth["lock"] == "none" else {"cable_a": int(self._cable.value or 32)}
        await self._choice.do("plug", connector=self._choice.connector, phases=int(self._phases.value or 1), **self._car(), **cable)

    async def unplug(self, side: str = "both") -> None:
        """Pull the plug, at both ends or at the car's."""
        await self._choice.do("unplug", connector=self._choice.connector, side=side)

    async def tap(self) -> None:
        """Hold the card to the reader."""
        await self._tap(str(self._uid.value or ""))

    async def tap_invalid(self) -> None:
        """Hold a card to the reader that the central system refuses."""
        await self._tap(INVALID_CARD)

    async def power(self) -> None:
        """Cut the mains, or give them back."""
        await self._choice.do("power", on=not self._choice.world.get("power", True))

    async def cable(self) -> None:
        """Pull the Ethernet cable, or put it back."""
        await self._choice.do("link", up=not self._choice.world.get("link", True))

    async def _tap(self, uid: str) -> None:
        if not self._choice.world.get("power", True):
            ui.notify("The charger has no power: its reader sees no card.", type="warning", position="top")
            return
        await self._choice.do("tap", uid=uid)

    def _card_changed(self) -> None:
        self._choice.card = str(self._uid.value or "")

    def _car(self) -> dict[str, Any]:
        return {"wants_energy": bool(self._wants.value), "max_current_a": self._current.value or 0, "soc": self._soc.value or 0}

    async def _change(self) -> None:
        if self._choice.world and self._choice.truth()["plugged"]:
            await self._choice.do("ev", connector=self._choice.connector, **self._car())

    def _start_speed(self) -> int:
        return next((speed for speed in (1, 2, 4, 10, 30) if speed >= self._choice.link.stage.speed), 30)

    async def _rate(self) -> None:
        await self._choice.do("rate", speed=self._speed.value)


class FaultPane:
    """Every fault of the control socket; a second click takes it away."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._buttons: dict[str, ui.button] = {}
        self._shown: set[str] = set()
        with card_of("Faults", "faults-pane"), ui.element("div").classes("faults"):
            for name, text in FAULT_WORDS.items():
                button = ui.button(text, on_click=lambda _, name=name: self._toggle(name))
                self._buttons[name] = button.props('outline size=sm color=grey-9 aria-pressed="false"').mark(name)

    def refresh(self) -> None:
        """Mark what is in."""
        if not self._choice.world:
            return
        active = self._active()
        for name in active ^ self._shown:
            put_in = name in active
            button = self._buttons.get(name)
            if button is not None:
                button.props(remove="outline" if put_in else "", add="unelevated" if put_in else "outline")
                button.props(f'color={"red-9" if put_in else "grey-9"} aria-pressed="{str(put_in).lower()}"')
        self._shown = active

    def _active(self) -> set[str]:
        return {*self._choice.truth()["faults"], *self._choice.world.get("faults", ())}

    async def _toggle(self, name: str) -> None:
        await self._choice.do("fault", name=name, on=name not in self._active(), connector=self._choice.connector)
