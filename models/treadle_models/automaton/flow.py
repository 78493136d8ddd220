"""Compile statements to nodes: the control flow of one function.

Nodes are made from the end to the beginning, so that each knows what follows. The targets of jumps are passed along in
a `Flow`: the handler of exceptions, and the targets of `return`, `break` and `continue`. A `finally` block is compiled
once for each way through it (normal, exception, return, break, continue), as CPython does since 3.8.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

from treadle_models.automaton.dead import mark_dead
from treadle_models.automaton.expressions import Expressions
from treadle_models.automaton.names import assigned, shared
from treadle_models.automaton.values import goes_on, take, walk
from treadle_models.automaton.variables import AutomatonSource, OutsideSubsetError
from treadle_models.machine.code import UNBOUND, Code, ErrorClass, Expression, Kind, Node, Store, Value
from treadle_models.machine.things import Error

_Exit = Callable[[int], int]
"""Makes the nodes for leaving a block, in front of the given node, and returns the first one."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Where control goes from a statement that does not simply end; -1 if it cannot."""

    handler: int = -1
    slot: int = -1
    caught: int = -1  # the variable with the exception that a bare `raise` raises again
    leave: tuple[_Exit, ...] = ()  # the `finally` blocks around, innermost first
    again: int = -1  # continue
    out: int = -1  # break
    depth: int = 0  # how many `finally` blocks stood around the loop


class Statements(Expressions):
    """Compiles the statements of one function."""

    def __init__(self, module: AutomatonSource, code: Code, body: list[ast.stmt]) -> None:
        super().__init__(module, code)
        self.nodes = code.nodes
        self.body = body
        own = {*code.parameters, *(assigned(body) - set(code.captured))}
        for name in sorted(own):
            self.local(name)
        self.cells |= {self.names[name] for name in shared(body, own)}

    def compile(self) -> Code:
        """Fill in the automaton."""
        end = self.node(Kind.RETURN, self.body[-1], lambda _m, _v: None)
        self.code.entry = self.block(self.body, end, Flow())
        self.code.variables = tuple(self.names)
        self.code.cells = tuple(sorted(self.cells - {self.names[name] for name in self.code.captured}))
        mark_dead(self.code)
        return self.code

    # Nodes

    def node(  # noqa: PLR0913 - a node has so many parts
        self,
        kind: Kind,
        where: ast.AST,
        run: Expression,
        *,
        store: Store | None = None,
        following: int = -1,
        otherwise: int = -1,
        flow: Flow | None = None,
        writes: int = -1,
    ) -> int:
        """Make a node, and return its number; it reads the variables that were read since the one before."""
        flow = flow or Flow()
        line = getattr(where, "lineno", 0)
        text = self.module.line(line)
        reads, self.reads = frozenset(self.reads), set()
        self.nodes.append(
            Node(
                kind, line, text, run, store, following, otherwise, flow.handler, flow.slot, reads=reads, writes=writes
            )
        )
        return len(self.nodes) - 1

    def _place(self) -> int:
        """Make an empty node, as a target before its successor is known."""
        self.nodes.append(Node(Kind.DO, 0, "", lambda _m, _v: None))
        return len(self.nodes) - 1

    # Statements

    def block(self, body: list[ast.stmt], following: int, flow: Flow) -> int:
        """Compile statements in front of a node; return their first node."""
        for statement in reversed(body):
            following = self._statement(statement, following, flow)
        return following

    def _statement(self, node: ast.stmt, following: int, flow: Flow) -> int:
        """Compile a statement; one outside of the subset becomes a node that raises an error when it is reached."""
        compiler = getattr(self, f"_{type(node).__name__.lower()}", self._unknown)
        reads, names = set(self.reads), dict(self.names)
        try:
            return int(compiler(node, following, flow))
        except OutsideSubsetError as error:
            if self.module.is_library:
                raise
            names.update({name: slot for name, slot in self.names.items() if name.startswith("$")})
            self.reads, self.names, self.entered = reads, names, None
            return self.node(Kind.DO, node, _refusing(error), following=following, flow=flow)

    def _unknown(self, node: ast.stmt, _following: int, _flow: Flow) -> int:
        raise OutsideSubsetError(self.module.file, node, f"the statement {type(node).__name__}")

    def _pass(self, _node: ast.Pass, following: int, _flow: Flow) -> int:
        return following

    def _assert(self, node: ast.Assert, following: int, flow: Flow) -> int:
        if sys.flags.optimize:
            raise OutsideSubsetError(self.module.file, node, "an assertion, which this interpreter leaves out")
        message = self.expression(node.msg) if node.msg is not None else lambda _m, _v: None

        def fail(machine: Value, v: list[Value]) -> Value:
            message(machine, v)
            return machine.error("AssertionError")

        fails = self.node(Kind.RAISE, node, fail, flow=flow)
        run = self.expression(node.test)
        return self.node(Kind.BRANCH, node, run, following=following, otherwise=fails, flow=flow)

    def _expr(self, node: ast.Expr, following: int, flow: Flow) -> int:
        if isinstance(node.value, ast.Constant):
            return following  # a docstring
        return self._assignment(node, node.value, None, following, flow)

    def _assign(self, node: ast.Assign, following: int, flow: Flow) -> int:
        if len(node.targets) == 1:
            return self._assignment(node, node.value, node.targets[0], following, flow)
        kept = self.hidden("value")
        for target in reversed(node.targets):
            store, writes = self.store(target)
            self.reads.add(kept)
            following = self.node(
                Kind.DO, node, lambda _m, v: v[kept], store=store, following=following, writes=writes, flow=flow
            )
        run = self.expression(node.value.value if isinstance(node.value, ast.Await) else node.value)
        kind = Kind.AWAIT if isinstance(node.value, ast.Await) else Kind.DO
        keep = lambda _m, v, value: v.__setitem__(kept, value)  # noqa: E731 - as everywhere here
        return self.node(kind, node, run, store=keep, following=following, flow=flow, writes=kept)

    def _annassign(self, node: ast.AnnAssign, following: int, flow: Flow) -> int:
        if node.value is None:
            return following
        return self._assignment(node, node.value, node.target, following, flow)

    def _augassign(self, node: ast.AugAssign, following: int, flow: Flow) -> int:
        target = node.target
        if not isinstance(target, ast.Name) and not (
            isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)
        ):
            raise OutsideSubsetError(self.module.file, node, "an augmented assignment to this")
        load = ast.copy_location(
            ast.Name(target.id, ast.Load())
            if isinstance(target, ast.Name)
            else ast.Attribute(target.value, target.attr, ast.Load()),
            node,
        )
        run = self.augmented(node, load)
        store, writes = self.store(target)
        return self.node(Kind.DO, node, run, store=store, following=following, flow=flow, writes=writes)

    def _give(self, node: ast.stmt, value: ast.Yield, target: ast.expr | None, following: int, flow: Flow) -> int:
        run = self.expression(value.value) if value.value is not None else lambda _m, _v: None
        store, writes = self.store(target) if target is not None else (None, -1)
        return self.node(Kind.GIVE, node, run, store=store, following=following, flow=flow, writes=writes)

    def _assignment(self, node: ast.stmt, value: ast.expr, target: ast.expr | None, following: int, flow: Flow) -> int:
        if isinstance(value, ast.Yield):
            return self._give(node, value, target, following, flow)
        awaits = isinstance(value, ast.Await)
        run = self.expression(value.value if isinstance(value, ast.Await) else value)
        store, writes = self.store(target) if target is not None else (None, -1)
        kind = Kind.AWAIT if awaits else Kind.DO
        return self.node(kind, node, run, store=store, following=following, flow=flow, writes=writes)

    def _delete(self, node: ast.Delete, following: int, flow: Flow) -> int:
        for each in reversed(node.targets):
            run = self.deletion(each)
            following = self.node(Kind.DO, node, run, following=following, flow=flow)
        return following

    def _if(self, node: ast.If, following: int, flow: Flow) -> int:
        yes = self.block(node.body, following, flow)
        no = self.block(node.orelse, following, flow)
        run = self.expression(node.test)
        return self.node(Kind.BRANCH, node.test, run, following=yes, otherwise=no, flow=flow)

    def _while(self, node: ast.While, following: int, flow: Flow) -> int:
        after = self.block(node.orelse, following, flow)
        top = self._place()
        inside = replace(flow, again=top, out=following, depth=len(flow.leave))
        body = self.block(node.body, top, inside)
        run = self.expression(node.test)
        self.nodes[top].following = self.node(Kind.BRANCH, node.test, run, following=body, otherwise=after, flow=flow)
        return top

    def _for(self, node: ast.For, following: int, flow: Flow) -> int:
        rest = self.hidden("rest")
        after = self.block(node.orelse, following, flow)
        top = self._place()
        inside = replace(flow, again=top, out=following, depth=len(flow.leave))
        body = self.block(node.body, top, inside)
        store, writes = self.store(node.target)
        self.reads.add(rest)
        fetch = self.node(
            Kind.DO, node, lambda _m, v: take(v[rest]), store=store, following=body, writes=writes, flow=flow
        )
        self.reads.add(rest)
        self.nodes[top].following = self.node(
            Kind.BRANCH, node, lambda m, v: goes_on(m, v[rest]), following=fetch, otherwise=after, flow=flow
        )
        things, is_library = self.expression(node.iter), self.module.is_library
        return self.node(
            Kind.DO,
            node,
            lambda m, v: walk(things(m, v), is_library=is_library),
            store=lambda _m, v, value: v.__setitem__(rest, value),
            following=top,
            flow=flow,
            writes=rest,
        )

    def _functiondef(self, node: ast.FunctionDef | ast.AsyncFunctionDef, following: int, flow: Flow) -> int:
        if node.decorator_list:
            raise self.outside(node, f"the decorator {ast.unparse(node.decorator_list[0])}")
        run = self.closure(node, node.body, node.name, is_async=isinstance(node, ast.AsyncFunctionDef))
        store, writes = self.assigns(node.name)
        return self.node(Kind.DO, node, run, store=store, following=following, flow=flow, writes=writes)

    _asyncfunctiondef = _functiondef

    def _nonlocal(self, node: ast.Nonlocal, following: int, _flow: Flow) -> int:
        missing = [name for name in node.names if name not in self.code.captured]
        if missing:
            raise self.outside(node, f"nonlocal {missing[0]}")
        return following

    # Ways out

    def _return(self, node: ast.Return, _following: int, flow: Flow) -> int:
        if node.value is None or not flow.leave:
            awaited = isinstance(node.value, ast.Await)
            if awaited:
                return self._return_through(node, flow)
            run = (lambda _m, _v: None) if node.value is None else self.expression(node.value)
            last = self.node(Kind.RETURN, node, run, flow=flow)
            return self._leave(last, flow.leave)
        return self._return_through(node, flow)

    def _return_through(self, node: ast.Return, flow: Flow) -> int:
        """Keep the value, leave the `finally` blocks, and return it."""
        slot = self.hidden("result")
        self.reads.add(slot)
        last = self.node(Kind.RETURN, node, lambda _m, v: v[slot])
        way = self._leave(last, flow.leave)
        awaited = isinstance(node.value, ast.Await)
        run = self.expression(node.value.value if isinstance(node.value, ast.Await) else node.value)  # type: ignore[arg-type]
        return self.node(
            Kind.AWAIT if awaited else Kind.DO,
            node,
            run,
            store=lambda _m, v, value: v.__setitem__(slot, value),
            following=way,
            flow=flow,
            writes=slot,
        )

    @staticmethod
    def _leave(following: int, exits: tuple[_Exit, ...]) -> int:
        for each in reversed(exits):
            following = each(following)
        return following

    def _break(self, _node: ast.Break, _following: int, flow: Flow) -> int:
        return self._leave(flow.out, flow.leave[: len(flow.leave) - flow.depth])

    def _continue(self, _node: ast.Continue, _following: int, flow: Flow) -> int:
        return self._leave(flow.again, flow.leave[: len(flow.leave) - flow.depth])

    def _raise(self, node: ast.Raise, _following: int, flow: Flow) -> int:
        if node.exc is not None:
            error = self.expression(node.exc)
            cause = self.expression(node.cause) if node.cause is not None else None

            def run(machine: Value, v: list[Value]) -> Value:
                raised = error(machine, v)
                if cause is None or (why := cause(machine, v)) is None or isinstance(why, Error):
                    return raised
                made = machine.as_error(why)  # a new one of a class, or the error that this is none
                return raised if isinstance(why, ErrorClass) else made

            return self.node(Kind.RAISE, node, run, flow=flow)
        if flow.caught < 0:
            raise OutsideSubsetError(self.module.file, node, "a bare raise outside of an except clause")
        return self.raise_again(node, flow.caught, flow)

    def raise_again(self, node: ast.AST, slot: int, flow: Flow) -> int:
        """Make a node that raises what a variable holds."""
        self.reads.add(slot)
        return self.node(Kind.RAISE, node, lambda _m, v: v[slot], flow=flow)

    # try

    def _try(self, node: ast.Try, following: int, flow: Flow) -> int:
        if not node.finalbody:
            return self._try_except(node, following, flow)
        slot = self.hidden("pending")
        # A bare `raise` in it raises the pending exception, not one that an except clause around it has caught.
        handler = self.block(node.finalbody, self.raise_again(node, slot, flow), replace(flow, caught=slot))
        final = node.finalbody
        leave = (lambda after: self.block(final, after, flow), *flow.leave)
        inside = replace(flow, handler=handler, slot=slot, leave=leave)
        normal = self.block(node.finalbody, following, flow)
        return self._try_except(node, normal, inside)

    def _try_except(self, node: ast.Try, following: int, flow: Flow) -> int:
        if not node.handlers:
            return self.block(node.body, following, flow)
        slot = self.hidden("caught")
        test = self.raise_again(node, slot, flow)
        for clause in reversed(node.handlers):
            test = self._clause(clause, slot, test, following, flow)
        otherwise = self.block(node.orelse, following, flow)
        return self.block(node.body, otherwise, replace(flow, handler=test, slot=slot))

    def _clause(self, clause: ast.ExceptHandler, slot: int, otherwise: int, following: int, flow: Flow) -> int:
        caught = replace(flow, caught=slot)
        if clause.name is None:
            body = self.block(clause.body, following, caught)
        else:
            body = self._named_clause(clause, clause.name, slot, following, caught)
        if clause.type is None:
            return body
        kinds = self.error_names(clause.type)
        self.reads.add(slot)
        return self.node(
            Kind.BRANCH,
            clause,
            lambda _m, v: any(v[slot].is_a(name) for name in kinds),
            following=body,
            otherwise=otherwise,
        )

    def _named_clause(self, clause: ast.ExceptHandler, name: str, slot: int, following: int, flow: Flow) -> int:
        """Bind the name, and unbind it on every way out, as Python does."""

        def unbind(after: int) -> int:
            store, writes = self.assigns(name)
            return self.node(
                Kind.DO, clause, lambda _m, _v: UNBOUND, store=store, following=after, writes=writes, flow=flow
            )

        raised = self.hidden("raised")
        handler = unbind(self.raise_again(clause, raised, flow))
        inside = replace(flow, handler=handler, slot=raised, leave=(unbind, *flow.leave))
        body = self.block(clause.body, unbind(following), inside)
        store, writes = self.assigns(name)
        self.reads.add(slot)
        return self.node(Kind.DO, clause, lambda _m, v: v[slot], store=store, following=body, writes=writes, flow=flow)


def _refusing(error: OutsideSubsetError) -> Expression:
    def refuse(_machine: Value, _v: list[Value]) -> Value:
        raise error

    return refuse
