"""Links the modules that stay loaded into one, as a linker does with object files, before the sources of an image are compiled.

Every module of its own costs the heap some 250 bytes (64-bit) for its tables and three interned names, and every name that it imports another slot.
Linked, they share one table of globals. A module-level name keeps its spelling unless two modules use it for different things: then the
name of its module is put in front. What is assigned once and is plain data
becomes part of the code that uses it, and needs no global. A function, class or table that nothing in the image mentions, such as the driver of a part
that this board has not, is left out.

Modules that are imported only when needed stay apart, and find what they need in the linked one. What cannot be resolved by reading the
sources is refused. Lines keep their order and their number within a module: `places` tells where each module begins.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable

from tools.image.link_model import LINKED, Linked, LinkError, Module, Target, imports, is_definition, read, stored
from tools.image.link_rewrite import Rewrite


class Linker:
    """Collects the modules that stay loaded, names what they define, and writes them as one."""

    def __init__(self, sources: dict[str, bytes], roots: Iterable[str], apart: Iterable[str]) -> None:
        self._paths = {path[:-3].replace("/", "."): path for path in sources}
        self._apart = set(apart)
        self.modules = {name: read(name, sources[path]) for name, path in self._paths.items()}
        self.order: list[str] = []
        for root in roots:
            self._visit(root, ())
        self._resident = set(self.order)
        self._names: dict[Target, str] = {}
        self.dead: set[ast.stmt] = set()

    def _visit(self, name: str, above: tuple[str, ...]) -> None:
        """Put a module behind those that it imports."""
        if name in above:
            raise LinkError("%s and %s import each other" % (name, above[-1]))
        if name in self.order or name in self._apart or name not in self.modules:
            return
        for statement in imports(self.modules[name].tree.body):
            for needed in self._needs(statement):
                self._visit(needed, (*above, name))
        self.order.append(name)

    def _needs(self, statement: ast.Import | ast.ImportFrom) -> list[str]:
        if isinstance(statement, ast.Import):
            return [alias.name for alias in statement.names]
        return [str(statement.module), *("%s.%s" % (statement.module, alias.name) for alias in statement.names)]

    def targets(self, module: Module, statement: ast.Import | ast.ImportFrom) -> list[tuple[str, Target | None]]:
        """What each name of an import statement stands for; None for what is not linked."""
        found: list[tuple[str, Target | None]] = []
        for alias in statement.names:
            local = alias.asname or alias.name
            if isinstance(statement, ast.Import):
                whole = alias.name
                if whole in self._resident and "." in whole and alias.asname is None:
                    raise module.fail(statement, "write from ... import ...")
                found.append((local.split(".")[0], Target(whole, "") if whole in self._resident else None))
                continue
            whole = "%s.%s" % (statement.module, alias.name)
            if whole in self._resident:
                found.append((local, Target(whole, "")))
            elif statement.module in self._resident:
                if alias.name not in self.modules[statement.module].defines:
                    raise module.fail(statement, "%s does not define %s itself" % (statement.module, alias.name))
                found.append((local, Target(statement.module, alias.name)))
            else:
                found.append((local, None))
        return found

    def bind(self) -> None:
        """Find what every module-level import of a resident module stands for."""
        for name in self.order:
            module = self.modules[name]
            if module.mentions & {"__file__", "globals", "locals"}:
                raise module.fail(module.tree, "a linked module has no file or table of names of its own")
            for statement in imports(module.tree.body):
                for (local, target), alias in zip(self.targets(module, statement), statement.names, strict=True):
                    if target is not None:
                        module.bound[local] = target
                    else:
                        origin = "" if isinstance(statement, ast.Import) else "%s." % statement.module
                        module.outside[local] = origin + alias.name
            module.defines -= set(module.bound)

    def _wanted_outside(self) -> tuple[set[Target], dict[str, set[str]]]:
        """What parts that stay apart import, and the identifiers among which a module's names are reached as attributes or by another name."""
        wanted = set()
        readers: dict[str, set[str]] = {}
        for module in self.modules.values():
            for node in ast.walk(module.tree):
                if isinstance(node, (ast.Import, ast.ImportFrom)):
                    for local, target in self.targets(module, node):
                        if target is None:
                            continue
                        if not target.name or local != target.name:
                            readers.setdefault(target.module, set()).update(module.mentions)
                        if module.name not in self._resident:
                            wanted.add(target)
                            if not target.name:
                                wanted.update(Target(target.module, name) for name in self.modules[target.module].defines)
        return {target for target in wanted if self.value(target) is None}, readers

    def value(self, target: Target) -> "int | None":
        """Return the integer that a name stands for, if it is one."""
        return self.modules[target.module].constants.get(target.name)

    def name_all(self) -> None:
        """Give every module-level name of a resident module its name in the linked one."""
        wanted, readers = self._wanted_outside()
        taken = set(dir(builtins)) | {local for name in self.order for local in self.modules[name].outside}
        for name in self.order:
            module = self.modules[name]
            own = {local for local in module.defines if local not in module.outside}
            for local in sorted(own):
                target = Target(name, local)
                constant = local in module.constants
                spelling = "_" + local if constant and not local.startswith("_") and target not in wanted else local
                strangers = set(readers.get(name, ()))
                if constant:  # the compiler puts a constant in the place of every such name, whatever it stands for
                    for other in self.order:
                        bound = self.modules[other].bound.get(local)
                        if other != name and not (bound == target and spelling == local):
                            strangers |= self.modules[other].mentions
                if spelling in taken or spelling in strangers:
                    spelling = ("_" if spelling.startswith("_") else "") + name.split(".")[-1] + "_" + local.lstrip("_")
                    if spelling in taken or any(spelling in self.modules[other].mentions for other in self.order):
                        raise module.fail(module.tree, "no name is left for %s" % local)
                taken.add(spelling)
                self._names[target] = spelling

    def spelling(self, target: Target) -> str:
        """Return the linked name of something."""
        return self._names[target]

    def _find_dead(self) -> None:
        """Find the definitions that nothing mentions which is needed itself."""
        waiting: list[set[Target]] = []
        uses: dict[Target, list[tuple[ast.stmt, set[Target]]]] = {}
        for name, module in self.modules.items():
            resident = name in self._resident
            rewrite = Rewrite(self, module, resident, set())
            rewrite.result()
            for statement, used in rewrite.uses.items():
                if not resident or not is_definition(statement):
                    waiting.append(used)
                    continue
                self.dead.add(statement)
                for local in stored([statement]):
                    uses.setdefault(Target(name, local), []).append((statement, used))
        while waiting:
            for target in waiting.pop():
                for statement, used in uses.pop(target, ()):
                    self.dead.discard(statement)
                    waiting.append(used)

    def link(self) -> Linked:
        """Return the linked sources."""
        self.bind()
        self.name_all()
        self._find_dead()
        done = {}
        parts = []
        places = []
        line = 1
        seen: set[tuple[str, str]] = set()
        for name in self.order:
            text = Rewrite(self, self.modules[name], resident=True, seen=seen).result()
            places.append((line, self._paths[name]))
            parts.append(text if text.endswith(b"\n") else text + b"\n")
            line += parts[-1].count(b"\n")
        for name, path in self._paths.items():
            if name not in self._resident:
                done[path] = Rewrite(self, self.modules[name], resident=False, seen=set()).result()
        done[LINKED + ".py"] = b"".join(parts)
        ast.parse(done[LINKED + ".py"])
        meanings = {spelling: target.name for target, spelling in self._names.items() if spelling != target.name}
        return Linked(done, places, {LINKED: meanings})


def link(sources: dict[str, bytes], roots: Iterable[str], apart: Iterable[str]) -> Linked:
    """Link what the root modules need when they are loaded into one module.

    Args: sources by path in the image; modules that are loaded in any case; modules that must stay as they are. Raises: LinkError.
    """
    return Linker(sources, roots, apart).link()
