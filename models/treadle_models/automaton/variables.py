"""Variables and targets of one function: what a name is, and what an assignment to it does."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Protocol

from treadle_models.automaton.values import delete_item, outside, set_item, told, unpack
from treadle_models.machine.code import UNBOUND, Code, ErrorClass, Expression, Store, Value
from treadle_models.machine.things import Instance, OutsideError

if TYPE_CHECKING:
    from treadle_models.automaton.names import Function
    from treadle_models.machine.interpreter import Interpreter

_CALLED_BY_HAND = frozenset({"__aenter__", "__aexit__", "__enter__", "__exit__"})


class OutsideSubsetError(OutsideError):
    """The source has a construct that is not compiled; the message says where and which."""

    placed = True

    def __init__(self, file: str, node: ast.AST, construct: str) -> None:
        super().__init__(f"{file}:{getattr(node, 'lineno', 0)}: not modelled: {construct}")


class AutomatonSource(Protocol):
    """The module of a function; see `scope`."""

    file: str
    is_library: bool

    def line(self, number: int) -> str:
        """Return a line of the source, from 1."""

    def resolve(self, name: str, where: ast.AST) -> Value:
        """Return the meaning of a name of the module."""

    def leaves(self, name: str) -> bool:
        """Say whether the module leaves a name to the built-ins."""

    def compile(
        self, node: Function, captured: tuple[str, ...], *, name: str, body: list[ast.stmt], is_async: bool
    ) -> Code:
        """Compile one function."""


class Variables:
    """The variables of one function; `reads` collects the variables that the next node reads.

    `cells` are the indices of the variables that it shares with outer or inner functions.
    """

    def __init__(self, module: AutomatonSource, code: Code) -> None:
        self.module = module
        self.code = code
        self.names: dict[str, int] = {name: slot for slot, name in enumerate((*code.parameters, *code.captured))}
        self.cells: set[int] = {self.names[name] for name in code.captured}
        self.reads: set[int] = set()
        self.entered: ast.expr | None = None  # the context expression of the current `with` statement
        self.in_comprehension = False

    def local(self, name: str) -> int:
        """Return the index of a local variable; add it if needed."""
        return self.names.setdefault(name, len(self.names))

    def hidden(self, purpose: str) -> int:
        """Return the index of a new variable that has no name in the source."""
        return self.local(f"${purpose}{len(self.names)}")

    def assigns(self, name: str) -> tuple[Store, int]:
        """Return a function that assigns to a variable, and its index; -1 for a shared one, whose cell stays."""
        slot = self.local(name)
        if slot in self.cells:
            self.reads.add(slot)
            return lambda _m, v, value: setattr(v[slot], "value", value), -1
        return lambda _m, v, value: v.__setitem__(slot, value), slot

    def store(self, target: ast.expr) -> tuple[Store, int]:
        """Return a function that assigns to a target, and the index of the local variable that it changes, or -1."""
        if isinstance(target, ast.Name):
            return self.assigns(target.id)
        if isinstance(target, ast.Attribute):
            return self._store_attribute(target), -1
        if isinstance(target, ast.Subscript):
            table, key = self.expression(target.value), self.expression(target.slice)
            return lambda m, v, value: set_item(table(m, v), key(m, v), value), -1
        if isinstance(target, (ast.Tuple, ast.List)):
            return self._store_several(target), -1
        raise self.outside(target, "an assignment to this")

    def _store_attribute(self, target: ast.Attribute) -> Store:
        owner, name = self.expression(target.value), self.attribute(target)

        def set_attribute(_machine: Interpreter, v: list[Value], value: Value) -> None:
            thing = owner(_machine, v)
            if not isinstance(thing, Instance) or (thing.kind.public is not None and not self.module.is_library):
                what = f"an assignment to .{name} of {told(thing)}"
                raise outside(what)
            if name in thing.kind.methods:
                what = f"an assignment to .{name} of {told(thing)}, which is a method of its class"
                raise outside(what)
            thing.attributes[name] = value

        return set_attribute

    def _store_several(self, target: ast.Tuple | ast.List) -> Store:
        if any(isinstance(each, ast.Starred) for each in target.elts):
            raise self.outside(target, "a target with a star")
        stores = [self.store(each)[0] for each in target.elts]

        def store(machine: Interpreter, v: list[Value], value: Value) -> None:
            for each, part in zip(stores, unpack(value, len(stores)), strict=True):
                each(machine, v, part)

        return store

    def deletion(self, target: ast.expr) -> Expression:
        """Return a function that deletes an entry of a table, or a variable."""
        if isinstance(target, ast.Subscript):
            table, key = self.expression(target.value), self.expression(target.slice)
            return lambda m, v: delete_item(table(m, v), key(m, v))
        if not isinstance(target, ast.Name):
            raise self.outside(target, "del of anything but a variable and an entry of a table")
        read = self.expression(ast.copy_location(ast.Name(target.id, ast.Load()), target))
        store, _ = self.assigns(target.id)

        def delete(machine: Interpreter, v: list[Value]) -> None:
            read(machine, v)
            store(machine, v, UNBOUND)

        return delete

    def outside(self, node: ast.AST, what: str = "") -> OutsideSubsetError:
        """Make the error that names a construct."""
        return OutsideSubsetError(self.module.file, node, what or f"the expression {ast.unparse(node)!r}")

    def attribute(self, node: ast.Attribute) -> str:
        """Return the name of an attribute; refuse those with a special meaning in Python."""
        allowed = isinstance(node.ctx, ast.Load) and node.attr in _CALLED_BY_HAND
        if node.attr.startswith("__") and not allowed and not self.module.is_library:
            raise self.outside(node, f"the attribute {node.attr!r}")
        return node.attr

    def error_names(self, node: ast.expr) -> tuple[str, ...]:
        """Return the keys of the exceptions that an except clause catches; a tuple in a tuple is an error in Python."""
        several = node.elts if isinstance(node, ast.Tuple) else [node]
        return tuple(self._error_name(each, node) for each in several)

    def _error_name(self, each: ast.expr, node: ast.expr) -> str:
        value = self.constant(each)
        if not isinstance(value, ErrorClass):
            raise self.outside(node, f"except {ast.unparse(node)}")
        return value.key

    def constant(self, node: ast.expr) -> Value:
        """Return the value of a dotted name that does not depend on the run, or None."""
        if isinstance(node, ast.Name) and node.id not in self.names:
            return self.module.resolve(node.id, node)
        if isinstance(node, ast.Attribute):
            owner = self.constant(node.value)
            if isinstance(owner, dict):
                if node.attr not in owner:
                    raise self.outside(node, f"{ast.unparse(node)}")
                return owner[node.attr]
        return None

    def expression(self, node: ast.expr) -> Expression:
        """Return a function that evaluates an expression; see `expressions`."""
        raise NotImplementedError
