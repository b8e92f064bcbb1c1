"""Who owns what: an attribute is written by its own file, and in core no import leads back to where it came from."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from host_tests.rules.sources import FIRMWARE, Source, device_files, imports, layer_of

CORE = [source for source in device_files() if layer_of(source) == "core"]

OTHERS = [source for source in device_files() if layer_of(source) in ("util", "wire", "pki", "ocpp16", "drivers", "runtime", "diag")]

# Records that one part fills for another and keeps no claim on: the message to send, the answer to give.
FILLED = {"m", "reply"}


# Outside of core, where a method for each would cost heap on the device. A line that is not needed any more fails.
WRITTEN_FROM_OUTSIDE = {
    "drivers/ade7953.py": ({"power_w", "frequency_mhz", "power_factor"}, "a chip fills the reading that its base class has made"),
    "drivers/meter_spi.py": ({"power_w", "frequency_mhz", "power_factor", "temperature_c"}, "a chip fills the reading that its base class has made"),
    "drivers/pilot_burst.py": ({"trouble"}, "finds out at boot, once, why a pilot cannot be looked at; the pilot cannot know"),
    "runtime/app.py": ({"note", "roots"}, "composes: hands the core its log and the setup its certificates"),
    "runtime/console/repl_session.py": ({"print", "code"}, "builtins.print is Python's, and the received code is taken over"),
    "runtime/hardware/connector_io.py": (
        {"alive", "blocked", "clear", "testing", "tripped", "energy_mwh", "fresh", "in_doubt", "live"},
        "the loop's half of a connector: what the tick reads of it are plain fields, as an interrupt may come between any two lines",
    ),
    "runtime/link/link.py": ({"pending"}, "forgets the CALL in flight when the link is lost"),
    "runtime/link/stream_tls.py": ({"verify_mode"}, "of the interpreter's own SSLContext"),
    "runtime/provision.py": ({"calibrated"}, "of the parts, from the calibration's record, at boot"),
    "runtime/store/record_thinning.py": ({"_offset", "_tail_clean", "failed"}, "the rarely needed half of record_queue.py, loaded when a queue is full"),
}


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def _written(tree: ast.Module) -> Iterator[ast.Attribute]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, (ast.Store, ast.Del)):
            yield node


def foreign_writes(tree: ast.Module) -> list[tuple[int, str]]:
    """Line and name of each attribute that is written, but that no class of the file gives itself."""
    own = {node.attr for node in _written(tree) if _is_self(node.value)}
    wrong = []
    for node in _written(tree):
        filled = isinstance(node.value, ast.Name) and node.value.id in FILLED
        if node.attr not in own and not filled:
            wrong.append((node.lineno, node.attr))
    return wrong


def _name(source: Source) -> str:
    return source.path.relative_to(FIRMWARE / "chargepoint" / "core").as_posix()


def _in_package(source: Source) -> str:
    return source.path.relative_to(FIRMWARE / "chargepoint").as_posix()


@pytest.mark.parametrize("source", CORE, ids=_name)
def test_an_attribute_is_written_by_its_own_file(source: Source) -> None:
    wrong = [f"line {line}: {name} belongs to another file" for line, name in foreign_writes(source.tree)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("source", OTHERS, ids=_in_package)
def test_outside_of_core_what_is_written_from_outside_is_listed(source: Source) -> None:
    listed, _ = WRITTEN_FROM_OUTSIDE.get(_in_package(source), (set(), ""))
    assert {name for _, name in foreign_writes(source.tree)} == listed


def test_the_rule_sees_a_foreign_write_and_only_that() -> None:
    text = "class A:\n def f(self, c, m):\n  self.mine = 1\n  c.mine = 2\n  m.anything = 3\n  c.yours = 4\n  c.part.yours, x = 5, 6\n"
    assert foreign_writes(ast.parse(text)) == [(6, "yours"), (7, "yours")]


def _circle(graph: dict[str, set[str]]) -> list[str]:
    """Modules that cannot be put into an order in which each comes after what it imports."""
    left = {name: set(wanted) for name, wanted in graph.items()}
    while True:
        free = [name for name, wanted in left.items() if not wanted & left.keys()]
        if not free:
            return sorted(left)
        for name in free:
            del left[name]


def test_core_has_no_circle() -> None:
    """Imports for types count: a part that names the whole in its signature knows the whole."""
    names = {".".join(source.path.relative_to(FIRMWARE).with_suffix("").parts): source for source in CORE}
    graph = {name: {module for module, _, _ in imports(source) if module in names} for name, source in names.items()}
    assert _circle(graph) == []
    graph["chargepoint.core.clock"].add("chargepoint.core.charge_point")
    assert "chargepoint.core.clock" in _circle(graph), "the rule sees one"
