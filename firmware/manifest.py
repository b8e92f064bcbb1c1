"""What is frozen, for people who build their own MicroPython: `make image BOARD=... PRODUCT=...` puts this file into the folder
build/images/<BOARD>-<PRODUCT>/frozen/, beside everything that it names. Then, in MicroPython's port folder:

    make BOARD=<BOARD> FROZEN_MANIFEST=<that folder>/manifest.py

A manifest replaces that of the board; the port's own one mounts the file system. The firmware needs nothing of micropython-lib. Frozen
boot.py and main.py are found by themselves: delete those of a former `make flash` from the file system.
"""

import os

include("$(PORT_DIR)/boards/manifest.py")  # type: ignore[name-defined]  # noqa: F821
package("chargepoint", opt=3)  # type: ignore[name-defined]  # noqa: F821
for _name in sorted(os.listdir(".")):  # boot, main, board, product, and what belongs to these
    if _name.endswith(".py") and _name != "manifest.py":
        module(_name, opt=3)  # type: ignore[name-defined]  # noqa: F821
