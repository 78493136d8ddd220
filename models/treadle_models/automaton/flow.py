"""From statements to nodes: the control flow of one function.

Nodes are made from the end to the beginning, so that each knows what follows. What a statement may jump to is carried
along in a `Flow`: the handler of exceptions, and where `return`, `break` and `continue` go. A `finally` block is
compiled once for each way through it (normal, exception, return, break, continue), as CPython does since 3.8.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from treadle_models.automaton.expressions import AutomatonSource, Expressions, OutsideSubsetError
from treadle_models.machine.code import Code, Expression, Kind, Node, Store, Value

_Exit = Callable[[int], int]
"""Makes the nodes on a way out of a block, in front of that node, and returns where they begin."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Where control goes from a statement that does not simply end; -1 where it cannot."""

    handler: int = -1
    slot: int = -1
    caught: int = -1  # the variable with the exception that a bare `raise` raises again
    leave: tuple[_Exit, ...] = ()  # the `finally` blocks around, innermost first
    again: int = -1  # continue
    out: int = -1  # break
    depth: int = 0  # how many `finally` blocks stood around the loop


class FunctionCompiler(Expressions):
    """Compiles one function."""

    def __init__(self, module: AutomatonSource, code: Code, body: list[ast.stmt]) -> None:
        super().__init__(module, code)
        self.nodes = code.nodes
        self.body = body
        for statement in body:
            for name in _assigned(statement):
                self.local(name)

    def compile(self) -> Code:
        """Fill in the automaton."""
        end = self._node(Kind.RETURN, self.body[-1], lambda _m, _v: None)
        self.code.entry = self._block(self.body, end, Flow())
        self.code.variables = tuple(self.names)
        _mark_dead(self.code)
        return self.code

    # Nodes

    def _node(  # noqa: PLR0913 - a node has so many parts
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
        """Make a node that does nothing yet, to be aimed at before what it leads to is known."""
        self.nodes.append(Node(Kind.DO, 0, "", lambda _m, _v: None))
        return len(self.nodes) - 1

    # Statements

    def _block(self, body: list[ast.stmt], following: int, flow: Flow) -> int:
        for statement in reversed(body):
            following = self._statement(statement, following, flow)
        return following

    def _statement(self, node: ast.stmt, following: int, flow: Flow) -> int:
        compiler = getattr(self, f"_{type(node).__name__.lower()}", None)
        if compiler is None:
            raise OutsideSubsetError(self.module.file, node, f"the statement {type(node).__name__}")
        return int(compiler(node, following, flow))

    def _pass(self, _node: ast.Pass, following: int, _flow: Flow) -> int:
        return following

    def _assert(self, node: ast.Assert, following: int, flow: Flow) -> int:
        fails = self._node(Kind.RAISE, node, lambda m, _v: m.error("AssertionError"), flow=flow)
        run = self.expression(node.test)
        return self._node(Kind.BRANCH, node, run, following=following, otherwise=fails, flow=flow)

    def _expr(self, node: ast.Expr, following: int, flow: Flow) -> int:
        if isinstance(node.value, ast.Constant):
            return following  # a docstring
        return self._assignment(node, node.value, None, following, flow)

    def _assign(self, node: ast.Assign, following: int, flow: Flow) -> int:
        if len(node.targets) != 1:
            raise OutsideSubsetError(self.module.file, node, "an assignment to several targets")
        return self._assignment(node, node.value, node.targets[0], following, flow)

    def _annassign(self, node: ast.AnnAssign, following: int, flow: Flow) -> int:
        if node.value is None:
            return following
        return self._assignment(node, node.value, node.target, following, flow)

    def _augassign(self, node: ast.AugAssign, following: int, flow: Flow) -> int:
        load = ast.Name(node.target.id, ast.Load()) if isinstance(node.target, ast.Name) else node.target
        value = ast.copy_location(ast.BinOp(load, node.op, node.value), node)
        return self._assignment(node, value, node.target, following, flow)

    def _assignment(self, node: ast.stmt, value: ast.expr, target: ast.expr | None, following: int, flow: Flow) -> int:
        awaits = isinstance(value, ast.Await)
        run = self.expression(value.value if isinstance(value, ast.Await) else value)
        store, writes = self.store(target) if target is not None else (None, -1)
        kind = Kind.AWAIT if awaits else Kind.DO
        return self._node(kind, node, run, store=store, following=following, flow=flow, writes=writes)

    def _delete(self, node: ast.Delete, following: int, flow: Flow) -> int:
        run = self.deletion(node.targets[0])
        return self._node(Kind.DO, node, run, following=following, flow=flow)

    def _if(self, node: ast.If, following: int, flow: Flow) -> int:
        yes = self._block(node.body, following, flow)
        no = self._block(node.orelse, following, flow)
        run = self.expression(node.test)
        return self._node(Kind.BRANCH, node.test, run, following=yes, otherwise=no, flow=flow)

    def _while(self, node: ast.While, following: int, flow: Flow) -> int:
        after = self._block(node.orelse, following, flow)
        top = self._place()
        inside = replace(flow, again=top, out=following, depth=len(flow.leave))
        body = self._block(node.body, top, inside)
        run = self.expression(node.test)
        self.nodes[top].following = self._node(Kind.BRANCH, node.test, run, following=body, otherwise=after, flow=flow)
        return top

    def _for(self, node: ast.For, following: int, flow: Flow) -> int:
        """`for x in things`: over a copy of the list, as `_abort` of a task group needs it."""
        rest = self.hidden("rest")
        top = self._place()
        inside = replace(flow, again=top, out=following, depth=len(flow.leave))
        body = self._block(node.body, top, inside)
        store, writes = self.store(node.target)
        self.reads.add(rest)
        take = self._node(Kind.DO, node, lambda _m, v: v[rest].pop(0), store=store, following=body, writes=writes)
        self.reads.add(rest)
        self.nodes[top].following = self._node(
            Kind.BRANCH, node, lambda _m, v: bool(v[rest]), following=take, otherwise=following
        )
        things = self.expression(node.iter)
        return self._node(
            Kind.DO,
            node,
            lambda m, v: list(things(m, v)),
            store=lambda _m, v, value: v.__setitem__(rest, value),
            following=top,
            flow=flow,
            writes=rest,
        )

    def _functiondef(self, node: ast.FunctionDef, following: int, flow: Flow) -> int:
        run = self.closure(node, node.args, node.body, node.name, is_async=False)
        slot = self.local(node.name)
        return self._node(
            Kind.DO,
            node,
            run,
            store=lambda _m, v, value: v.__setitem__(slot, value),
            following=following,
            flow=flow,
            writes=slot,
        )

    # Ways out

    def _return(self, node: ast.Return, _following: int, flow: Flow) -> int:
        if node.value is None or not flow.leave:
            awaited = isinstance(node.value, ast.Await)
            if awaited:
                return self._return_through(node, flow)
            run = (lambda _m, _v: None) if node.value is None else self.expression(node.value)
            last = self._node(Kind.RETURN, node, run, flow=flow)
            return self._leave(last, flow.leave)
        return self._return_through(node, flow)

    def _return_through(self, node: ast.Return, flow: Flow) -> int:
        """Keep the value, leave the `finally` blocks, and return it."""
        slot = self.hidden("result")
        self.reads.add(slot)
        last = self._node(Kind.RETURN, node, lambda _m, v: v[slot])
        way = self._leave(last, flow.leave)
        awaited = isinstance(node.value, ast.Await)
        run = self.expression(node.value.value if isinstance(node.value, ast.Await) else node.value)  # type: ignore[arg-type]
        return self._node(
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
            return self._node(Kind.RAISE, node, self.expression(node.exc), flow=flow)
        if flow.caught < 0:
            raise OutsideSubsetError(self.module.file, node, "a bare raise outside of an except clause")
        return self._raise_again(node, flow.caught, flow)

    def _raise_again(self, node: ast.AST, slot: int, flow: Flow) -> int:
        self.reads.add(slot)
        return self._node(Kind.RAISE, node, lambda _m, v: v[slot], flow=flow)

    # try

    def _try(self, node: ast.Try, following: int, flow: Flow) -> int:
        if not node.finalbody:
            return self._try_except(node, following, flow)
        slot = self.hidden("pending")
        handler = self._block(node.finalbody, self._raise_again(node, slot, flow), flow)
        final = node.finalbody
        leave = (lambda after: self._block(final, after, flow), *flow.leave)
        inside = replace(flow, handler=handler, slot=slot, leave=leave)
        normal = self._block(node.finalbody, following, flow)
        return self._try_except(node, normal, inside)

    def _try_except(self, node: ast.Try, following: int, flow: Flow) -> int:
        if not node.handlers:
            return self._block(node.body, following, flow)
        slot = self.hidden("caught")
        test = self._raise_again(node, slot, flow)
        for clause in reversed(node.handlers):
            test = self._clause(clause, slot, test, following, flow)
        otherwise = self._block(node.orelse, following, flow)
        return self._block(node.body, otherwise, replace(flow, handler=test, slot=slot))

    def _clause(self, clause: ast.ExceptHandler, slot: int, otherwise: int, following: int, flow: Flow) -> int:
        body = self._block(clause.body, following, replace(flow, caught=slot))
        if clause.name is not None:
            name = self.local(clause.name)
            self.reads.add(slot)
            body = self._node(
                Kind.DO,
                clause,
                lambda _m, v: v[slot],
                store=lambda _m, v, value: v.__setitem__(name, value),
                following=body,
                writes=name,
            )
        if clause.type is None:
            return body
        kinds = self.error_names(clause.type)
        self.reads.add(slot)
        return self._node(
            Kind.BRANCH,
            clause,
            lambda _m, v: any(v[slot].is_a(name) for name in kinds),
            following=body,
            otherwise=otherwise,
        )

    # async with

    def _asyncwith(self, node: ast.AsyncWith, following: int, flow: Flow) -> int:
        """Enter, run the body, and leave with what came of it; PEP 492, without suppressing."""
        if len(node.items) != 1:
            raise OutsideSubsetError(self.module.file, node, "async with over several managers")
        manager, error = self.hidden("manager"), self.hidden("error")
        item = node.items[0]

        def exit_with(after: int, *, failed: bool) -> int:
            self.reads.update({manager, error} if failed else {manager})

            def leave(machine: Value, v: list[Value]) -> Value:
                what = v[error] if failed else None
                kind = None if what is None else what.kind
                return self.call_method(machine, v[manager], "__aexit__", (kind, what, None))

            return self._node(Kind.AWAIT, node, leave, following=after, flow=flow)

        handler = exit_with(self._raise_again(node, error, flow), failed=True)
        leave = (lambda after: exit_with(after, failed=False), *flow.leave)
        inside = replace(flow, handler=handler, slot=error, leave=leave)
        body = self._block(node.body, exit_with(following, failed=False), inside)
        store, writes = self.store(item.optional_vars) if item.optional_vars is not None else (None, -1)
        self.reads.add(manager)
        enter = self._node(
            Kind.AWAIT,
            node,
            lambda m, v: self.call_method(m, v[manager], "__aenter__", ()),
            store=store,
            following=body,
            flow=flow,
            writes=writes,
        )
        return self._node(
            Kind.DO,
            node,
            self.expression(item.context_expr),
            store=lambda _m, v, value: v.__setitem__(manager, value),
            following=enter,
            flow=flow,
            writes=manager,
        )


def _assigned(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement assigns, those of functions inside it not included."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield statement.name
        return
    if isinstance(statement, ast.Try):
        yield from (clause.name for clause in statement.handlers if clause.name is not None)
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            yield child.id
        elif isinstance(child, (ast.stmt, ast.ExceptHandler, ast.withitem)):
            yield from _assigned(child)  # type: ignore[arg-type]  # handlers and items are read in the same way


def _mark_dead(code: Code) -> None:
    """Find out which variables nobody reads any more after a node: backward data flow, to a fixed point."""
    nodes = code.nodes
    live: list[frozenset[int]] = [frozenset()] * len(nodes)  # before the node

    def after(node: Node) -> frozenset[int]:
        ways = [each for each in (node.following, node.otherwise, node.handler) if each >= 0]
        alive = frozenset[int]().union(*(live[each] for each in ways))
        return alive - {node.slot}

    changed = True
    while changed:
        changed = False
        for index, node in enumerate(nodes):
            before = (after(node) - {node.writes}) | node.reads
            if before != live[index]:
                live[index] = before
                changed = True
    for node in nodes:
        if node.kind is Kind.AWAIT:
            node.dead = tuple(slot for slot in range(len(code.variables)) if slot not in after(node) - {node.writes})
