"""What the products are, as far as tests must know it: the answers a manufacturer gives on the form before a certification run."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Product:
    """One product of the virtual charger, seen from outside."""

    name: str
    connectors: int
    fixed_cable: bool
    authorization_cache: bool
    offline_start: bool
    profiles: frozenset[str] = frozenset(("Core",))

    @property
    def connector_numbers(self) -> tuple[int, ...]:
        """The connectors, without 0."""
        return tuple(range(1, self.connectors + 1))


_ALL_PROFILES = frozenset(
    (
        "Core",
        "RemoteTrigger",
        "Reservation",
        "SmartCharging",
        "LocalAuthListManagement",
        "FirmwareManagement",
    )
)

PRODUCTS: dict[str, Product] = {
    product.name: product
    for product in (
        Product("lecs007", connectors=1, fixed_cable=True, authorization_cache=False, offline_start=False),
        Product("full", connectors=1, fixed_cable=False, authorization_cache=True, offline_start=True, profiles=_ALL_PROFILES),
        Product("duo", connectors=2, fixed_cable=False, authorization_cache=True, offline_start=True, profiles=_ALL_PROFILES),
    )
}


def chosen() -> list[str]:
    """Return the products to test: all of them, or those in the environment variable PRODUCT (separated by commas)."""
    names = [name for name in os.environ.get("PRODUCT", "").split(",") if name] or list(PRODUCTS)
    unknown = set(names) - set(PRODUCTS)
    if unknown:
        raise SystemExit(f"PRODUCT={','.join(sorted(unknown))}: there is no such product; use {', '.join(PRODUCTS)}")
    return names
