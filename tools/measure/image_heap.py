"""Measures in the real interpreter what an image's code takes of the heap: all that `main.py` imports until the application exists.

    python tools/measure/image_heap.py FOLDER|IMAGE.romfs      prints "heap BYTES"

The board's hardware modules are stand-ins: on a board they are C code and take nothing of the heap.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from pathlib import Path

INTERPRETER = """
import gc,sys,uctypes,vfs
class Anything:
    def __getattr__(self, name): return Anything()
    def __call__(self, *words, **named): return Anything()
for name in ("machine", "network", "pyb", "rp2", "world_port", "world_channel"): sys.modules[name] = Anything()
if len(sys.argv) > 2:
    vfs.mount(vfs.VfsRom(uctypes.bytearray_at(int(sys.argv[1]),int(sys.argv[2]))),'/rom')
    sys.path[:]=['/rom']
else: sys.path[:]=[sys.argv[1]]
gc.collect()
before=gc.mem_alloc()
import safe_outputs, product, pilotline
gc.collect()
print('heap',gc.mem_alloc()-before)
"""


def main() -> int:
    """Run the interpreter once."""
    from micropython_run import run_main

    what = Path(sys.argv[1])
    arguments = [str(what)]
    if what.is_file():
        with open(what, "rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        arguments = [str(ctypes.addressof(ctypes.c_char.from_buffer(mapped))), str(len(mapped))]
    return int(run_main(["micropython", "-X", "heapsize=2M", "-c", INTERPRETER, *arguments]) or 0)


if __name__ == "__main__":
    sys.exit(main())
