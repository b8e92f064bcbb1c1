"""Classes of an image carry no names that the interpreter does not read."""

from __future__ import annotations

from tools.image.class_names import without_class_names

SOURCE = b'''class Part:
    """One part.

    Over several lines.
    """

    kind = 3

    def name(self):
        """Its name."""
        return type(self).__name__


class Bare(Part):
    pass
'''


def test_a_class_loses_the_two_names_and_works_as_before() -> None:
    done = without_class_names({"part.py": SOURCE})["part.py"]
    names: dict[str, type] = {}
    exec(done, {"__name__": "part"}, names)
    part = names["Part"]()
    assert (part.name(), part.kind, names["Bare"]().name()) == ("Part", 3, "Bare")
    assert b"del __module__, __qualname__" in done
    assert done.splitlines().index(b"    kind = 3") == SOURCE.splitlines().index(b"    kind = 3")
