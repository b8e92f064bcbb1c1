"""Bytes of .mpy, a module and a product, against tools/budgets.json. `make size` starts this."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools import build_image
from tools.measure.budgets import Figure, accepted, load, print_table, verdict
from tools.measure.modules import BOARD, of_firmware, separate_modules


def _layer(module: str) -> str:
    parts = module.split("/")
    return "chargepoint/" + parts[1] if parts[0] == "chargepoint" and len(parts) > 2 else "board, product, boot and main"


def main() -> int:
    """Print the tables; 0 when every product is within its budget."""
    budgets: dict[str, int] = load()["mpy_bytes"]
    # The products differ in one module only; `full` shows the rest.
    modules = of_firmware({name: len(data) for name, data in separate_modules("full").items()})
    layers: dict[str, int] = {}
    for name, size in modules.items():
        layers[_layer(name)] = layers.get(_layer(name), 0) + size
    print_table("Bytes of .mpy, a module, before linking", [Figure(name[:-4], size) for name, size in sorted(modules.items())])
    print_table("Bytes of .mpy, a layer, before linking", [Figure(name, size) for name, size in sorted(layers.items())])
    sizes = {product: of_firmware(build_image.build(BOARD, product).sizes) for product in build_image.products()}
    products = [Figure(product, sum(linked.values()), budgets.get(product)) for product, linked in sizes.items()]
    granted = {product: accepted(product).get("mpy", 0) for product in sizes}
    return verdict("size", print_table("Bytes of .mpy, a product, linked as in its image", products, granted))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except build_image.ImageError as error:
        sys.exit(f"size: {error}")
