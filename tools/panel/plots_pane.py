"""Live plots of a connector: pilot, current, power and energy, battery, heap."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from tools.panel.choice import Choice, card_of

# title, then (curve of the model, its name, unit, drawn as steps, on the second axis)
_PLOTS: tuple[tuple[str, tuple[tuple[str, str, str, bool, bool], ...]], ...] = (
    ("Current", (("offered_a", "offered", "A", True, False), ("drawn_a", "drawn", "A", False, False))),
    ("Pilot", (("duty", "duty", "%", True, False), ("pilot_v", "state", "V", True, True))),
    ("Power and energy", (("power_w", "power", "W", False, False), ("energy_wh", "energy", "Wh", False, True))),
    ("Battery of the car", (("soc", "charge", "%", False, False),)),
    ("Heap of the firmware", (("heap_kb", "used", "KB", False, False),)),
)
_COLOURS = ("#00897b", "#c2410c")


def _options(title: str, curves: tuple[tuple[str, str, str, bool, bool], ...]) -> dict[str, Any]:
    second = any(curve[4] for curve in curves)
    axis = {"type": "value", "scale": False, "splitLine": {"lineStyle": {"color": "#e5eaee"}}, "axisLabel": {"fontSize": 10}, "splitNumber": 3}
    units = [next(curve[2] for curve in curves if curve[4] == right) for right in ((False, True) if second else (False,))]
    return {
        "animation": False,
        "title": {"text": title, "textStyle": {"fontSize": 12, "fontWeight": "bold"}, "left": 0, "top": 0},
        "legend": {"right": 0, "top": 0, "itemWidth": 14, "itemHeight": 8, "textStyle": {"fontSize": 10}, "selectedMode": False},
        "grid": {"left": 40, "right": 40 if second else 12, "top": 40, "bottom": 20},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {"type": "value", "scale": True, "axisLabel": {"fontSize": 10, "formatter": "{value} s"}, "splitLine": {"show": False}, "splitNumber": 4},
        "yAxis": [{**axis, "name": unit, "nameTextStyle": {"fontSize": 10}, "nameGap": 6} for unit in units],
        "series": [
            {
                "name": f"{name}, {unit}",
                "type": "line",
                "showSymbol": False,
                "step": "end" if steps else False,
                "yAxisIndex": int(right),
                "lineStyle": {"width": 2},
                "color": _COLOURS[number],
                "data": [],
            }
            for number, (_, name, unit, steps, right) in enumerate(curves)
        ],
    }


class PlotsPane:
    """All plots of the chosen connector."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self._last: tuple[int, int, float] = (-1, -1, -1.0)
        with card_of("Live", "plots"), ui.element("div").classes("charts"):
            self._charts = [(ui.echart(_options(title, curves)).classes("chart"), curves) for title, curves in _PLOTS]

    def refresh(self) -> None:
        """Draw what is new."""
        choice = self._choice
        series = choice.model.series.get(choice.connector)
        if series is None or not series["duty"]:
            return
        now = (choice.index, choice.connector, series["duty"][-1][0])
        if now == self._last:
            return
        self._last = now
        for chart, curves in self._charts:
            for number, (key, *_) in enumerate(curves):
                chart.options["series"][number]["data"] = list(series[key])
            chart.update()
