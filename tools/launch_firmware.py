"""Runs the firmware in this process: on MicroPython from a mapped ROMFS image or from sources, or on CPython.

Started by the virtual charger, which hands over one end of a socket pair: the firmware's only connection to its world.
On MicroPython nothing but the image is on sys.path, and the image lies outside the heap, as code in a board's flash does.
"""

from __future__ import annotations

import argparse
import ctypes
import mmap
import runpy
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
FROM_IMAGE = (
    "import sys,uctypes,vfs;"
    "vfs.mount(vfs.VfsRom(uctypes.bytearray_at(int(sys.argv[2]),int(sys.argv[3]))),'/rom');"
    "sys.path[:]=['/rom'];import start"
)
SHIM_BYTES = 11 * 1024  # the machine module is C code in a port: what it takes of this heap is not the firmware's
FROM_SOURCE = "import sys;sys.path[:]=[sys.argv[2]];import start"


def heap_option(heap: str) -> str:
    """The interpreter's option for a heap of this size (such as 96K) for the firmware alone."""
    scale = {"K": 1024, "M": 1024 * 1024}.get(heap[-1:].upper(), 1)
    digits = heap[:-1] if scale > 1 else heap
    return "heapsize=%d" % (int(digits) * scale + SHIM_BYTES)


def run_image(image: Path, at: int, size: int, slot: str, heap: str, world_fd: int) -> int:
    """Run the packed image of `size` bytes (0: all) at a place in a file on MicroPython with a heap of the given size; returns the exit status."""
    from micropython_run import run_main

    with open(image, "rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    address = ctypes.addressof(ctypes.c_char.from_buffer(mapped)) + at
    length = size or len(mapped)
    return int(run_main(["micropython", "-X", heap_option(heap), "-c", FROM_IMAGE, str(world_fd), str(address), str(length), slot]) or 0)


def run_source(stage: Path, heap: str, world_fd: int) -> int:
    """Run from a folder of sources on MicroPython; they are compiled in the heap."""
    from micropython_run import run_main

    return int(run_main(["micropython", "-X", heap_option(heap), "-c", FROM_SOURCE, str(world_fd), str(stage)]) or 0)


def run_cpython(stage: Path, world_fd: int) -> int:
    """Run from a folder of sources on this interpreter."""
    compat = Path(__file__).resolve().parent / "cpython_compat"
    sys.argv = ["start", str(world_fd), str(stage)]
    sys.path[:0] = [str(stage), str(compat)]
    runpy.run_module("start", run_name="start")
    return 0


def _die_with_the_world() -> None:
    """Where the system can do it: a firmware that is stopped in its tracks must not outlive the world."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> int:
    """Run what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--world-fd", type=int, required=True)
    parser.add_argument("--image", type=Path, help="ROMFS image for MicroPython")
    parser.add_argument("--image-at", type=int, default=0, help="where in that file the image begins")
    parser.add_argument("--image-bytes", type=int, default=0, help="its length (default: all of the file)")
    parser.add_argument("--slot", choices=("a", "b"), default="a", help="which slot this is")
    parser.add_argument("--stage", type=Path, help="folder of sources")
    parser.add_argument("--heap", default="128K")
    parser.add_argument("--runtime", choices=("micropython", "cpython"), default="micropython")
    options = parser.parse_args()
    _die_with_the_world()
    if options.runtime == "cpython":
        return run_cpython(options.stage, options.world_fd)
    if options.image is not None:
        return run_image(options.image, options.image_at, options.image_bytes, options.slot, options.heap, options.world_fd)
    return run_source(options.stage, options.heap, options.world_fd)


if __name__ == "__main__":
    sys.exit(main())
