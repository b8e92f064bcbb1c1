"""The PyPI package `ocpp` as central system: it validates every message of the run in both directions."""

from __future__ import annotations

import pytest

from host_tests.peers.conformance_like_run import conformance_like_run
from host_tests.peers.ocpp_package import OcppPackagePeer
from host_tests.rig.products import chosen


@pytest.mark.parametrize("product", [name for name in chosen() if name != "duo"])
def test_run_with_the_ocpp_package(product: str) -> None:
    """Boots, sessions, every request, link and power failures: nothing to complain about."""
    peer = OcppPackagePeer()
    try:
        assert conformance_like_run(peer, product) > 30
    finally:
        peer.close()
