"""What the world has to know about a product: its connectors and its heap budget, from boards/products/."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace

from chargepoint.core.configuration import Configuration
from chargepoint.core.features.listed import listed
from tools import build_image
from tools.sim.connector import ConnectorKind

DEFAULT_HEAP = "256K"


class ProductError(Exception):
    """A product that cannot be used, in words."""


@dataclass(frozen=True)
class Product:
    """The physical side of a product definition."""

    connectors: list[ConnectorKind]
    heap: str


def product_module(name: str) -> ModuleType:
    """Load a product definition. Raises ProductError."""
    if name not in build_image.products():
        raise ProductError("--product %s: use one of %s" % (name, ", ".join(build_image.products())))
    spec = importlib.util.spec_from_file_location("product_" + name, build_image.PRODUCTS / (name + ".py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    folder = str(build_image.PRODUCTS)
    sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(folder)
    return module


class _NoStore:
    """A flash with nothing in it that keeps nothing."""

    def load(self, name: str) -> None:
        """Find nothing."""

    def save(self, name: str, data: bytes) -> bool:
        """Keep nothing."""
        return True


def load_product(name: str, factory: dict[str, str]) -> Product:
    """Read a product definition; the firmware's own rules judge the factory values. Raises ProductError."""
    module = product_module(name)
    # A product without the key AuthorizationKey can be provisioned with the secret all the same: judged as the key would be.
    judge = SimpleNamespace(
        MEASURANDS=module.MEASURANDS,
        PHASES=getattr(module, "PHASES", 3),
        CONNECTORS=getattr(module, "CONNECTORS", 1),
        CONFIGURATION="AuthorizationKey=\n" + module.CONFIGURATION,
    )
    try:
        Configuration(judge, _NoStore(), factory.items(), listed(module))
    except ValueError as error:
        raise ProductError("--set: %s" % error) from None
    count = int(getattr(module, "CONNECTORS", 1))
    socket = bool(getattr(module, "SOCKET", name != "lecs007"))
    phases = int(getattr(module, "PHASES", 3))
    heap = getattr(module, "HEAP_BYTES", None)
    return Product([ConnectorKind(socket, phases)] * count, "%d" % heap if heap else DEFAULT_HEAP)
