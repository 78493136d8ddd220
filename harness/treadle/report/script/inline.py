"""The code under test in a short script: imports, definitions, and the statements of the call.

An adapter is inlined: if its function only makes the call, its statements take the place of the call. A library is
imported by name. Code that can only be found by a path has no short script.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.check.adapter import package_of
from treadle.inspecting import attribute, is_async
from treadle.loading import can_be_imported
from treadle.report.script.embed import module_source, standing_alone, without_pragmas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle.check.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Inlined:
    """`imports`, and then the definitions (`defines`); `call` makes the call, on `task`, in an async function.

    For an owner, `call` is an expression that makes the manager from `dependency()`. `package` is the name of the
    library in the package registry, or empty. `coroutine` is an expression for the coroutine of the call, if the call
    is only that. `owning` holds the statements of an owner that is a decorated function, with a line `YIELD`, followed
    by the task, where it yields that; `manager` is its definition.
    """

    imports: tuple[str, ...]
    defines: str
    call: tuple[str, ...]
    package: str
    coroutine: str = ""
    owning: tuple[str, ...] = ()
    manager: str = ""

    def without_manager(self) -> Inlined:
        """Return the same without the definition of the manager, for a script that uses the statements in `owning`."""
        used = "\n".join([self.defines, *self.owning])
        imports = (each for each in self.imports if each != "import contextlib" or "contextlib." in used)
        return replace(self, imports=tuple(imports), manager="")


def inline(target: Target) -> Inlined | None:
    """Return the code under test in few lines; None if it cannot be found without a path."""
    code = _inline(target)
    if code is None or target.subject.owner or len(code.call) != 1:
        return code
    called = re.fullmatch(r"await (([\w.]+)\(.*\))", code.call[0])
    function: object = sys.modules.get(target.module)
    for part in called[2].split(".") if called else [""]:
        function = attribute(function, part)
    return replace(code, coroutine=called[1]) if called and is_async(function) else code


def _inline(target: Target) -> Inlined | None:
    function = target.subject.function if target.file else None
    package = (
        package_of(target.module, function, vars(sys.modules[target.module])) if target.module in sys.modules else ""
    )
    if target.in_catalogue:
        return _defined(module_source(target.module), target, package)
    if target.file:
        text = _text_of(target)
        return None if text is None else _defined(text, target, package)
    alone = standing_alone(target)
    if alone:
        return _defined(alone, target, package)
    name, _, rest = target.attribute.partition(".")
    if not can_be_imported(target.module.partition(".")[0]):
        return None
    attribute = f"{name}{'.' if rest else ''}{rest}"
    return Inlined(
        imports=(f"from {target.module} import {name}",),
        defines="",
        call=_called(attribute, owner=target.subject.owner),
        package=package,
    )


YIELD = "YIELD"


def _owning(node: ast.stmt, lines: list[str]) -> tuple[str, ...]:
    """Return the statements of an owner, if it yields exactly once, in a statement of its own."""
    if not isinstance(node, ast.AsyncFunctionDef) or len(node.args.args) != 1:
        return ()
    yields = [each for each in ast.walk(node) if isinstance(each, ast.Yield)]
    stated = [each for each in ast.walk(node) if isinstance(each, ast.Expr) and isinstance(each.value, ast.Yield)]
    if len(yields) != 1 or not stated or any(isinstance(each, ast.Return) for each in ast.walk(node)):
        return ()
    body = [re.sub(rf"\b{node.args.args[0].arg}\b", "dependency()", line) for line in _body(node, lines)]
    return tuple(re.sub(r"^(\s*)yield\b", rf"\1{YIELD}", line) for line in body)


def _called(name: str, *, owner: bool) -> tuple[str, ...]:
    return (f"{name}(dependency())",) if owner else (f"await {name}(task)",)


def _text_of(target: Target) -> str | None:
    """Return the text of a target's file, or None if it cannot be read."""
    try:
        return Path(target.file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _defined(text: str, target: Target, package: str) -> Inlined | None:
    """Split a text into imports, the function that is called, and the definitions that it refers to."""
    tree = ast.parse(text)
    lines = text.splitlines()
    name = target.attribute
    wanted = _needed(tree, name)
    if name not in wanted:
        return None
    imports, defines, call = [], [], _called(name, owner=target.subject.owner)
    owning: tuple[str, ...] = ()
    manager = ""
    for node in tree.body:
        bound = set(_bound(node))
        if not bound & wanted:
            continue
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
        segment = without_pragmas("\n".join(lines[first - 1 : node.end_lineno]))
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports.append(segment)
        elif isinstance(node, ast.AsyncFunctionDef) and node.name == name and _is_only_a_call(node):
            call = tuple(_body(node, lines))
        elif target.subject.owner and name in bound and (owning := _owning(node, lines)):
            manager = segment
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            defines.append(f"\n{_without_docstring(node, segment)}\n\n")
        else:
            defines.append(f"{segment}\n")
    return Inlined(
        imports=tuple(imports),
        defines="".join(defines).strip("\n"),
        call=call,
        package=package,
        owning=owning,
        manager=manager,
    )


def _needed(tree: ast.Module, name: str) -> set[str]:
    """Return the names of a module that the definition of a name refers to, including itself."""
    by_name = {each: node for node in tree.body for each in _bound(node)}
    wanted: set[str] = set()
    pending = [name]
    while pending:
        each = pending.pop()
        if each in wanted or each not in by_name:
            continue
        wanted.add(each)
        pending += [found.id for found in ast.walk(by_name[each]) if isinstance(found, ast.Name)]
    return wanted


def _bound(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement at the top of a module binds."""
    if isinstance(node, ast.Import):
        yield from ((each.asname or each.name).partition(".")[0] for each in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (each.asname or each.name for each in node.names)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign):
        yield from (each.id for each in node.targets if isinstance(each, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


def _is_only_a_call(node: ast.AsyncFunctionDef) -> bool:
    """Say whether the statements of a function can replace a call of it with `task`, as those of an adapter can."""
    arguments = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
    returns = any(isinstance(each, ast.Return | ast.Yield) for each in ast.walk(node))
    return not node.decorator_list and arguments == ["task"] and not returns and len(_statements(node)) <= _SHORT


_SHORT = 5


def _statements(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[ast.stmt]:
    """Return the statements of a function without its docstring."""
    return node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body


def _body(node: ast.AsyncFunctionDef, lines: list[str]) -> list[str]:
    body = _statements(node)
    indent = body[0].col_offset
    return [line[indent:] for line in lines[body[0].lineno - 1 : node.end_lineno]]


def _without_docstring(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, segment: str) -> str:
    """Return a definition without its docstring, unless nothing would be left."""
    body = _statements(node)
    if len(body) == len(node.body) or not body:
        return segment
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    lines = segment.splitlines()
    return "\n".join(lines[: node.body[0].lineno - first] + lines[body[0].lineno - first :])
