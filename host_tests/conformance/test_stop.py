"""Core / stop: TC_068_CS, TC_069_CS."""

from __future__ import annotations

from host_tests.rig.messages import OneOf
from host_tests.rig.rig import CHILD_1, CHILD_2, PARENT, VALID, VALID_2, Rig
from host_tests.rig.states import charging, others_occupied, stopped

WATCH_S = 10


def test_tc_068_cs_local_stop_same_id_tag(rig: Rig) -> None:
    """A foreign card during a transaction is ignored in silence; the card that started stops it, without Authorize."""
    others_occupied(rig)
    session = charging(rig)
    rig.tap(VALID_2)
    if rig.product.connectors > 1:
        # With one reader for several connectors the card may be meant for another one: asking is tolerated, stopping is not.
        rig.may_come("Authorize", idTag=VALID_2, within=WATCH_S)
    rig.expect_nothing(WATCH_S)
    rig.tap(VALID)
    stopped(rig, session, idTag=VALID, reason=OneOf("Local", None))


def test_tc_069_cs_local_stop_same_parent_id_tag(rig: Rig) -> None:
    """A card of the same parent: Authorize, then a stop with the new idTag."""
    rig.know_card(CHILD_1, parent=PARENT)
    rig.know_card(CHILD_2, parent=PARENT)
    others_occupied(rig)
    session = charging(rig, CHILD_1)
    rig.tap(CHILD_2)
    rig.expect("Authorize", idTag=CHILD_2)
    stopped(rig, session, idTag=CHILD_2)
