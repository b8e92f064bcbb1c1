"""Runs the test functions of one file inside MicroPython and reports each on marked lines; started by micropython_runner.py.

Arguments: the name of the module, then the names of the functions in the order of the file.
"""

import gc
import sys


def _run(module_name: str, names: "list[str]") -> None:
    if hasattr(gc, "threshold"):
        gc.threshold(8192)  # collect while compiling, else what stays lies between what goes, all over the heap
    module = __import__(module_name)
    for part in module_name.split(".")[1:]:
        module = getattr(module, part)
    if hasattr(gc, "threshold"):
        gc.threshold(-1)
    for name in names:
        gc.collect()
        print("@begin " + name)
        try:
            getattr(module, name)()
        except Exception as error:
            sys.print_exception(error, sys.stdout)  # type: ignore[attr-defined, unused-ignore]
            print("@failed " + name)
        else:
            print("@passed " + name)


sys.path.pop(0)  # the folder of this file: its packages are not those of the repository
_run(sys.argv[1], sys.argv[2:])
