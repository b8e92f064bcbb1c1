"""Measures in the real interpreter what each layer's code takes of the heap when it runs from the mapped image.

    python tools/measure/code_heap.py IMAGE MODULE ...      prints "@bench code LAYER BYTES" lines
"""

from __future__ import annotations

import ctypes
import mmap
import socket
import sys

# As few names as can be: each takes a place in the interpreter's table of names, which grows by doubling, and would be counted.
START = """\
import sys,uctypes,vfs,gc
vfs.mount(vfs.VfsRom(uctypes.bytearray_at(int(sys.argv[2]),int(sys.argv[3]))),'/rom')
sys.path[:]=['/rom']
import machine,network
for n in sys.argv[4:]:
 gc.collect();b=gc.mem_alloc();__import__(n);gc.collect();print('@bench code',n,gc.mem_alloc()-b)
"""


def main() -> int:
    """Run the interpreter once; modules are imported in the order given."""
    from micropython_run import run_main

    with open(sys.argv[1], "rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    address = ctypes.addressof(ctypes.c_char.from_buffer(mapped))
    nobody, channel = socket.socketpair()  # the machine module wants its world; nothing is said to it
    arguments = ["micropython", "-X", "heapsize=1M", "-c", START, str(channel.fileno()), str(address), str(len(mapped)), *sys.argv[2:]]
    status = int(run_main(arguments) or 0)
    nobody.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
