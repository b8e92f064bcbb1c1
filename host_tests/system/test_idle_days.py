"""A sample of `make idle`: nine days and thirteen that nobody touches the charger, a session after each, on MicroPython."""

from __future__ import annotations

from host_tests.system.idle_days import play


def test_a_charger_left_alone_for_days_charges_as_on_its_first() -> None:
    """Both spells end where a moment kept from before them lies in the future of ticks, or once around."""
    play("lecs007", "micropython", (9, 13))
