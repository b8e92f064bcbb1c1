"""Bytes of .mpy, a module and a product, against tools/budgets.json. `make size` starts this."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools import image
from tools.measure.budgets import Figure, load, print_table, verdict

# Stands for every board: the portable bytecode is the same on all, and its board module is the longest.
BOARD = "virtual"


def _layer(module: str) -> str:
    parts = module.split("/")
    return "chargepoint/" + parts[1] if parts[0] == "chargepoint" and len(parts) > 2 else "board, product, boot and main"


def _of_firmware(sizes: dict[str, int]) -> dict[str, int]:
    """Leave out what stands for a port's C code: the machine module of the virtual board."""
    shim = {path.stem + ".mpy" for path in image.SHIM.glob("*.py")}
    return {name: size for name, size in sizes.items() if name not in shim}


def main() -> int:
    """Print the tables; 0 when every product is within its budget."""
    budgets: dict[str, int] = load()["mpy_bytes"]
    sizes = {product: _of_firmware(image.build(BOARD, product).sizes) for product in image.products()}
    # The products differ in one module only; `full` shows the rest.
    layers: dict[str, int] = {}
    for name, size in sizes["full"].items():
        layers[_layer(name)] = layers.get(_layer(name), 0) + size
    print_table("Bytes of .mpy, a module", [Figure(name[:-4], size) for name, size in sorted(sizes["full"].items())])
    print_table("Bytes of .mpy, a layer", [Figure(name, size) for name, size in sorted(layers.items())])
    products = [Figure(product, sum(modules.values()), budgets.get(product)) for product, modules in sizes.items()]
    return verdict("size", print_table("Bytes of .mpy, a product", products))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except image.ImageError as error:
        sys.exit(f"size: {error}")
