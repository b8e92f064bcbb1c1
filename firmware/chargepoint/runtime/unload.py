"""Modules that are needed for a moment only are forgotten again."""

import gc
import sys


def unload(*prefixes: str) -> None:
    """Forget the modules whose names begin like this, and packages that are empty then; an import loads them again. Allocates: garbage only."""
    for name in list(sys.modules):
        if name.startswith(prefixes):
            _forget(name)
    gc.collect()


def _forget(name: str) -> None:
    """Forget one module, and its package if that was the last one in it."""
    del sys.modules[name]
    package, _, module = name.rpartition(".")
    if package not in sys.modules:
        return
    if hasattr(sys.modules[package], module):
        delattr(sys.modules[package], module)
    for other in sys.modules:
        if other.startswith(package + "."):
            return
    _forget(package)
