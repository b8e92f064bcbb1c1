"""What to do next, why no energy flows and what limits the current: in words for somebody who has never seen a charging station."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tools.run.words import offered_a

FAULT_WORDS = {
    "contactor_welded": "Contactor welded shut",
    "contactor_stuck_open": "Contactor does not close",
    "rcd_trip": "Residual current (RCD)",
    "emergency_stop": "Emergency stop pressed",
    "over_temperature": "Too hot",
    "over_voltage": "Mains voltage too high",
    "under_voltage": "Mains voltage too low",
    "over_current": "Car draws too much",
    "meter_silent": "Meter silent",
    "meter_garbage": "Meter sends garbage",
    "reader_silent": "Card reader silent",
    "lock_jammed": "Plug lock jammed",
    "pilot_short": "Pilot wire shorted",
    "pilot_no_diode": "Car without diode",
    "firmware_hang": "Firmware hangs",
    "flash_full": "Flash full",
    "meter_reversed": "Meter wired backwards",
    "fram_dead": "FRAM dead",
}
_VEHICLE_WAITS = "the car does not ask for energy (it is full, asleep, or was told to wait)"


@dataclass(frozen=True)
class Step:
    """What to do next: a title, why, and the command behind the button ("" when there is nothing to press)."""

    number: int
    title: str
    text: str
    command: str = ""
    button: str = ""


def next_step(world: dict[str, Any], connector: dict[str, Any], status: str, connection: str) -> Step:
    """The next step of a charging session for a newcomer."""
    if not world["power"]:
        return Step(0, "The charger has no power", "Its mains are cut. It keeps everything it knows in its flash memory.", "power", "Give it power")
    if not status:
        return Step(0, "The charger is starting", "It boots and calls its central system. " + (connection if connection != "connected" else ""))
    if status == "Faulted" or connector["faults"]:
        return Step(0, "A fault is in", "Take it away under Faults; some stay until they are cleared or the charger is restarted.")
    if not connector["plugged"]:
        return Step(1, "Plug the car in", "The charger is free. The charger notices the car on the pilot wire.", "plug", "Plug the car in")
    if connector["contactor"] == "closed":
        return Step(3, "Charging", "Energy flows. The same card once more ends the session.", "tap", "Hold the card to stop")
    if status == "Finishing":
        return Step(4, "Pull the plug", "The session has ended and the central system knows its energy.", "unplug", "Pull the plug")
    if status.startswith("Suspended"):
        return Step(3, "A session runs, but no energy flows", "Below it says why. The same card once more ends the session.", "tap", "Hold the card to stop")
    if status == "Charging":
        return Step(3, "Charging", "The session runs.", "tap", "Hold the card to stop")
    return Step(2, "Hold a card to the reader", "The charger asks the central system whether this card may charge.", "tap", "Hold the card")


def why_no_energy(world: dict[str, Any], connector: dict[str, Any], status: str, card: str) -> str:
    """Why no energy flows, from what can be seen from outside; "" while it flows.

    Args: the answer to `get` and its connector, the last StatusNotification, what was decided about the last card ("" when nothing).
    """
    if connector["power_w"] > 0:
        return ""
    if not world["power"]:
        return "the charger has no power"
    if world["firmware"] != "running":
        return f"the firmware is {world['firmware']}"
    faults = [FAULT_WORDS.get(name, name).lower() for name in (*connector["faults"], *world.get("faults", ()))]
    if faults and status == "Faulted":
        return "of a fault: " + ", ".join(faults)
    if not connector["plugged"]:
        return "no car is plugged in"
    if connector["contactor"] == "closed":
        return "the contactor is closed and the car has not begun to draw current" if connector["pilot_state"] in ("C", "D") else _VEHICLE_WAITS
    if status == "Unavailable":
        return "the charger was taken out of service"
    if status == "Reserved":
        return "it is reserved for another card"
    if status == "SuspendedEV":
        return _VEHICLE_WAITS
    if status == "SuspendedEVSE":
        return "the charger offers no current: a charging profile or a limit says less than 6 A"
    if status == "Finishing":
        return "the session has ended: pull the plug, or hold a card to begin another"
    if card:
        return card
    if connector["pilot_duty_percent"] == 100:
        return "nobody is authorised: hold a card to the reader, or start remotely"
    return "the session is about to start" if connector["pilot_state"] == "B" else "the contactor is about to close"


def offer_words(connector: dict[str, Any]) -> str:
    """What the pilot offers, and which side limits the current while it flows."""
    offer = offered_a(connector["pilot_duty_percent"])
    if not offer:
        return "offers nothing"
    drawn = connector["current_a"]
    if drawn < 0.5:
        return f"offers {offer:.1f} A"
    limiter = "the charger's offer" if drawn > offer - 0.5 else "the car, which takes less than it may"
    return f"offers {offer:.1f} A, {drawn:.1f} A drawn; limited by {limiter}"
