"""The neighbours of a program: the same one, changed by rule in one respect, and written down as a program of its own.

A fix is tried with the program that showed the bug. What it leaves behind is seen by programs that are almost the same:

- `others`: every other task that the program makes may be cancelled, too. So that the end of a cancelled task is not
  taken for a failure of the program, it then waits for its tasks, and does not await them. If it makes no task, the
  program itself is one, which may be cancelled;
- `second`: what may be cancelled once may be cancelled twice, and there is one event more;
- `user`: there is one more task of each kind that the program makes, after the first of that kind;
- `late`: the same, but that one comes when the environment lets it, in any gap.

The rules change the syntax tree, so what comes out is plain source that `treadle explore` takes. Where a rule finds
nothing to change there is no such neighbour. Standard library only.
"""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

OTHERS, SECOND, USER, LATE = "others", "second", "user", "late"
NAMES = (OTHERS, SECOND, USER, LATE)

_LATE = """
async def come_late(env, come, *arguments):
    await env.future("late comer")
    return await come(*arguments)
"""
_MORE = "more"

_ITSELF = """
async def {outer}(env):
    await asyncio.wait([env.cancellable(asyncio.create_task({inner}(env), name="program"))])
"""


def neighbour(source: str, rule: str) -> str | None:
    """Return the source of a neighbour of the programs of a file, without the tests; None where there is none."""
    module = ast.parse(source)
    module.body = [node for node in module.body if not _is_test(node)]
    change = {OTHERS: _cancel_others, SECOND: _cancel_twice, USER: _add_user, LATE: _add_late}[rule]
    if not change(module):
        return None
    return ast.unparse(ast.fix_missing_locations(module)) + "\n"


def _is_test(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test_")


def _called(node: ast.AST) -> str:
    """Return the last part of the name of what is called, or nothing if this is no call."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _on(node: ast.AST) -> str:
    """Return the name of what a method is called on."""
    func = node.func if isinstance(node, ast.Call) else None
    return func.value.id if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) else ""


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _statements(text: str) -> list[ast.stmt]:
    return ast.parse(text).body


def _own(module: ast.Module) -> frozenset[str]:
    """Return the names of the async functions of a file."""
    return frozenset(node.name for node in ast.walk(module) if isinstance(node, ast.AsyncFunctionDef))


def _programs(module: ast.Module) -> list[ast.AsyncFunctionDef]:
    """Return the async functions that get the environment; tasks are made there."""
    return [
        node
        for node in module.body
        if isinstance(node, ast.AsyncFunctionDef) and node.args.args and node.args.args[0].arg in {"env", "_"}
    ]


class _Others(ast.NodeTransformer):
    """Makes each task cancellable that is not, and lets nobody be hurt by the end of one."""

    def __init__(self, module: ast.Module) -> None:
        self.changed = False
        self._own = _own(module)
        self._declared = frozenset(
            node.args[0].id
            for node in ast.walk(module)
            if isinstance(node, ast.Call) and _called(node) == "cancellable" and isinstance(node.args[0], ast.Name)
        )

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        if isinstance(node.targets[0], ast.Name) and node.targets[0].id in self._declared:
            return node  # it is declared later, by its name
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if _called(node) == "cancellable":
            return node
        if _called(node) == "gather":
            self._see_gather(node)
        self.generic_visit(node)
        if _called(node) == "create_task":
            return self._cancellable(node)
        return node

    def _see_gather(self, node: ast.Call) -> None:
        """Let a gather return what its tasks raise, and make tasks of bare coroutines."""
        if not any(each.arg == "return_exceptions" for each in node.keywords):
            node.keywords.append(ast.keyword("return_exceptions", ast.Constant(value=True)))
        for place, argument in enumerate(node.args):
            if isinstance(argument, ast.Call) and _called(argument) in self._own:
                node.args[place] = ast.Call(_expression("asyncio.create_task"), [argument], [])

    def _cancellable(self, node: ast.Call) -> ast.expr:
        self.changed = True
        return ast.Call(_expression("env.cancellable"), [node], [])


class _Waits(ast.NodeTransformer):
    """Waits for tasks that have a name, where the program awaits them."""

    def __init__(self, module: ast.Module) -> None:
        self._tasks = frozenset(
            node.targets[0].id
            for node in ast.walk(module)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and _makes_task(node.value)
        )

    def visit_Await(self, node: ast.Await) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id in self._tasks:
            return ast.Await(_expression(f"asyncio.wait([{node.value.id}])"))
        return node


def _makes_task(node: ast.AST) -> bool:
    return any(_called(each) == "create_task" for each in ast.walk(node))


def _with_env(module: ast.Module) -> None:
    """Let a program have its environment by name that does not use it."""
    for program in _programs(module):
        program.args.args[0].arg = "env"


def _cancel_others(module: ast.Module) -> bool:
    others = _Others(module)
    waits = _Waits(module)
    _with_env(module)
    for program in _programs(module):
        others.visit(program)
    if others.changed:
        waits.visit(module)
    elif not any(_makes_task(program) for program in _programs(module)):
        _cancel_itself(module)
    else:
        return False
    _import_asyncio(module)
    return True


def _cancel_itself(module: ast.Module) -> None:
    """Run each program in a task of its own, which may be cancelled."""
    for program in _programs(module):
        if len(program.args.args) == 1 and not program.args.kwonlyargs:
            outer, program.name = program.name, f"{program.name}_itself"
            module.body += _statements(_ITSELF.format(outer=outer, inner=program.name))


def _cancel_twice(module: ast.Module) -> bool:
    changed = False
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and _called(node) == "cancellable":
            node.keywords = [each for each in node.keywords if each.arg != "times"]
            node.keywords.append(ast.keyword("times", ast.Constant(value=2)))
            changed = True
    return changed


class _More(ast.NodeTransformer):
    """Beside one task of each kind, makes one more; those that belong to no group are kept in a list."""

    def __init__(self, own: frozenset[str], again: Callable[[ast.expr], ast.expr], *, late: bool) -> None:
        self.changed = False
        self.keeps = False
        self._own = own
        self._again = again
        self._late = late
        self._seen: set[str] = set()

    def _is_new(self, coroutine: ast.expr) -> bool:
        kind = ast.unparse(coroutine.func) if isinstance(coroutine, ast.Call) else ""
        if not kind or kind in self._seen:
            return False
        self._seen.add(kind)
        self.changed = True
        return True

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if _called(node) == "gather":
            bare = [each for each in node.args if isinstance(each, ast.Call) and _called(each) in self._own]
            node.args += [self._again(copy.deepcopy(each)) for each in bare if self._is_new(each)]
        self.generic_visit(node)
        if _called(node) == "create_task" and self._is_new(node.args[0]):
            again = ast.Call(node.func, [self._again(copy.deepcopy(node.args[0]))], [])
            if _on(node) == "asyncio":
                self.keeps = True
                again = ast.Call(_expression(f"{_MORE}.append"), [again], [])
            return ast.Subscript(ast.Tuple([node, again], ast.Load()), ast.Constant(value=0), ast.Load())
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.stmt | list[ast.stmt]:
        self.generic_visit(node)
        call = node.value
        if isinstance(call, ast.Call) and _called(call) == "start_soon":
            kind = ast.Call(call.args[0], [], [])
            if self._is_new(kind):
                late = [*map(_expression, ("come_late", "env"))] if self._late else []
                return [node, ast.Expr(ast.Call(call.func, [*late, *copy.deepcopy(call.args)], []))]
        return node


def _add_more(module: ast.Module, again: Callable[[ast.expr], ast.expr], *, late: bool) -> bool:
    changed = False
    _with_env(module)
    for program in _programs(module):
        more = _More(_own(module), again, late=late)
        more.visit(program)
        changed = changed or more.changed
        if more.keeps:
            _wait_for_more(program)
            program.body.insert(0, *_statements(f"{_MORE} = []"))
    return changed


def _wait_for_more(function: ast.AsyncFunctionDef) -> None:
    """Let a program wait for those that it has more, where it first waits for tasks."""
    waiting = _statements(f"await asyncio.wait({_MORE})")
    if not _after_wait(function.body, waiting):
        function.body += waiting


def _after_wait(body: list[ast.stmt], waiting: list[ast.stmt]) -> bool:
    for place, statement in enumerate(body):
        if isinstance(statement, (ast.AsyncFunctionDef, ast.FunctionDef, ast.ClassDef)):
            continue
        inside = getattr(statement, "body", None)
        if inside:
            if _after_wait(inside, waiting):
                return True
        elif any(isinstance(each, ast.Await) and _is_wait(each.value) for each in ast.walk(statement)):
            body[place + 1 : place + 1] = waiting
            return True
    return False


def _is_wait(awaited: ast.expr) -> bool:
    return isinstance(awaited, ast.Name) or _called(awaited) in {"wait", "gather"}


def _import_asyncio(module: ast.Module) -> None:
    if any(isinstance(node, ast.Import) and node.names[0].name == "asyncio" for node in module.body):
        return
    first = next(place for place, node in enumerate(module.body) if isinstance(node, (ast.Import, ast.ImportFrom)))
    module.body[first + 1 : first + 1] = _statements("import asyncio")


def _add_user(module: ast.Module) -> bool:
    return _add_more(module, lambda coroutine: coroutine, late=False)


def _add_late(module: ast.Module) -> bool:
    def again(coroutine: ast.expr) -> ast.expr:
        come = ast.Lambda(_no_arguments(), coroutine)
        return ast.Call(_expression("come_late"), [_expression("env"), come], [])

    changed = _add_more(module, again, late=True)
    if changed:
        first = next(place for place, node in enumerate(module.body) if isinstance(node, ast.AsyncFunctionDef))
        module.body[first:first] = _statements(_LATE)
    return changed


def _no_arguments() -> ast.arguments:
    return ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
