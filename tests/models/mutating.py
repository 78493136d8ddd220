"""Mutants of the machine, drawn by rule: one place of its source is changed, by one of a few operators, from a seed.

The operators are those of mutation testing (Offutt and others, 1996): a condition is negated, a statement is left out,
two statements change places, a comparison or a number is another one. Left out are the places that only say what is
outside of the subset, for there nothing is modelled.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import hashlib
import importlib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, ModuleType

MODULES = ("actor", "frames", "futures", "interpreter", "play", "stage", "tasks")
"""Those of `treadle_models.machine` in which the rules of asyncio stand, and what may happen when."""

_OTHER: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: in which function of which module, at which of its nodes, and by which operator."""

    module: str
    function: str
    line: int
    operator: str
    node: int
    text: str
    again: int = 0  # how many like it stand before it in the function

    def __str__(self) -> str:
        more = f" ({self.again + 1})" if self.again else ""
        return f"{self.module}.{self.function}, {self.operator}: {self.text}{more}"

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Let the function run changed."""
        module = importlib.import_module(f"treadle_models.machine.{self.module}")
        tree = ast.parse(_source(module))
        function = next(each for name, each in _functions(tree) if name == self.function)
        _change(list(ast.walk(function))[self.node], self.operator)
        made = compile(ast.fix_missing_locations(tree), str(module.__file__), "exec", dont_inherit=True)
        real = _function(module, self.function)
        before = real.__code__
        real.__code__ = next(code for code in _codes(made) if code.co_qualname == before.co_qualname)
        try:
            yield
        finally:
            real.__code__ = before


def _source(module: ModuleType) -> str:
    return Path(str(module.__file__)).read_text(encoding="utf-8")


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield the functions of a module and of its classes, by their qualified names."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{each.name}", each) for each in node.body if isinstance(each, ast.FunctionDef))


def _function(module: ModuleType, name: str) -> FunctionType:
    found: object = module
    for part in name.split("."):
        found = vars(found)[part]
    found = getattr(found, "fget", found)
    assert isinstance(found, FunctionType)
    return found


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for each in code.co_consts:
        if hasattr(each, "co_consts"):
            yield from _codes(each)


def _places(function: ast.FunctionDef) -> Iterator[tuple[int, ast.AST, str]]:
    """Yield the number of a node, the node, and an operator that changes it."""
    skipped = {id(inner) for node in ast.walk(function) if _refuses(node) for inner in ast.walk(node)}
    skipped |= {id(inner) for part in (function.args, *_annotations(function)) for inner in ast.walk(part)}
    for number, node in enumerate(ast.walk(function)):
        if id(node) in skipped:
            continue
        yield from ((number, node, operator) for operator in _operators(node))


def _annotations(function: ast.FunctionDef) -> list[ast.AST]:
    more = [each.annotation for each in ast.walk(function) if isinstance(each, ast.AnnAssign)]
    return [*more, *([function.returns] if function.returns is not None else []), *function.decorator_list]


def _refuses(node: ast.AST) -> bool:
    """Say whether this statement decides that something is outside of the subset, or says it."""
    raised = [each.exc for each in ast.walk(node) if isinstance(each, ast.Raise) and each.exc is not None]
    texts = [ast.unparse(each) for each in raised]
    return isinstance(node, (ast.If, ast.Raise, ast.Try)) and any(
        word in each for each in texts for word in ("OutsideError", "error.at", "NotImplementedError")
    )


def _operators(node: ast.AST) -> Iterator[str]:
    if isinstance(node, (ast.If, ast.IfExp, ast.While)):
        yield "the condition is negated"
    if isinstance(node, ast.BoolOp):
        yield "and is or, or is and"
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _OTHER:
        yield "another comparison"
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield "a number is one more"
    for field in ("body", "orelse"):
        statements = getattr(node, field, None)
        if not isinstance(statements, list):
            continue
        for place, each in enumerate(statements):
            if _does_something(each):
                yield f"left out: {field} {place}"
            after = statements[place + 1] if place + 1 < len(statements) else None
            if after is not None and _does_something(each) and _does_something(after) and _meet(each, after):
                yield f"changed places: {field} {place}"


def _does_something(node: ast.AST) -> bool:
    """Say whether a statement changes more than a local variable, without which Python itself would complain."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call)
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
    return any(not isinstance(each, (ast.Name, ast.Tuple)) for each in targets)


def _meet(one: ast.AST, other: ast.AST) -> bool:
    """Say whether the order of two statements may matter: both call something, or one reads what the other writes."""
    if isinstance(one, ast.Expr) and isinstance(other, ast.Expr):
        return True
    return any(_names(a, ast.Store) & _names(b) for a, b in ((one, other), (other, one)))


def _names(node: ast.AST, context: type[ast.expr_context] = ast.expr_context) -> frozenset[str]:
    """Return the attributes that a statement touches."""
    found = (each for each in ast.walk(node) if isinstance(each, ast.Attribute))
    return frozenset(each.attr for each in found if isinstance(each.ctx, context))


def _change(node: ast.AST, operator: str) -> None:
    if isinstance(node, (ast.If, ast.IfExp, ast.While)) and operator == "the condition is negated":
        node.test = ast.UnaryOp(ast.Not(), node.test)
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.Compare):
        node.ops = [_OTHER[type(node.ops[0])]()]
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        node.value += 1
    else:
        what, _, place = operator.partition(": ")
        field, _, number = place.partition(" ")
        statements = getattr(node, field)
        at = int(number)
        if what == "left out":
            statements[at] = ast.copy_location(ast.Pass(), statements[at])
        else:
            statements[at], statements[at + 1] = statements[at + 1], statements[at]


def _text(node: ast.AST, operator: str) -> str:
    """Return what stands at the place, on one line."""
    what, _, place = operator.partition(": ")
    if place:
        field, _, number = place.partition(" ")
        statements = getattr(node, field)[int(number) : int(number) + (2 if what == "changed places" else 1)]
        return "; ".join(" ".join(ast.unparse(each).split()) for each in statements)
    shown = copy.copy(node)
    if isinstance(shown, (ast.If, ast.While)):
        return " ".join(ast.unparse(shown.test).split())
    return " ".join(ast.unparse(shown).split())


def every() -> list[Mutant]:
    """Return all there are, in the order of the source."""
    found: list[Mutant] = []
    before: Counter[str] = Counter()
    for name in MODULES:
        module = importlib.import_module(f"treadle_models.machine.{name}")
        for function, node in _functions(ast.parse(_source(module))):
            for number, place, operator in _places(node):
                line = getattr(place, "lineno", node.lineno)
                one = Mutant(name, function, line, operator, number, _text(place, operator))
                before[str(one)] += 1
                found.append(replace(one, again=before[str(one)] - 1))
    return found


def drawn(count: int, seed: int = 0) -> list[Mutant]:
    """Draw so many. Each has a number of its own that the seed makes of it, and the lowest are drawn.

    So what is drawn stays drawn where the source is changed elsewhere.
    """
    return sorted(every(), key=lambda each: hashlib.sha256(f"{seed} {each}".encode()).digest())[:count]
