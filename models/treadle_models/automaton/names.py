"""What the names of a function mean, by Python's own rules: its variables, those shared with inner functions.

A comprehension has its own scope for its targets; everything else in it belongs to the function around it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def parameters(arguments: ast.arguments) -> tuple[str, ...]:
    """Return the names of all parameters."""
    more = [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
    return tuple(each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *more))


def assigned(body: list[ast.stmt]) -> set[str]:
    """Return the names that statements bind, except those declared `global` or `nonlocal`."""
    bound: set[str] = set()
    others: set[str] = set()
    for statement in body:
        for node in _walk(statement):
            bound.update(_bound_by(node))
            if isinstance(node, _COMPREHENSIONS):
                inner = (each for each in ast.walk(node) if isinstance(each, ast.NamedExpr))
                bound.update(each.target.id for each in inner)
            if isinstance(node, (ast.Global, ast.Nonlocal)):
                others.update(node.names)
    return bound - others


def _bound_by(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
        yield node.id
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (each.asname or each.name.partition(".")[0] for each in node.names)
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping)):
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name is not None:
            yield name


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of one scope; inner functions, classes and comprehensions are yielded, but not entered."""
    yield node
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef, *_COMPREHENSIONS)):
        return
    for child in ast.iter_child_nodes(node):
        yield from _walk(child)


def gives(body: list[ast.stmt]) -> ast.AST | None:
    """Return a `yield` of the function itself, which makes it a generator; None if there is none."""
    every = (node for statement in body for node in _walk(statement))
    return next((node for node in every if isinstance(node, (ast.Yield, ast.YieldFrom))), None)


def unresolved(node: Function) -> set[str]:
    """Return the names in a function and its inner functions that are not its own."""
    body: list[ast.stmt] = [ast.Return(node.body)] if isinstance(node, ast.Lambda) else node.body
    return (used(body) | _declared(body)) - assigned(body) - set(parameters(node.args))


def _declared(body: list[ast.stmt]) -> set[str]:
    every = (node for statement in body for node in _walk(statement) if isinstance(node, ast.Nonlocal))
    return {name for node in every for name in node.names}


def used(body: list[ast.stmt]) -> set[str]:
    """Return the names that statements read or write, including inner functions and comprehensions."""
    found: set[str] = set()
    for statement in body:
        for node in _walk(statement):
            if isinstance(node, ast.Name):
                found.add(node.id)
            elif isinstance(node, _FUNCTIONS):
                found |= unresolved(node)
            elif isinstance(node, _COMPREHENSIONS):
                found |= _used_by_comprehension(node)
            elif isinstance(node, ast.ClassDef):
                found |= {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return found


def _used_by_comprehension(node: ast.AST) -> set[str]:
    found: set[str] = set()
    own: set[str] = set()
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.comprehension):
            own |= {each.id for each in ast.walk(child.target) if isinstance(each, ast.Name)}
            parts: list[ast.expr] = [child.iter, *child.ifs]
        else:
            parts = [child]  # type: ignore[list-item]  # the element, or key and value
        found |= used([ast.Expr(each) for each in parts])
    first = node.generators[0].iter  # type: ignore[attr-defined]  # every comprehension has them
    return (found - own) | used([ast.Expr(first)])


def shared(body: list[ast.stmt], own: set[str]) -> set[str]:
    """Return those of a function's own variables that its inner functions use."""
    found: set[str] = set()
    for statement in body:
        for node in _walk_all(statement):
            if isinstance(node, _FUNCTIONS):
                found |= unresolved(node)
    return found & own


def _walk_all(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of one scope, and of the comprehensions in it."""
    yield node
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        return
    for child in ast.iter_child_nodes(node):
        yield from _walk_all(child)


def defined(tree: ast.Module) -> tuple[dict[str, ast.stmt], dict[str, str]]:
    """Return the top-level definitions of a module by name, and the names whose meaning is not clear.

    A name has the meaning of a top-level statement if no other one binds it. A name that is assigned again, in a
    branch, or by a function is returned with the reason.
    """
    found: dict[str, ast.stmt] = {}
    unclear: dict[str, str] = {}
    for statement in tree.body:
        for node in _walk(statement):
            for name in _bound_by(node):
                plain = node is statement or (
                    isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None
                )
                if not plain:
                    unclear[name] = f"the name {name!r}, which line {statement.lineno} binds"
                elif name in found:
                    unclear[name] = f"the name {name!r}, which line {statement.lineno} binds again"
                found[name] = statement
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            unclear.update({name: f"the name {name!r}, which line {node.lineno} makes global" for name in node.names})
    return found, unclear
