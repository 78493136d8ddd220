"""Compile expressions to functions: an expression is evaluated within one step, so it can be a Python closure.

Constructs that the machine does not model are refused, with the file, the line and the construct. Nothing is silently
ignored.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from treadle_models.automaton.builtins import distinct
from treadle_models.automaton.comprehensions import Comprehensions
from treadle_models.automaton.methods import call_method, get_attribute, is_public
from treadle_models.automaton.names import Function, parameters, unresolved, used
from treadle_models.automaton.operations import IN_PLACE, OPERATIONS
from treadle_models.automaton.values import COMPARISONS, get_item, in_order, outside, told
from treadle_models.machine.code import TEXT, UNBOUND, Builtin, Code, Expression, Value
from treadle_models.machine.things import Closure, Sequence, Table, Thrown

if TYPE_CHECKING:
    from treadle_models.machine.interpreter import Interpreter


_ENTERED_AT_ONCE = frozenset({"timeout"})
_CONSUMERS = frozenset({"any", "all", "list", "set", "tuple"})


class Expressions(Comprehensions):
    """Compiles the expressions of one function."""

    call_method = staticmethod(call_method)

    def expression(self, node: ast.expr) -> Expression:
        """Return a function that evaluates the expression."""
        compiler = getattr(self, f"_e_{type(node).__name__.lower()}", None)
        if compiler is None:
            raise self.outside(node)
        made: Expression = compiler(node)
        return made

    def _e_constant(self, node: ast.Constant) -> Expression:
        value = node.value
        if value is not None and not isinstance(value, (bool, int, float, str, bytes)):
            raise self.outside(node)
        return lambda _m, _v: value

    def _e_joinedstr(self, node: ast.JoinedStr) -> Expression:
        """Evaluate the values in it, which may raise; the text itself is opaque, and no property depends on it."""
        parts = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        if any(isinstance(part, ast.FormattedValue) and part.format_spec is not None for part in node.values):
            raise self.outside(node, "a format")
        inner = [self.expression(self._named_type(each)) for each in parts]

        def run(machine: Interpreter, v: list[Value]) -> Value:
            for each in inner:
                each(machine, v)
            return TEXT

        return run

    def _named_type(self, node: ast.expr) -> ast.expr:
        """Return X for `type(X).__name__`, which is a text for any X, and other expressions unchanged."""
        if (
            isinstance(node, ast.Attribute)
            and node.attr == "__name__"
            and isinstance(node.value, ast.Call)
            and ast.unparse(node.value.func) == "type"
            and "type" not in self.names
            and self.module.leaves("type")
            and (len(node.value.args), node.value.keywords) == (1, [])
        ):
            return node.value.args[0]
        return node

    def _e_name(self, node: ast.Name) -> Expression:
        if node.id not in self.names:
            value = self.module.resolve(node.id, node)
            if isinstance(value, dict):
                raise self.outside(node, f"the module {node.id!r} as a value")
            return lambda _m, _v: value
        slot = self.names[node.id]
        self.reads.add(slot)
        kind = "NameError" if node.id in self.code.captured else "UnboundLocalError"
        shared, inner = slot in self.cells, self.in_comprehension

        def read(machine: Interpreter, v: list[Value]) -> Value:
            value = v[slot].value if shared else v[slot]
            if value is UNBOUND and inner:  # which of the two it is depends on the version
                raise self.outside(node, f"the name {node.id!r} in a comprehension before it is bound")
            if value is UNBOUND:
                raise Thrown(machine.error(kind))
            return value

        return read

    def _e_attribute(self, node: ast.Attribute) -> Expression:
        value = self.constant(node)
        if value is not None:
            return lambda _m, _v: value
        owner, name = self.expression(node.value), self.attribute(node)
        if self.module.is_library:
            return lambda m, v: get_attribute(m, owner(m, v), name)

        def read(machine: Interpreter, v: list[Value]) -> Value:
            thing = owner(machine, v)
            _see_public(thing, name)
            return get_attribute(machine, thing, name)

        return read

    def _e_call(self, node: ast.Call) -> Expression:
        if any(keyword.arg is None for keyword in node.keywords):
            raise self.outside(node, "a call with **")
        if isinstance(node.func, ast.Attribute) and self.constant(node.func) is None:
            return self._call_of_method(node, node.func)
        function = self.expression(node.func)
        constant = self.constant(node.func)
        if _is_entered_at_once(constant) and not self.module.is_library and node is not self.entered:
            raise self.outside(node, f"{ast.unparse(node.func)}() anywhere but in an async with")
        if isinstance(constant, Builtin) and constant.name in _CONSUMERS and len(node.args) == 1:
            things = self.taken_at_once(node.args[0])
            return lambda m, v: m.call(function(m, v), (things(m, v),))
        arguments, named = self._arguments(node)
        return lambda m, v: m.call(function(m, v), arguments(m, v), named(m, v))

    def _arguments(self, node: ast.Call) -> tuple[Expression, Expression]:
        """Compile the arguments, positional and named; an iterable after a star is consumed at once."""
        parts = [
            (True, self.taken_at_once(each.value)) if isinstance(each, ast.Starred) else (False, self.expression(each))
            for each in node.args
        ]
        named = {str(each.arg): self.expression(each.value) for each in node.keywords}

        def by_position(machine: Interpreter, v: list[Value]) -> tuple[Value, ...]:
            found: list[Value] = []
            for starred, part in parts:
                value = part(machine, v)
                found += in_order(value) if starred else [value]
            return tuple(found)

        return by_position, lambda m, v: {key: each(m, v) for key, each in named.items()}

    def _call_of_method(self, node: ast.Call, function: ast.Attribute) -> Expression:
        owner, name = self.expression(function.value), self.attribute(function)
        arguments, named = self._arguments(node)
        is_library = self.module.is_library

        def call(machine: Interpreter, v: list[Value]) -> Value:
            thing = owner(machine, v)
            if not is_library:
                _see_public(thing, name)
                get_attribute(machine, thing, name)  # before the arguments, as Python does it
            return call_method(machine, thing, name, arguments(machine, v), named(machine, v))

        return call

    def _e_compare(self, node: ast.Compare) -> Expression:
        parts = [self.expression(each) for each in (node.left, *node.comparators)]
        compare = [COMPARISONS[type(each).__name__] for each in node.ops]

        def run(machine: Interpreter, v: list[Value]) -> Value:
            left = parts[0](machine, v)
            for apply, part in zip(compare, parts[1:], strict=True):
                right = part(machine, v)
                # Decided at once: a later comparison of counts would compare their later values.
                if not machine.truth(apply(left, right)):
                    return False
                left = right
            return True

        return run

    def _e_boolop(self, node: ast.BoolOp) -> Expression:
        parts = [self.expression(each) for each in node.values]
        wanted = isinstance(node.op, ast.Or)

        def run(machine: Interpreter, v: list[Value]) -> Value:
            value: Value = None
            for part in parts[:-1]:
                value = part(machine, v)
                if machine.truth(value) is wanted:
                    return value
            return parts[-1](machine, v)

        return run

    def _e_unaryop(self, node: ast.UnaryOp) -> Expression:
        operand_is = node.operand.value if isinstance(node.operand, ast.Constant) else None
        if isinstance(node.op, ast.USub) and isinstance(operand_is, (int, float)):
            value = -operand_is
            return lambda _m, _v: value
        if not isinstance(node.op, ast.Not):
            raise self.outside(node)
        operand = self.expression(node.operand)
        return lambda m, v: not m.truth(operand(m, v))

    def _e_binop(self, node: ast.BinOp) -> Expression:
        if type(node.op).__name__ not in OPERATIONS:
            raise self.outside(node)
        left, right, apply = self.expression(node.left), self.expression(node.right), OPERATIONS[type(node.op).__name__]
        return lambda m, v: apply(left(m, v), right(m, v))

    def augmented(self, node: ast.AugAssign, load: ast.expr) -> Expression:
        """Return the value of an augmented assignment: lists and sets are changed in place."""
        apply = IN_PLACE.get(type(node.op).__name__)
        if apply is None:
            raise self.outside(node, "an augmented assignment like this")
        left, right = self.expression(load), self.expression(node.value)
        return lambda m, v: apply(left(m, v), right(m, v))

    def _e_ifexp(self, node: ast.IfExp) -> Expression:
        test, yes, no = self.expression(node.test), self.expression(node.body), self.expression(node.orelse)
        return lambda m, v: yes(m, v) if m.truth(test(m, v)) else no(m, v)

    def _e_list(self, node: ast.List) -> Expression:
        parts = self._parts(node.elts)
        return lambda m, v: Sequence([each(m, v) for each in parts])

    def _e_set(self, node: ast.Set) -> Expression:
        parts = self._parts(node.elts)
        return lambda m, v: Sequence(distinct([each(m, v) for each in parts]), "set")

    def _e_tuple(self, node: ast.Tuple) -> Expression:
        parts = self._parts(node.elts)
        return lambda m, v: tuple([each(m, v) for each in parts])

    def _parts(self, nodes: list[ast.expr]) -> list[Expression]:
        if any(isinstance(each, ast.Starred) for each in nodes):
            raise self.outside(nodes[0], "a star in a list, set or tuple")
        return [self.expression(each) for each in nodes]

    def _e_dict(self, node: ast.Dict) -> Expression:
        if node.keys:
            raise self.outside(node, "a table that is not empty")
        return lambda _m, _v: Table()

    def _e_subscript(self, node: ast.Subscript) -> Expression:
        owner, key = self.expression(node.value), self.expression(node.slice)
        return lambda m, v: get_item(owner(m, v), key(m, v))

    # Functions

    def _e_lambda(self, node: ast.Lambda) -> Expression:
        body: list[ast.stmt] = [ast.copy_location(ast.Return(node.body), node.body)]
        return self.closure(node, body, "lambda", is_async=False)

    def closure(self, node: Function, body: list[ast.stmt], name: str, *, is_async: bool) -> Expression:
        """Compile an inner function. It shares the variables that it captures: each is in a cell."""
        defaults = [each for each in (*node.args.defaults, *node.args.kw_defaults) if each is not None]
        if used([ast.Expr(each) for each in defaults]) & set(self.names):
            raise self.outside(node, "a default that is a variable")
        captured = tuple(sorted(unresolved(node) & set(self.names)))
        if set(captured) & set(parameters(node.args)):
            raise self.outside(node)
        code = self.module.compile(node, captured, name=name, body=body, is_async=is_async)
        slots = [self.names[each] for each in captured]
        self.reads.update(slots)
        if not slots:
            return lambda _m, _v: code
        return lambda _m, v: Closure(code, [v[slot] for slot in slots])


def _is_entered_at_once(function: Value) -> bool:
    return isinstance(function, Code) and function.is_library and function.name in _ENTERED_AT_ONCE


def _see_public(thing: Value, name: str) -> None:
    if not is_public(thing, name):
        what = f"the attribute {name!r} of {told(thing)}"
        raise outside(what)
