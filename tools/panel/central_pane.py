"""The central system's side of the page: requests to the charger, a charging profile to draw, configuration keys, and the charger's own pages."""

from __future__ import annotations

from nicegui import events, ui

from tools.panel.choice import Choice, card_of
from tools.panel.curves import MOST_A, PURPOSES, Curve, NotACurve
from tools.panel.requests import REQUESTS, Request

_WIDTH, _HEIGHT = 480, 170
_PAGES = {"status": "Status", "faults": "Faults", "network": "Network", "queue": "Waiting messages", "lines": "Log", "config": "Keys", "versions": "Versions"}
_OWN = "Your own central system is on the other side: send requests from there."


class RequestsPane:
    """Every request of OCPP with its fields, and what the charger answered."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._fields: dict[str, ui.input | ui.select] = {}
        self._request = REQUESTS[0]
        with card_of("Central system", "central"):
            if not choice.link.has_central_system:
                ui.label(_OWN)
                return
            ui.label("Ask the charger").classes("sub")
            with ui.element("div").classes("line-up"):
                for request in REQUESTS[:3]:
                    ui.button(request.label, on_click=lambda _, request=request: self._send(request)).props("outline size=sm")
            self._chosen = ui.select([request.label for request in REQUESTS], value=REQUESTS[0].label, label="request", on_change=self._choose)
            self._chosen.props("dense outlined").classes("w-full")
            self._form = ui.element("div").classes("line-up")
            with ui.element("div").classes("line-up"):
                ui.button("Send", on_click=lambda: self._send(self._request)).props("unelevated size=sm color=teal-9")
                self._answer = ui.label("").classes("answer").props("aria-live=polite")
            self._choose()

    def refresh(self) -> None:
        """Nothing here changes by itself."""

    def _choose(self) -> None:
        self._request = next(request for request in REQUESTS if request.label == self._chosen.value)
        self._form.clear()
        self._fields = {}
        with self._form:
            for field in self._request.fields:
                if field.choices:
                    self._fields[field.name] = ui.select(list(field.choices), value=field.default, label=field.label).props("dense").classes("grow")
                else:
                    self._fields[field.name] = ui.input(field.label, value=field.default).props("dense").classes("grow")
            if self._request.hint:
                ui.label(self._request.hint).classes("sub")

    async def _send(self, request: Request) -> None:
        values = {name: str(field.value or "") for name, field in self._fields.items()} if request is self._request else {}
        self._answer.set_text(f"{request.label} ...")
        self._answer.set_text(await self._choice.link.request(request, values, self._choice.connector))


class CurvePane:
    """A charging profile as a curve: drawn with the pointer, or typed as minutes:amperes."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._curve = Curve()
        self._drawing = False
        with card_of("Charging profile", "curve-pane"):
            ui.label("Draw amperes over the coming minutes, or type them.").classes("sub")
            self._picture = ui.interactive_image(
                size=(_WIDTH, _HEIGHT), events=["mousedown", "mousemove", "mouseup", "mouseleave"], on_mouse=self._mouse, sanitize=False
            ).classes("curve")
            self._text = ui.input("minutes:amperes").props("dense").classes("w-full").on("keydown.enter", self._typed).on("blur", self._typed)
            with ui.element("div").classes("line-up"):
                self._purpose = ui.select(list(PURPOSES), value="TxDefaultProfile", label="purpose").props("dense").classes("grow")
                self._slot = ui.select({30: "12 minutes", 60: "24 minutes", 600: "4 hours", 3600: "24 hours"}, value=60, label="length", on_change=self._length)
                self._slot.props("dense").classes("grow")
            if choice.link.has_central_system:
                with ui.element("div").classes("line-up"):
                    ui.button("Send the profile", on_click=self._send).props("unelevated size=sm color=teal-9")
                    self._answer = ui.label("").classes("answer").props("aria-live=polite")
            else:
                ui.label(_OWN)
        self._draw()

    def refresh(self) -> None:
        """Nothing here changes by itself."""

    def _mouse(self, event: events.MouseEventArguments) -> None:
        if event.type == "mousedown":
            self._drawing = True
        elif event.type in ("mouseup", "mouseleave"):
            self._drawing = False
        if event.type == "mousedown" or event.type == "mousemove" and self._drawing and event.buttons:
            self._curve.draw(event.image_x / _WIDTH, 1 - event.image_y / _HEIGHT)
            self._draw()

    def _typed(self) -> None:
        try:
            self._curve.read(str(self._text.value or ""))
        except NotACurve as error:
            ui.notify(str(error), type="warning", position="top")
        self._draw()

    def _length(self) -> None:
        self._curve.slot_s = int(self._slot.value or 60)
        self._draw()

    def _draw(self) -> None:
        bars, width = [f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#eef3f5"/>'], _WIDTH / len(self._curve.limits_a)
        for slot, limit in enumerate(self._curve.limits_a):
            height = limit / MOST_A * _HEIGHT
            colour = "#00897b" if limit >= 6 else "#c2410c"
            bars.append(f'<rect x="{slot * width + 1:.1f}" y="{_HEIGHT - height:.1f}" width="{width - 2:.1f}" height="{height + 1:.1f}" fill="{colour}"/>')
        for amperes in (6, 16):
            y = _HEIGHT * (1 - amperes / MOST_A)
            bars.append(f'<line x1="0" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#17212b" stroke-dasharray="3 4" stroke-width="1"/>')
            words = f"{amperes} A" + (": less means no energy" if amperes == 6 else "")
            halo = 'stroke="#fff" stroke-width="3" paint-order="stroke"'
            bars.append(f'<text x="4" y="{y - 4:.1f}" font-size="13" fill="#17212b" {halo}>{words}</text>')
        self._picture.set_content("".join(bars))
        self._text.set_value(self._curve.text)

    async def _send(self) -> None:
        self._answer.set_text("...")
        self._answer.set_text(await self._choice.link.send_curve(self._curve, str(self._purpose.value), self._choice.connector))


class KeysPane:
    """Configuration keys: read, searched, changed with Enter."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._shown: tuple[object, ...] = ()
        with card_of("Configuration keys", "keys-pane"):
            if not choice.link.has_central_system:
                ui.label(_OWN)
                return
            with ui.element("div").classes("line-up"):
                ui.button("Read the keys", on_click=self._read).props("outline size=sm")
                self._filter = ui.input(placeholder="search keys").props('dense clearable aria-label="search keys"').classes("grow")
            self._answer = ui.label("").classes("answer").props("aria-live=polite")
            self._list = ui.element("div").classes("keys")

    def refresh(self) -> None:
        """Show keys that were read since."""
        if not self._choice.link.has_central_system:
            return
        keys, wanted = self._choice.model.keys, str(self._filter.value or "").lower()
        state = (self._choice.index, wanted, tuple((name, entry.get("value")) for name, entry in keys.items()))
        if state == self._shown:
            return
        self._shown = state
        self._list.clear()
        with self._list:
            for name, entry in sorted(keys.items()):
                if wanted in name.lower():
                    self._row(name, str(entry.get("value", "")), bool(entry.get("readonly")))

    def _row(self, name: str, value: str, readonly: bool) -> None:
        with ui.element("div").classes("key"):
            ui.label(name)
            if readonly:
                ui.label(value or "-").classes("v").tooltip("read only")
                return
            field = ui.input(value=value).props(f'dense outlined aria-label="{name}"')
            field.on("keydown.enter", lambda: self._change(name, str(field.value or "")))

    async def _read(self) -> None:
        self._answer.set_text(await self._choice.link.send("GetConfiguration", {}))

    async def _change(self, name: str, value: str) -> None:
        self._answer.set_text(await self._choice.link.change_key(name, value))


class ConsolePane:
    """The charger's own words: the pages that a field engineer reads over its console."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        with card_of("Ask the firmware itself", "console"):
            ui.label("The same pages that mpremote shows of a charger on the wall.").classes("sub")
            with ui.element("div").classes("line-up"):
                for page, label in _PAGES.items():
                    ui.button(label, on_click=lambda _, page=page: self._ask(page)).props("outline size=sm")
            self._text = ui.label("").classes("raw")
            self._text.set_visibility(False)

    def refresh(self) -> None:
        """Nothing here changes by itself."""

    async def _ask(self, page: str) -> None:
        self._text.set_visibility(True)
        self._text.set_text("...")
        self._text.set_text(await self._choice.link.console(page))


class EventsPane:
    """What changed in the physical world, the newest on top."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._shown = ""
        with card_of("The physical world", "events"):
            self._text = ui.label("").classes("raw")

    def refresh(self) -> None:
        """Show what happened since."""
        text = "\n".join(list(reversed(self._choice.model.events))[:40])
        if text != self._shown:
            self._shown = text
            self._text.set_text(text)
