"""The body of a function in the place of a call of it: what can stand there, and how its names change."""

from __future__ import annotations

import ast
import copy
from types import CodeType

from tools.image.link_model import imports, stored


class Refused(Exception):
    """The body cannot stand there, or not surely as the same program."""


_NOT_MOVED = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Yield, ast.YieldFrom, ast.NamedExpr)
_EXCEPTION_WORDS = 3  # what the interpreter keeps for each `try` or `with` that one is in


def cannot_move(node: ast.FunctionDef) -> bool:
    """Whether a function is of a kind that stays a function."""
    arguments = node.args
    if node.decorator_list or arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.posonlyargs:
        return True
    inner = [part for statement in node.body for part in ast.walk(statement)]
    return any(isinstance(part, (*_NOT_MOVED, ast.Global, ast.Nonlocal)) or isinstance(part, ast.Name) and part.id == "super" for part in inner)


def frame_words(node: ast.FunctionDef) -> int:
    """The words that a call takes for variables, intermediate values and exceptions, as CPython's compiler counts them."""
    plain = copy.deepcopy(node)
    plain.decorator_list = []
    code = compile(ast.fix_missing_locations(ast.Module([plain], [])), "frame", "exec")
    (inner,) = (constant for constant in code.co_consts if isinstance(constant, CodeType) and constant.co_name == node.name)
    return inner.co_nlocals + inner.co_stacksize + _EXCEPTION_WORDS * _nesting(node)


def _nesting(node: ast.AST) -> int:
    inner = max([_nesting(child) for child in ast.iter_child_nodes(node)], default=0)
    return inner + isinstance(node, (ast.Try, ast.With))


def _returns(statements: list[ast.stmt]) -> list[ast.Return]:
    return [node for statement in statements for node in ast.walk(statement) if isinstance(node, ast.Return)]


def _never_falls_off(statements: list[ast.stmt]) -> bool:
    last = statements[-1] if statements else None
    if isinstance(last, ast.If):
        return _never_falls_off(last.body) and _never_falls_off(last.orelse)
    return isinstance(last, (ast.Return, ast.Raise))


class _Names(ast.NodeTransformer):
    """Gives the variables of the body their names at the new place, and arguments the place of parameters."""

    def __init__(self, values: dict[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self._values.get(node.id)
        if value is None:
            return node
        if isinstance(value, ast.Name):
            return ast.Name(value.id, node.ctx)
        return copy.deepcopy(value)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        value = self._values.get(node.name or "")
        if isinstance(value, ast.Name):
            node.name = value.id
        self.generic_visit(node)
        return node


class Body:
    """The body of one function, on its way to the place of one call.

    Args: the function; whether it is a method; the function with the call, which will be changed; the call in it; the names of the image that are methods
    and never data, which stay what they are whatever a body does.
    """

    def __init__(self, function: ast.FunctionDef, is_method: bool, caller: ast.FunctionDef, call: ast.Call, methods: set[str]) -> None:
        """Prepare the statements. Raises: Refused."""
        self._call = call
        self._methods = methods
        if any(isinstance(part, _NOT_MOVED) for statement in caller.body for part in ast.walk(statement)):
            raise Refused("a function inside may hold its variables")
        body = copy.deepcopy(function.body)
        if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            del body[0]
        parameters = [argument.arg for argument in function.args.args]
        arguments = self._arguments(function, parameters, is_method)
        assigned = set(stored(body))
        own = set(parameters) | assigned
        self._there = {part.id for part in ast.walk(caller) if isinstance(part, ast.Name)} | {argument.arg for argument in caller.args.args}
        variables = set(stored(caller.body)) | {argument.arg for argument in caller.args.args}
        imported = _imported(body)
        outside = {part.id for statement in body for part in ast.walk(statement) if isinstance(part, ast.Name)} - own
        if (outside | imported) & (variables | _imported(caller.body)) or imported & (self._there | own):
            raise Refused("a name means something else there")
        values: dict[str, ast.expr] = {}
        self._before: list[ast.stmt] = []
        for name in sorted(own):
            values[name] = ast.Name(self._fresh(name, own | outside) if name in self._there else name, ast.Load())
        for name, argument in zip(parameters, arguments, strict=True):
            if name not in assigned and (isinstance(argument, ast.Constant) or isinstance(argument, ast.Name) and argument.id in variables):
                values[name] = argument
            else:
                self._before.append(ast.Assign([ast.Name(_id(values[name]), ast.Store())], argument, lineno=0))
        self._there |= {_id(value) for value in values.values() if isinstance(value, ast.Name)} | outside
        self._body: list[ast.stmt] = [_Names(values).visit(statement) for statement in body]

    def _fresh(self, name: str, taken: set[str]) -> str:
        """A name like this one that nothing has."""
        while name in self._there | taken:
            name += "_"
        self._there.add(name)
        return name

    def _arguments(self, function: ast.FunctionDef, parameters: list[str], is_method: bool) -> list[ast.expr]:
        """The argument of each parameter. Raises: Refused when one cannot be told, or would be evaluated in another order."""
        call = self._call
        if any(isinstance(argument, ast.Starred) for argument in call.args) or any(keyword.arg is None for keyword in call.keywords):
            raise Refused("arguments that cannot be told")
        first = [call.func.value] if is_method and isinstance(call.func, ast.Attribute) else []
        given = dict(zip(parameters, [*first, *call.args], strict=False))
        named = [str(keyword.arg) for keyword in call.keywords]
        if [name for name in parameters[len(given) :] if name in named] != named:
            raise Refused("arguments in another order")
        given.update(zip(named, (keyword.value for keyword in call.keywords), strict=True))
        defaults = function.args.defaults
        for name, default in zip(parameters[len(parameters) - len(defaults) :], defaults, strict=True):
            if given.setdefault(name, default) is default and not isinstance(default, ast.Constant):
                raise Refused("a default that is no literal")
        return [given[name] for name in parameters]

    def put(self, statements: list[ast.stmt], is_tail: bool) -> bool:
        """Put the body into a list of statements, where the call is; False when it is not there. Raises: Refused."""
        for place, statement in enumerate(statements):
            if not any(part is self._call for part in ast.walk(statement)):
                continue
            at_end = is_tail and place == len(statements) - 1
            new = self._instead(statement, at_end)
            if new is not None:
                statements[place : place + 1] = new or [ast.Pass()]
                return True
            inner = [getattr(statement, name, None) for name in ("body", "orelse", "finalbody")]
            inner += [handler.body for handler in getattr(statement, "handlers", ())]
            for block in inner:
                if isinstance(block, list) and self.put(block, at_end and isinstance(statement, ast.If)):
                    return True
            if self._is_expression():
                self._replace(statement, self._body[0].value)  # type: ignore[attr-defined]
                return True
            raise Refused("it stands where no body can")
        return False

    def _is_expression(self) -> bool:
        """Whether the body is one expression of what does not change: then it can stand anywhere."""
        return not self._before and len(self._body) == 1 and isinstance(self._body[0], ast.Return) and self._body[0].value is not None

    def _replace(self, statement: ast.stmt, value: ast.expr) -> None:
        for node in ast.walk(statement):
            for name, child in ast.iter_fields(node):
                if child is self._call:
                    setattr(node, name, value)
                elif isinstance(child, list) and any(part is self._call for part in child):
                    child[[part is self._call for part in child].index(True)] = value

    def _instead(self, statement: ast.stmt, at_end: bool) -> list[ast.stmt] | None:
        """The statements that stand for the one with the call; None when the call is further inside."""
        body = self._body
        if isinstance(statement, ast.Return) and statement.value is self._call:
            return [*self._before, *body, *([] if _never_falls_off(body) else [ast.Return(None)])]
        if isinstance(statement, ast.Expr) and statement.value is self._call:
            if at_end and all(node.value is None or isinstance(node.value, ast.Constant) for node in _returns(body)):
                if not isinstance(body[-1], ast.Return):
                    for node in _returns(body):
                        node.value = None
                    return [*self._before, *body]
            return [*self._before, *self._straight(None)]
        if not self._is_evaluated_first(statement):
            return None
        if _returns(body[:-1]) or not isinstance(body[-1], ast.Return):
            result = self._fresh("result", set())
            before = self._straight(result)
            self._replace(statement, ast.Name(result, ast.Load()))
        else:
            before = body[:-1]
            self._replace(statement, body[-1].value or ast.Constant(None))
        return [*self._before, *before, statement]

    def _straight(self, result: str | None) -> list[ast.stmt]:
        """The body with branches instead of returns, and what it returned in a variable. Raises: Refused."""

        def give(value: ast.expr | None) -> list[ast.stmt]:
            if result is not None:
                return [ast.Assign([ast.Name(result, ast.Store())], value or ast.Constant(None), lineno=0)]
            return [] if value is None or isinstance(value, (ast.Constant, ast.Name)) else [ast.Expr(value)]

        def branches(statements: list[ast.stmt]) -> list[ast.stmt]:
            for place, statement in enumerate(statements):
                rest = statements[place + 1 :]
                if isinstance(statement, ast.Return):
                    return [*statements[:place], *give(statement.value)]
                if not _returns([statement]):
                    continue
                if not isinstance(statement, ast.If):
                    raise Refused("it returns from the midst")
                if _never_falls_off(statement.body):
                    yes, no = branches(statement.body), branches([*statement.orelse, *rest])
                elif statement.orelse and _never_falls_off(statement.orelse):
                    yes, no = branches([*statement.body, *rest]), branches(statement.orelse)
                else:
                    raise Refused("it returns from the midst")
                return [*statements[:place], ast.If(statement.test, yes or [ast.Pass()], no)]
            return [*statements, *([] if statements and isinstance(statements[-1], ast.Raise) else give(None))]

        return branches(self._body)

    def _is_evaluated_first(self, statement: ast.stmt) -> bool:
        """Whether nothing that the body could change is evaluated before the call."""
        if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Return, ast.Expr)):
            node: ast.expr | None = statement.value
        elif isinstance(statement, ast.If):
            node = statement.test
        else:
            return False
        while node is not None and node is not self._call:
            parts = list(ast.iter_child_nodes(node)) if isinstance(node, (ast.UnaryOp, ast.BinOp, ast.Subscript, ast.Attribute, ast.Call, ast.Compare)) else []
            if isinstance(node, (ast.BoolOp, ast.IfExp, ast.Compare)):
                parts = [node.values[0] if isinstance(node, ast.BoolOp) else node.test if isinstance(node, ast.IfExp) else node.left]
            for part in (part for part in parts if isinstance(part, ast.expr)):
                if any(inner is self._call for inner in ast.walk(part)):
                    node = part
                    break
                if not self._is_steady(part):
                    return False
            else:
                return False
        return node is not None

    def _is_steady(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Attribute):
            return node.attr in self._methods and isinstance(node.value, ast.Name)
        return isinstance(node, (ast.Constant, ast.Name))


def _id(value: ast.expr) -> str:
    assert isinstance(value, ast.Name)
    return value.id


def _imported(statements: list[ast.stmt]) -> set[str]:
    return {alias.asname or alias.name.split(".")[0] for node in imports(statements) for alias in node.names}
