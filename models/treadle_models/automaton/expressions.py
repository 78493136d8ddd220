"""From expressions to functions: an expression is evaluated within one step, so it can be one Python closure.

What has no meaning for the machine is refused with the file, the line and the construct. Nothing is ignored in silence.
"""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Protocol

from treadle_models.algebra import Formula, Linear
from treadle_models.automaton.builtins import call_method, get_attribute
from treadle_models.machine.code import Code, ErrorClass, Expression, Store, Value
from treadle_models.machine.things import Closure, Instance, Thing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from treadle_models.machine.interpreter import Interpreter


class OutsideSubsetError(Exception):
    """The source has a construct that is not compiled; the message says where, and which."""

    def __init__(self, file: str, node: ast.AST, construct: str) -> None:
        super().__init__(f"{file}:{getattr(node, 'lineno', 0)}: not modelled: {construct}")


_ARITHMETIC: dict[type[ast.operator], Callable[[Value, Value], Value]] = {ast.Add: operator.add, ast.Sub: operator.sub}


def _equal(left: Value, right: Value) -> Value:
    if isinstance(left, Thing) or isinstance(right, Thing):
        return left is right
    return left == right


def _unequal(left: Value, right: Value) -> Value:
    same = _equal(left, right)
    return ~same if isinstance(same, Formula) else not same


_COMPARISONS: dict[type[ast.cmpop], Callable[[Value, Value], Value]] = {
    ast.Is: lambda left, right: left is right,
    ast.IsNot: lambda left, right: left is not right,
    ast.Eq: _equal,
    ast.NotEq: _unequal,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: any(left is each or left == each for each in right),
    ast.NotIn: lambda left, right: not any(left is each or left == each for each in right),
}


class AutomatonSource(Protocol):
    """The module that a function stands in; see `scope`."""

    file: str

    def line(self, number: int) -> str:
        """Return a line of the source, from 1."""

    def resolve(self, name: str, where: ast.AST) -> Value:
        """Return what a name of the module means."""

    def compile(
        self, name: str, arguments: ast.arguments, body: list[ast.stmt], captured: tuple[str, ...], *, is_async: bool
    ) -> Code:
        """Compile one function."""

    def check_captured(self, node: ast.AST, captured: Iterable[str], function: Expressions) -> None:
        """Refuse a function that captures a variable which changes afterwards."""


class Expressions:
    """Compiles the expressions of one function; `reads` collects the variables that the next node reads."""

    def __init__(self, module: AutomatonSource, code: Code) -> None:
        self.module = module
        self.code = code
        self.names: dict[str, int] = {name: slot for slot, name in enumerate((*code.parameters, *code.captured))}
        self.reads: set[int] = set()
        self.call_method = call_method

    # Variables

    def local(self, name: str) -> int:
        """Return the place of a local variable, a new one if need be."""
        return self.names.setdefault(name, len(self.names))

    def hidden(self, purpose: str) -> int:
        """Return the place of a new variable that has no name in the source."""
        return self.local(f"${purpose}{len(self.names)}")

    def store(self, target: ast.expr) -> tuple[Store, int]:
        """Return what assigns to a target, and the local variable that it changes, or -1."""
        if isinstance(target, ast.Name):
            slot = self.local(target.id)
            return lambda _m, v, value: v.__setitem__(slot, value), slot
        if isinstance(target, ast.Attribute):
            owner, name = self.expression(target.value), target.attr

            def set_attribute(machine: Interpreter, v: list[Value], value: Value) -> None:
                thing = owner(machine, v)
                if not isinstance(thing, Instance):
                    raise OutsideSubsetError(self.module.file, target, f"an assignment to .{name} of {thing!r}")
                thing.attributes[name] = value

            return set_attribute, -1
        if isinstance(target, ast.Subscript):
            table, key = self.expression(target.value), self.expression(target.slice)
            return lambda m, v, value: table(m, v).__setitem__(key(m, v), value), -1
        raise self.outside(target, "an assignment to this")

    def deletion(self, target: ast.expr) -> Expression:
        """Return what deletes an entry of a table."""
        if not isinstance(target, ast.Subscript):
            raise self.outside(target, "del of anything but an entry of a table")
        table, key = self.expression(target.value), self.expression(target.slice)
        return lambda m, v: table(m, v).pop(key(m, v), None)

    def outside(self, node: ast.AST, what: str = "") -> OutsideSubsetError:
        """Make the error that names a construct."""
        return OutsideSubsetError(self.module.file, node, what or f"the expression {ast.unparse(node)!r}")

    def error_names(self, node: ast.expr) -> tuple[str, ...]:
        """Return the names of the exceptions that an except clause catches."""
        if isinstance(node, ast.Tuple):
            return tuple(name for each in node.elts for name in self.error_names(each))
        value = self.constant(node)
        if not isinstance(value, ErrorClass):
            raise self.outside(node, f"except {ast.unparse(node)}")
        return (value.name,)

    def constant(self, node: ast.expr) -> Value:
        """Return the value of a dotted name that does not depend on the run, or None."""
        if isinstance(node, ast.Name) and node.id not in self.names:
            return self.module.resolve(node.id, node)
        if isinstance(node, ast.Attribute):
            owner = self.constant(node.value)
            if isinstance(owner, dict):
                if node.attr not in owner:
                    raise self.outside(node)
                return owner[node.attr]
        return None

    # Expressions

    def expression(self, node: ast.expr) -> Expression:
        """Return a function that evaluates the expression."""
        compiler = getattr(self, f"_e_{type(node).__name__.lower()}", None)
        if compiler is None:
            raise self.outside(node)
        made: Expression = compiler(node)
        return made

    def _e_constant(self, node: ast.Constant) -> Expression:
        value = node.value
        return lambda _m, _v: value

    def _e_joinedstr(self, _node: ast.JoinedStr) -> Expression:
        return lambda _m, _v: "text"  # no property depends on a text

    def _e_name(self, node: ast.Name) -> Expression:
        if node.id in self.names:
            slot = self.names[node.id]
            self.reads.add(slot)
            return lambda _m, v: v[slot]
        value = self.module.resolve(node.id, node)
        return lambda _m, _v: value

    def _e_attribute(self, node: ast.Attribute) -> Expression:
        value = self.constant(node)
        if value is not None:
            return lambda _m, _v: value
        owner, name = self.expression(node.value), node.attr
        return lambda m, v: get_attribute(m, owner(m, v), name)

    def _e_call(self, node: ast.Call) -> Expression:
        if any(keyword.arg is None for keyword in node.keywords) or any(isinstance(a, ast.Starred) for a in node.args):
            raise self.outside(node, "a call with * or **")
        arguments = [self.expression(each) for each in node.args]
        named = {str(each.arg): self.expression(each.value) for each in node.keywords}
        if isinstance(node.func, ast.Attribute) and self.constant(node.func) is None:
            owner, name = self.expression(node.func.value), node.func.attr
            return lambda m, v: call_method(
                m,
                owner(m, v),
                name,
                tuple([each(m, v) for each in arguments]),
                {key: each(m, v) for key, each in named.items()},
            )
        function = self.expression(node.func)
        return lambda m, v: m.call(
            function(m, v),
            tuple([each(m, v) for each in arguments]),
            {key: each(m, v) for key, each in named.items()},
        )

    def _e_compare(self, node: ast.Compare) -> Expression:
        if len(node.ops) != 1:
            raise self.outside(node, "a chain of comparisons")
        left, right = self.expression(node.left), self.expression(node.comparators[0])
        compare = _COMPARISONS[type(node.ops[0])]
        return lambda m, v: compare(left(m, v), right(m, v))

    def _e_boolop(self, node: ast.BoolOp) -> Expression:
        parts = [self.expression(each) for each in node.values]
        wanted = isinstance(node.op, ast.Or)

        def run(machine: Interpreter, v: list[Value]) -> Value:
            value: Value = None
            for part in parts:
                value = part(machine, v)
                truth = machine.truth(value)
                if isinstance(value, (Formula, Linear)):
                    value = truth  # decided; not to be asked again
                if truth is wanted:
                    break
            return value

        return run

    def _e_unaryop(self, node: ast.UnaryOp) -> Expression:
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            value = -node.operand.value  # type: ignore[operator]  # a number
            return lambda _m, _v: value
        if not isinstance(node.op, ast.Not):
            raise self.outside(node)
        operand = self.expression(node.operand)
        return lambda m, v: not m.truth(operand(m, v))

    def _e_binop(self, node: ast.BinOp) -> Expression:
        if type(node.op) not in _ARITHMETIC:
            raise self.outside(node)
        left, right, apply = self.expression(node.left), self.expression(node.right), _ARITHMETIC[type(node.op)]
        return lambda m, v: apply(left(m, v), right(m, v))

    def _e_ifexp(self, node: ast.IfExp) -> Expression:
        test, yes, no = self.expression(node.test), self.expression(node.body), self.expression(node.orelse)
        return lambda m, v: yes(m, v) if m.truth(test(m, v)) else no(m, v)

    def _e_list(self, node: ast.List) -> Expression:
        parts = [self.expression(each) for each in node.elts]
        return lambda m, v: [each(m, v) for each in parts]

    _e_set = _e_list  # of tasks; the order makes no difference to one task

    def _e_tuple(self, node: ast.Tuple) -> Expression:
        parts = [self.expression(each) for each in node.elts]
        return lambda m, v: tuple([each(m, v) for each in parts])

    def _e_dict(self, node: ast.Dict) -> Expression:
        if node.keys:
            raise self.outside(node, "a table that is not empty")
        return lambda _m, _v: {}

    def _e_subscript(self, node: ast.Subscript) -> Expression:
        owner, key = self.expression(node.value), self.expression(node.slice)
        return lambda m, v: owner(m, v)[key(m, v)]

    def _e_lambda(self, node: ast.Lambda) -> Expression:
        return self.closure(node, node.args, [ast.copy_location(ast.Return(node.body), node.body)], "lambda")

    def closure(
        self, node: ast.AST, arguments: ast.arguments, body: list[ast.stmt], name: str, *, is_async: bool = False
    ) -> Expression:
        """Compile a function inside this one. What it captures is taken as it is when the function is made."""
        used = {each.id for part in body for each in ast.walk(part) if isinstance(each, ast.Name)}
        captured = tuple(sorted(used & set(self.names) - {each.arg for each in arguments.args}))
        for part in body:
            for each in ast.walk(part):
                if isinstance(each, (ast.Nonlocal, ast.Global)):
                    raise self.outside(each, "nonlocal and global")
        code = self.module.compile(name, arguments, body, captured, is_async=is_async)
        slots = [self.names[each] for each in captured]
        self.reads.update(slots)
        if not slots:
            return lambda _m, _v: code
        self.module.check_captured(node, captured, self)
        return lambda _m, v: Closure(code, [v[slot] for slot in slots])
