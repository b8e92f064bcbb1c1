"""The OCPP messages as they pass: search, one line each, unfolded to the whole text; the newest on top."""

from __future__ import annotations

from html import escape

from nicegui import ui

from tools.panel.choice import Choice, card_of
from tools.panel.exchanges import Exchange

_MOST_SHOWN = 60


def _line(exchange: Exchange) -> str:
    """One exchange as a line of HTML."""
    arrow, name, *rest = [*exchange.line.split(None, 2), "", ""][:3]
    direction = "out" if arrow == "->" else "in"
    took = "" if exchange.answered_ms is None else f", {exchange.answered_ms} ms"
    verdict = f'<span class="wrong">{escape(exchange.verdict)}</span>' if exchange.verdict else ""
    answer = f'<span class="a">{escape(exchange.answered)}{took}</span>'
    about = escape(" ".join(rest).split("   WRONG:")[0].strip())
    sign = "→" if arrow == "->" else "←"
    good = '<span class="a">✓ schema</span>' if not exchange.verdict else ""
    return f'<span class="t">{exchange.call.time_s:.1f} s</span><span class="{direction}">{sign} {escape(name)}</span> {about} {answer} {good} {verdict}'


class MessagesPane:
    """The list; rows are made once and change when their answer comes, so what is unfolded stays so."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._rows: dict[int, tuple[ui.expansion, ui.html, ui.label, bool]] = {}
        self._shown: tuple[int, str, int] = (-1, "", -1)
        with card_of("OCPP messages", "messages-pane"):
            with ui.element("div").classes("line-up"):
                self.search = ui.input(placeholder="search, such as StatusNotification Charging").props('dense outlined clearable aria-label="search messages"')
                self.search.classes("grow")
                self._count = ui.label().classes("sub")
            ui.label("→ to the central system, ← from it. Open a line to see the whole message and its answer.").classes("sub")
            self._list = ui.element("div").classes("messages")

    def refresh(self) -> None:
        """Show what is new."""
        exchanges, search = self._choice.model.exchanges, str(self.search.value or "")
        state = (self._choice.index, search, exchanges.changes)
        if state == self._shown:
            return
        if state[:2] != self._shown[:2]:
            self._list.clear()
            self._rows.clear()
        self._shown = state
        found = exchanges.found(search, _MOST_SHOWN)
        wrong = sum(bool(exchange.verdict) for exchange in exchanges.kept)
        self._count.set_text(f"{len(exchanges.kept)} exchanges, {wrong or 'none'} wrong")
        for exchange in reversed(found):
            self._show(exchange)
        kept = {exchange.number for exchange in found}
        for number in [number for number in self._rows if number not in kept]:
            self._rows.pop(number)[0].delete()

    def _show(self, exchange: Exchange) -> None:
        row = self._rows.get(exchange.number)
        if row is None:
            with self._list:
                fold = ui.expansion().props("dense dense-toggle expand-icon-class=text-grey").classes("w-full")
                with fold.add_slot("header"):
                    line = ui.html(_line(exchange), sanitize=False).classes("msg")
                with fold:
                    text = ui.label(exchange.whole()).classes("raw")
            fold.move(target_index=0)
            self._rows[exchange.number] = (fold, line, text, exchange.answer is not None)
        elif exchange.answer is not None and not row[3]:
            row[1].set_content(_line(exchange))
            row[2].set_text(exchange.whole())
            self._rows[exchange.number] = (*row[:3], True)
