"""Classes of the modelled program: their members, and what of them the machine does not support.

A class is in the subset if its objects behave like plain ones: no base class except another such class, no decorator,
no metaclass, no method that Python calls implicitly except `__init__` and those of context managers.
"""

from __future__ import annotations

import ast
import copy
from abc import ABC
from collections.abc import Mapping
from typing import TYPE_CHECKING, Generic

from treadle_models.automaton.names import assigned, used
from treadle_models.automaton.variables import OutsideSubsetError
from treadle_models.machine.code import ClassCode, Code, ErrorClass, Foreign, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SPECIAL = frozenset({"__init__", "__aenter__", "__aexit__", "__enter__", "__exit__"})
_METHODS = (ast.FunctionDef, ast.AsyncFunctionDef)
PLAIN: tuple[object, ...] = (object, ABC, Generic)
"""Base classes that leave the objects of a class as they are."""

PUBLIC: dict[str, frozenset[str]] = {
    "TaskGroup": frozenset({"create_task", "__aenter__", "__aexit__"}),
    "Timeout": frozenset({"expired", "__aenter__", "__aexit__"}),
    "GeneratorManager": frozenset({"__aenter__", "__aexit__"}),
}
"""What the program may use of objects of the modelled library, by class; of other classes nothing."""


class _Methods(Mapping[str, Code]):
    """The methods of a class, each compiled when it is first called, so that others may be outside the subset."""

    def __init__(self, compile_method: Callable[[ast.FunctionDef | ast.AsyncFunctionDef], Code]) -> None:
        self.sources: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
        self.static: set[str] = set()
        self.above: list[ClassCode] = []
        self._hidden: set[str] = set()
        self._compile = compile_method
        self._made: dict[str, Code] = {}

    def hide(self, name: str) -> None:
        """Remove a name whose meaning is not known."""
        self._hidden.add(name)
        self.static.discard(name)

    def hides(self, name: str) -> bool:
        """Say whether a name was removed."""
        return name in self._hidden

    def __getitem__(self, name: str) -> Code:
        if name in self._hidden:
            raise KeyError(name)
        if name not in self._made:
            if name in self.sources:
                self._made[name] = self._compile(self.sources[name])
            else:
                above = [each.methods for each in self.above if name in each.methods]
                if not above:
                    raise KeyError(name)
                self._made[name] = above[0][name]
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name not in self._hidden and self._is_known(name)

    def _is_known(self, name: object) -> bool:
        return name in self.sources or any(name in each.methods for each in self.above)

    def __iter__(self) -> Iterator[str]:
        every = dict.fromkeys((*self.sources, *(name for each in self.above for name in each.methods)))
        return iter([name for name in every if name not in self._hidden])

    def __len__(self) -> int:
        return sum(1 for _ in self)


def class_of(
    file: str,
    node: ast.ClassDef,
    bases: list[Value],
    compile_method: Callable[[ast.FunctionDef | ast.AsyncFunctionDef], Code],
    *,
    is_library: bool,
) -> ClassCode | ErrorClass:
    """Compile a class; `bases` are the values of its base classes."""
    if node.decorator_list or node.keywords:
        raise OutsideSubsetError(file, node, f"a class {node.name} with a decorator or keywords")
    if bases and all(isinstance(each, ErrorClass) for each in bases):
        return _error_class(file, node, bases)
    is_abstract = any(isinstance(each, Foreign) and each.real is ABC for each in bases)
    bases = [each for each in bases if not (isinstance(each, Foreign) and each.real in PLAIN)]
    if len(bases) > 1 or not all(isinstance(each, ClassCode) and (each.public is None or is_library) for each in bases):
        raise OutsideSubsetError(file, node, f"the base class {ast.unparse(node.bases[-1])}")
    methods, values = _Methods(compile_method), {}
    outside = [base.outside for base in bases]
    for base in bases:
        methods.above.append(base)
        values.update(base.values)
    for statement in node.body:
        try:
            _member(file, node, statement, methods, values, is_library=is_library)
        except OutsideSubsetError as error:  # as long as no object is made, only the names bound here are unknown
            outside.append(str(error))
            for name in assigned([statement]):
                values.pop(name, None)
                methods.hide(name)
    return ClassCode(
        node.name,
        methods,
        values,
        tuple(each for base in bases for each in (base, *base.above)),
        PUBLIC.get(node.name, frozenset[str]()) if is_library else None,
        frozenset[str](methods.static).union(
            *(base.static.intersection(methods) - set(methods.sources) for base in bases)
        ),
        {name: each.lineno for name, each in methods.sources.items() if name in methods},
        next((each for each in outside if each), ""),
        is_abstract or any(base.is_abstract for base in bases),
    )


def _error_class(file: str, node: ast.ClassDef, bases: list[Value]) -> ErrorClass:
    if not all(isinstance(each, ast.Pass) or _is_text(each) for each in node.body):
        raise OutsideSubsetError(file, node, f"an exception class {node.name} with a body")
    key = f"{file}:{node.name}"
    return ErrorClass(node.name, frozenset({key}).union(*(each.names for each in bases)), key)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _member(  # noqa: PLR0913 - all that a member may change
    file: str,
    node: ast.ClassDef,
    statement: ast.stmt,
    methods: _Methods,
    values: dict[str, Value],
    *,
    is_library: bool,
) -> None:
    if isinstance(statement, _METHODS):
        _method(file, node, statement, methods, is_library=is_library)
        values.pop(statement.name, None)
        return
    if isinstance(statement, ast.Pass) or _is_text(statement):
        return
    if isinstance(statement, ast.AnnAssign) and statement.value is None:
        return
    target: ast.expr | None = statement.target if isinstance(statement, ast.AnnAssign) else None
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    value = getattr(statement, "value", None)
    if not isinstance(target, ast.Name) or not isinstance(value, ast.Constant) or target.id.startswith("__"):
        raise OutsideSubsetError(file, statement, f"what line {statement.lineno} does in the class {node.name}")
    values[target.id] = value.value
    if target.id in methods:  # a value in place of a method of a base class, or of one above
        methods.hide(target.id)


def _method(
    file: str,
    node: ast.ClassDef,
    statement: ast.FunctionDef | ast.AsyncFunctionDef,
    methods: _Methods,
    *,
    is_library: bool,
) -> None:
    name = statement.name
    own = name.startswith("__") and (name not in _SPECIAL or (name == "__init__" and _is_async(statement)))
    if own and not is_library:
        raise OutsideSubsetError(file, statement, f"the method {name}, which Python calls implicitly")
    if name in methods.sources or methods.hides(name):
        raise OutsideSubsetError(file, statement, f"a second meaning of {name}")
    given = [each for each in (*statement.args.defaults, *statement.args.kw_defaults) if each is not None]
    if used([ast.Expr(each) for each in given]) & assigned(node.body):
        raise OutsideSubsetError(file, statement, f"a default of {name} that is a name of its class")
    methods.sources[name] = statement
    if [ast.unparse(each) for each in statement.decorator_list] == ["staticmethod"]:
        methods.static.add(name)
        methods.sources[name] = _undecorated(statement)


def _undecorated(statement: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.FunctionDef | ast.AsyncFunctionDef:
    bare = copy.copy(statement)
    bare.decorator_list = []
    return bare


def _is_async(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.AsyncFunctionDef)
