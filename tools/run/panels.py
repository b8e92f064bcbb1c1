"""The contents of the view's panels, from an answer to `get`."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from tools.run.words import PILOT_WORDS, offered_a

_STATUS_STYLES = {"Available": "green", "Preparing": "yellow", "Charging": "bold cyan", "Finishing": "yellow", "Faulted": "bold red", "Unavailable": "red"}


def _table(rows: list[tuple[str, Text | str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, value in rows:
        table.add_row(Text(name, style="dim"), value)
    return table


def connector(world: dict[str, Any], status: str) -> Table:
    """Return the panel of one connector; `status` is what it told the central system last."""
    duty = world["pilot_duty_percent"]
    state = str(world["pilot_state"])
    closed = world["contactor"] == "closed"
    rows: list[tuple[str, Text | str]] = [
        ("status", Text(status or "not said yet", style=_STATUS_STYLES.get(status, "dim"))),
        ("pilot", f"{state}  {PILOT_WORDS.get(state, '')}"),
        ("duty", "-12 V" if duty is None else f"{duty:.1f} %{_offer(duty)}"),
        ("contactor", Text("closed" if closed else "open", style="bold cyan" if closed else "")),
        ("power", f"{world['power_w']:.0f} W   {world['current_a']:.1f} A   {world['voltage_v']:.1f} V"),
        ("energy", Text(f"{world['meter_wh']:.1f} Wh", style="bold")),
        ("car", f"plugged in, {world['soc']} %" if world["plugged"] else "none"),
    ]
    if world["lock"] != "none":
        rows.append(("lock", str(world["lock"])))
    if world["faults"]:
        rows.append(("faults", Text(", ".join(world["faults"]), style="bold red")))
    return _table(rows)


def charger(world: dict[str, Any], card: str, speed: float, connection: str) -> Table:
    """Return the panel of what the charger has once; `connection` says whether it reaches its central system."""
    heap = world["heap"]
    rows: list[tuple[str, Text | str]] = [
        ("time", f"{world['time_s']:.1f} s, {speed:g} times real time"),
        ("power", _on_off(world["power"], "on", "cut")),
        ("link", _on_off(world["link"], "cable in", "cable out")),
        ("central system", Text(connection, style="green" if connection == "connected" else "bold red")),
        ("firmware", f"{world['firmware']}, boot {world['boots']}"),
        ("card", card or "none yet"),
        ("led", str(world["led"])),
        ("flash", f"{world['flash']['writes']} writes, {world['flash']['erases']} erases"),
    ]
    if world.get("faults"):
        rows.append(("faults", Text(", ".join(world["faults"]), style="bold red")))
    if heap:
        rows.append(("heap", f"{heap['used'] / 1024:.1f} KB used, {heap['free'] / 1024:.1f} KB free"))
    return _table(rows)


def _offer(duty_percent: float) -> str:
    if duty_percent < 100:
        return f"  offers {offered_a(duty_percent):.0f} A" if offered_a(duty_percent) else ""
    return "  offers nothing"


def _on_off(flag: bool, yes: str, no: str) -> Text:
    return Text(yes if flag else no, style="green" if flag else "bold red")
