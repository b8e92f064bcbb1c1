"""Links the modules that stay loaded into one, as a linker does with object files, before the sources of an image are compiled.

Every module of its own costs the heap some 250 bytes (64-bit) for its tables and three interned names, and every name that it imports another slot.
Linked, they share one table of globals. A module-level name keeps its spelling unless two modules use it for different things: then the
name of its module is put in front. Integers made with const() become part of the code that uses them, and need no global. A function, class or
table that nothing in the image mentions, such as the driver of a part that this board has not, is left out.

Modules that are imported only when needed stay apart, and find what they need in the linked one. What cannot be resolved by reading the
sources is refused. Lines keep their order and their number within a module: `places` tells where each module begins.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tools.source_edit import EditError, SourceEdit

LINKED = "pilotline"
Scope = dict[str, "Target | None"]


class LinkError(Exception):
    """What cannot be linked, and where."""


@dataclass(frozen=True)
class Target:
    """What a name stands for: something of a resident module, or (name empty) the module itself."""

    module: str
    name: str


@dataclass
class Module:
    """One source: its syntax tree, what it defines at module level, what it mentions."""

    name: str
    source: bytes
    tree: ast.Module
    defines: set[str] = field(default_factory=set)
    constants: dict[str, "int | None"] = field(default_factory=dict)  # made with const(): the value, where it is written down
    mentions: set[str] = field(default_factory=set)
    bound: dict[str, Target] = field(default_factory=dict)  # module-level imports of resident things, by local name
    outside: dict[str, str] = field(default_factory=dict)  # other module-level imports: local name, and what it is

    def fail(self, node: ast.AST, why: str) -> LinkError:
        """Return the error that names the place."""
        return LinkError("%s, line %d: %s" % (self.name, getattr(node, "lineno", 0), why))


@dataclass
class Linked:
    """The linked image: its sources by path, and where each module begins in the linked source."""

    sources: dict[str, bytes]
    places: list[tuple[int, str]]


def _imports(nodes: Iterable[ast.AST]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Import statements that run when the module is loaded, in their order."""
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif not isinstance(node, (ast.FunctionDef, ast.Lambda)):
            yield from _imports(ast.iter_child_nodes(node))


def _stored(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Names that statements bind in their own scope."""
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            continue
        else:
            if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
                yield node.id
            elif isinstance(node, ast.ExceptHandler) and node.name:
                yield node.name
            yield from _stored(ast.iter_child_nodes(node))


def _nonlocals(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Names that statements say are of a function further out."""
    for node in nodes:
        if isinstance(node, ast.Nonlocal):
            yield from node.names
        elif not isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Lambda)):
            yield from _nonlocals(ast.iter_child_nodes(node))


def _is_constant(node: ast.stmt) -> bool:
    """Whether a statement is `NAME = const(...)`."""
    return (
        isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id == "const"
    )


def _value(call: ast.expr) -> "int | None":
    """The integer in `const(integer)`, None for anything less plain."""
    argument = call.args[0] if isinstance(call, ast.Call) and call.args else None
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, int) else None


def _is_definition(node: ast.stmt) -> bool:
    """Whether a statement does nothing but give a name to a function, a class or plain data."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return not node.decorator_list
    if isinstance(node, ast.Assign):
        return all(isinstance(target, ast.Name) for target in node.targets) and all(
            isinstance(inner, (ast.Constant, ast.Tuple, ast.Load, ast.operator, ast.BinOp)) for inner in ast.walk(node.value)
        )
    return False


def _read(name: str, source: bytes) -> Module:
    module = Module(name, source, ast.parse(source))
    module.defines.update(_stored(module.tree.body))
    for statement in module.tree.body:
        if _is_constant(statement):
            assert isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
            module.constants[statement.targets[0].id] = _value(statement.value)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name):
            module.mentions.add(node.id)
        elif isinstance(node, (ast.arg, ast.keyword)) and node.arg is not None:
            module.mentions.add(node.arg)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            module.mentions.add(node.name)
        elif isinstance(node, ast.alias):
            module.mentions.add(node.asname or node.name.split(".")[0])
        elif isinstance(node, ast.Global):
            raise module.fail(node, "a global statement cannot be linked")
    return module


class _Linker:
    def __init__(self, sources: dict[str, bytes], roots: Iterable[str], apart: Iterable[str]) -> None:
        self._paths = {path[:-3].replace("/", "."): path for path in sources}
        self._apart = set(apart)
        self.modules = {name: _read(name, sources[path]) for name, path in self._paths.items()}
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
        for statement in _imports(self.modules[name].tree.body):
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
            for statement in _imports(module.tree.body):
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
            rewrite = _Rewrite(self, module, resident, set())
            rewrite.result()
            for statement, used in rewrite.uses.items():
                if not resident or not _is_definition(statement):
                    waiting.append(used)
                    continue
                self.dead.add(statement)
                for local in _stored([statement]):
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
            text = _Rewrite(self, self.modules[name], resident=True, seen=seen).result()
            places.append((line, self._paths[name]))
            parts.append(text if text.endswith(b"\n") else text + b"\n")
            line += parts[-1].count(b"\n")
        for name, path in self._paths.items():
            if name not in self._resident:
                done[path] = _Rewrite(self, self.modules[name], resident=False, seen=set()).result()
        done[LINKED + ".py"] = b"".join(parts)
        ast.parse(done[LINKED + ".py"])
        return Linked(done, places)


class _Rewrite(ast.NodeVisitor):
    """Writes one module anew: imports of resident modules go, names become the linked ones."""

    def __init__(self, linker: _Linker, module: Module, resident: bool, seen: set[tuple[str, str]]) -> None:
        self._linker = linker
        self._module = module
        self._resident = resident
        self._seen = seen
        self._edit = SourceEdit(module.source)
        self._scopes: list[Scope] = []
        self.uses: dict[ast.stmt, set[Target]] = {}  # what each statement of the module mentions
        self._used: set[Target] = set()
        top: Scope = dict.fromkeys(module.outside)
        if resident:
            top.update({local: Target(module.name, local) for local in module.defines if local not in module.outside})
            top.update(module.bound)
        self._top = top

    def result(self) -> bytes:
        """Return the new text."""
        try:
            for statement in self._module.tree.body:
                self.uses[statement] = self._used = set()
                if statement in self._linker.dead:
                    self._edit.replace(statement, "")
                else:
                    self.visit(statement)
            return self._edit.result()
        except EditError as error:
            raise LinkError("%s: %s" % (self._module.name, error)) from None

    def _find(self, name: str) -> "Target | None":
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        return self._top.get(name)

    def _new_name(self, node: ast.AST, local: str, target: Target) -> str:
        """The linked name, provided that no local of a function stands before it."""
        new = self._linker.spelling(target)
        if new != local and any(new in scope for scope in self._scopes):
            raise self._module.fail(node, "%s would be hidden by a local name: rename that" % new)
        return new

    def visit_Name(self, node: ast.Name) -> None:
        target = self._find(node.id)
        if target is None:
            return
        if not target.name:
            raise self._module.fail(node, "the module %s is used as an object" % node.id)
        self._used.add(target)
        if not self._resident:
            if self._linker.value(target) is not None:
                self._edit.replace(node, str(self._linker.value(target)))
        else:
            new = self._new_name(node, node.id, target)
            if new != node.id:
                self._edit.rename(node, node.id, new)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        target = self._find(node.value.id) if isinstance(node.value, ast.Name) else None
        if target is None or target.name:
            self.generic_visit(node)
            return
        inner = Target(target.module, node.attr)
        if node.attr not in self._linker.modules[target.module].defines or not isinstance(node.ctx, ast.Load):
            raise self._module.fail(node, "%s.%s is not defined there" % (target.module, node.attr))
        self._used.add(inner)
        if self._linker.value(inner) is not None:
            self._edit.replace(node, str(self._linker.value(inner)))
        elif self._resident:
            self._edit.replace(node, self._new_name(node, "", inner))
        elif self._linker.spelling(inner) != node.attr:
            self._edit.rename(node, node.attr, self._linker.spelling(inner))

    def _scope_of(self, statements: Iterable[ast.AST]) -> Scope:
        return dict.fromkeys(_stored(statements))

    def _visit_function(self, node: "ast.FunctionDef | ast.Lambda") -> None:
        arguments = node.args
        for default in (*arguments.defaults, *filter(None, arguments.kw_defaults)):
            self.visit(default)
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *filter(None, (arguments.vararg, arguments.kwarg))]
        body = node.body if isinstance(node.body, list) else [node.body]
        scope: Scope = self._scope_of(body)
        for name in _nonlocals(body):
            scope.pop(name, None)
        scope.update(dict.fromkeys(argument.arg for argument in every))
        for statement in _imports(body):
            for local, target in self._linker.targets(self._module, statement):
                if target is not None and local in scope:
                    raise self._module.fail(statement, "%s is imported and assigned" % local)
                scope[local] = target
        hidden = [scope_ for scope_ in self._scopes if "" in scope_]  # the names of a class are not seen in its functions
        for outer in hidden:
            self._scopes.remove(outer)
        self._scopes.append(scope)
        for statement_ in body:
            self.visit(statement_)
        self._scopes.pop()
        self._scopes += hidden

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
        self._define(node)
        self._visit_function(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_function(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in (*node.bases, *node.keywords, *node.decorator_list):
            self.visit(part)
        self._define(node)
        self._scopes.append({"": None, **self._scope_of(node.body)})
        for statement in node.body:
            self.visit(statement)
        self._scopes.pop()

    def _define(self, node: "ast.FunctionDef | ast.ClassDef") -> None:
        target = None if self._scopes else self._top.get(node.name)
        if target is not None and self._resident and self._linker.spelling(target) != node.name:
            self._edit.rename(node, node.name, self._linker.spelling(target))

    def _visit_comprehension(self, node: "ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp") -> None:
        self._scopes.append(self._scope_of([generator.target for generator in node.generators]))
        self.generic_visit(node)
        self._scopes.pop()

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_comprehension

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name is not None and not self._scopes and self._resident:
            target = self._top[node.name]
            assert target is not None
            if self._linker.spelling(target) != node.name:
                self._edit.rename(node, node.name, self._linker.spelling(target))
        self.generic_visit(node)

    def _visit_import(self, node: "ast.Import | ast.ImportFrom") -> None:
        targets = self._linker.targets(self._module, node)
        if self._resident:
            kept = [alias for alias, (_, target) in zip(node.names, targets, strict=True) if target is None]
            if not self._scopes and node in self._module.tree.body:
                fresh = [alias for alias in kept if (ast.unparse(alias), str(getattr(node, "module", ""))) not in self._seen]
                self._seen.update((ast.unparse(alias), str(getattr(node, "module", ""))) for alias in kept)
                kept = fresh
            if len(kept) < len(node.names):
                self._edit.replace(node, self._statement(node, kept))
            return
        if all(target is None for _, target in targets):
            return
        lines = []
        for alias, (local, target) in zip(node.names, targets, strict=True):
            if target is None:
                lines.append(self._statement(node, [alias]))
            elif not target.name:
                lines.append("import %s as %s" % (LINKED, local))
            elif self._linker.value(target) is None:
                lines.append("from %s import %s as %s" % (LINKED, self._linker.spelling(target), local))
        if not self._scopes:
            for local, target in targets:
                self._top[local] = target
        self._used.update(target for _, target in targets if target is not None)
        self._edit.replace(node, "; ".join(lines) or "pass")

    visit_Import = visit_ImportFrom = _visit_import

    def _statement(self, node: "ast.Import | ast.ImportFrom", names: list[ast.alias]) -> str:
        if not names:
            return "pass"
        lead = "import " if isinstance(node, ast.Import) else "from %s import " % node.module
        return lead + ", ".join(ast.unparse(alias) for alias in names)


def link(sources: dict[str, bytes], roots: Iterable[str], apart: Iterable[str]) -> Linked:
    """Link what the root modules need when they are loaded into one module.

    Args: sources by path in the image; modules that are loaded in any case; modules that must stay as they are. Raises: LinkError.
    """
    linker = _Linker(sources, roots, apart)
    return linker.link()
