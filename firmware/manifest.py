"""What is frozen or packed: everything of this folder but itself, with the board's and the product's files beside it.

For people who build their own MicroPython: set FROZEN_MANIFEST to this file, BOARD and PRODUCT by `make image`, which writes a copy with
the chosen board and product filled in.
"""

include("$(BOARD_DIR)/manifest.py")  # type: ignore[name-defined]  # noqa: F821
package("chargepoint", opt=3)  # type: ignore[name-defined]  # noqa: F821
module("boot.py", opt=3)  # type: ignore[name-defined]  # noqa: F821
module("main.py", opt=3)  # type: ignore[name-defined]  # noqa: F821
