"""Runs in the unix interpreter of a fake board: `/` becomes the board's own file system, then boot.py and main.py run as on a board.

Arguments: the folder that is the file system; "main" or "raw" (a soft reset from raw mode does not run main.py).
"""

import os
import sys

import machine  # noqa: F401  the fake one, while its folder is still to be found
import vfs

vfs.umount("/")
vfs.mount(vfs.VfsPosix(sys.argv[1]), "/")
os.chdir("/")
sys.path[:] = ["", ".frozen", "/lib"]
_shared = {"__name__": "__main__"}  # a port runs both in one name space
for _name in ("boot.py", "main.py"):
    if _name in os.listdir("/") and (_name == "boot.py" or sys.argv[2] == "main"):
        with open("/" + _name) as _file:
            _text = _file.read()
        try:
            exec(_text, _shared)
        except Exception as _error:
            sys.print_exception(_error, sys.stdout)  # type: ignore[attr-defined, unused-ignore]
