"""Comprehensions, and iterables that are consumed at once, within one step.

A generator expression is no value here, because its position could not be written to a state. It may be an argument of
a function that consumes it at once, wholly or partly: `any`, `all`, `list`, `set`, `tuple`, a star.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from treadle_models.automaton.builtins import distinct
from treadle_models.automaton.values import in_order, members, outside
from treadle_models.automaton.variables import Variables
from treadle_models.machine.code import UNBOUND, Expression, Value
from treadle_models.machine.things import Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from treadle_models.machine.interpreter import Interpreter

_FUNCTIONS = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_OF_MAP = 2  # a function and an iterable


class Comprehensions(Variables):
    """Compiles iterations within an expression."""

    def _e_listcomp(self, node: ast.ListComp) -> Expression:
        return self._comprehension(node, Sequence)

    def _e_setcomp(self, node: ast.SetComp) -> Expression:
        return self._comprehension(node, lambda found: Sequence(distinct(found), "set"))

    def _comprehension(self, node: ast.ListComp | ast.SetComp, make: Callable[[list[Value]], Value]) -> Expression:
        through = self._going_through(node)
        return lambda m, v: make(list(through(m, v)))

    def _going_through(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Expression:
        """Return a function that yields the elements one by one, on demand."""
        loop = node.generators[0]
        inner = [each for part in (node.elt, *loop.ifs) for each in ast.walk(part)]
        if len(node.generators) > 1 or loop.is_async or not isinstance(loop.target, ast.Name):
            raise self.outside(node)
        if any(isinstance(each, _FUNCTIONS) for each in inner):
            raise self.outside(node, "a function inside a comprehension")
        things = self.taken_at_once(loop.iter)
        slot = self.hidden("each")
        around = dict(self.names)
        self.names[loop.target.id] = slot
        outer, self.in_comprehension = self.in_comprehension, True
        element, tests = self.expression(node.elt), [self.expression(each) for each in loop.ifs]
        self.in_comprehension = outer
        self.names = around
        self.reads.discard(slot)

        def run(machine: Interpreter, v: list[Value]) -> Iterator[Value]:
            for each in _steadily(things(machine, v)):
                v[slot] = each
                if all(machine.truth(test(machine, v)) for test in tests):
                    yield element(machine, v)
            v[slot] = UNBOUND

        return run

    def taken_at_once(self, node: ast.expr) -> Expression:
        """Compile an iterable that is consumed at once; it may be a generator expression or a `map`."""
        if isinstance(node, ast.GeneratorExp):
            through = self._going_through(node)

            def begin(machine: Interpreter, v: list[Value]) -> Iterator[Value]:
                return iter(through(machine, v))

            return begin
        if self._is_map(node):
            function, things = self.expression(node.args[0]), self.taken_at_once(node.args[1])  # type: ignore[attr-defined]

            def run(machine: Interpreter, v: list[Value]) -> Iterator[Value]:
                apply = function(machine, v)
                return (machine.call(apply, (each,)) for each in _steadily(things(machine, v)))

            return run
        return self.expression(node)

    def _is_map(self, node: ast.expr) -> bool:
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "map"
            and "map" not in self.names
            and self.module.leaves("map")
            and (len(node.args), node.keywords) == (_OF_MAP, [])
            and not any(isinstance(each, ast.Starred) for each in node.args)
        )


def _steadily(things: Value) -> Iterator[Value]:
    """Yield the members in order; a change during the iteration is outside of the subset."""
    if not hasattr(things, "__next__"):
        before = in_order(things)
        yield from before
        if len(members(things)) != len(before):
            what = "a comprehension that changes what it iterates over"
            raise outside(what)
        return
    yield from things
