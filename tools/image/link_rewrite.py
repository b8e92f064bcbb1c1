"""Rewrites one module of a linked image: every name that another module defines gets its spelling there."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tools.image.link_model import LINKED, LinkError, Module, Scope, Target, imports, is_marked, nonlocals, stored
from tools.image.source_edit import EditError, SourceEdit

if TYPE_CHECKING:
    from tools.image.link_modules import Linker


class Rewrite(ast.NodeVisitor):
    """Writes one module anew: imports of resident modules go, names become the linked ones."""

    def __init__(self, linker: Linker, module: Module, resident: bool, seen: set[tuple[str, str]]) -> None:
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
                    self._mark(statement)
            return self._edit.result()
        except EditError as error:
            raise LinkError("%s: %s" % (self._module.name, error)) from None

    def _mark(self, statement: ast.stmt) -> None:
        """Write const() around a constant that needs no global: the compiler then leaves it out."""
        if not self._resident or not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            return
        name = statement.targets[0].id
        if name in self._module.constants and not is_marked(statement.value):
            if self._linker.spelling(Target(self._module.name, name)).startswith("_"):
                self._edit.wrap(statement.value, "const(", ")")

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
        return dict.fromkeys(stored(statements))

    def _visit_function(self, node: "ast.FunctionDef | ast.Lambda") -> None:
        arguments = node.args
        for default in (*arguments.defaults, *filter(None, arguments.kw_defaults)):
            self.visit(default)
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *filter(None, (arguments.vararg, arguments.kwarg))]
        body = node.body if isinstance(node.body, list) else [node.body]
        scope: Scope = self._scope_of(body)
        for name in nonlocals(body):
            scope.pop(name, None)
        scope.update(dict.fromkeys(argument.arg for argument in every))
        for statement in imports(body):
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
