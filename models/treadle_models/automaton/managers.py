"""Compile `with` and `async with`: enter, run the body, and exit with its result, as PEP 343 and PEP 492 say."""

from __future__ import annotations

import ast
from dataclasses import replace

from treadle_models.automaton.flow import Flow, Statements
from treadle_models.machine.code import TRACEBACK, Kind, Value
from treadle_models.machine.things import Instance, OutsideError


class FunctionCompiler(Statements):
    """Compiles one function."""

    def _asyncwith(self, node: ast.AsyncWith, following: int, flow: Flow) -> int:
        return self._with_items(node, list(node.items), following, flow)

    _with = _asyncwith

    def _with_items(self, node: ast.AsyncWith | ast.With, items: list[ast.withitem], following: int, flow: Flow) -> int:
        """Compile enter, body, and exit with the result; PEP 492. Several managers are nested."""
        kind, enter_name, exit_name = (
            (Kind.AWAIT, "__aenter__", "__aexit__")
            if isinstance(node, ast.AsyncWith)
            else (Kind.DO, "__enter__", "__exit__")
        )
        manager, error, said = self.hidden("manager"), self.hidden("error"), self.hidden("said")
        item = items[0]

        def exit_with(after: int, *, failed: bool) -> int:
            self.reads.update({manager, error} if failed else {manager})

            def leave(machine: Value, v: list[Value]) -> Value:
                if not failed:
                    return self.call_method(machine, v[manager], exit_name, (None, None, None))
                return self.call_method(machine, v[manager], exit_name, (v[error].kind, v[error], TRACEBACK))

            store = (lambda _m, v, value: v.__setitem__(said, value)) if failed else None
            writes = said if failed else -1
            return self.node(kind, node, leave, store=store, following=after, writes=writes, flow=flow)

        again = self.raise_again(node, error, flow)
        self.reads.add(said)
        decide = self.node(Kind.BRANCH, node, lambda _m, v: v[said], following=following, otherwise=again, flow=flow)
        handler = exit_with(decide, failed=True)
        leave = (lambda after: exit_with(after, failed=False), *flow.leave)
        inside = replace(flow, handler=handler, slot=error, leave=leave)
        normal = exit_with(following, failed=False)
        if len(items) > 1:
            body = self._with_items(node, items[1:], normal, inside)
        else:
            body = self.block(node.body, normal, inside)
        entered = self.hidden("entered")
        if item.optional_vars is not None:  # bound inside: the manager also gets what this raises
            store, writes = self.store(item.optional_vars)
            self.reads.add(entered)
            body = self.node(
                Kind.DO, node, lambda _m, v: v[entered], store=store, following=body, writes=writes, flow=inside
            )
        self.reads.add(manager)
        enter = self.node(
            kind,
            node,
            lambda m, v: self.call_method(m, v[manager], enter_name, ()),
            store=lambda _m, v, value: v.__setitem__(entered, value),
            following=body,
            flow=flow,
            writes=entered,
        )
        self.entered = item.context_expr if isinstance(node, ast.AsyncWith) else None
        context = self.expression(item.context_expr)
        self.entered = None

        def see(machine: Value, v: list[Value]) -> Value:
            found = context(machine, v)
            if not isinstance(found, Instance) or not all(n in found.kind.methods for n in (enter_name, exit_name)):
                message = f"not modelled: the manager {ast.unparse(item.context_expr)}"
                raise OutsideError(message)
            return found

        return self.node(
            Kind.DO,
            node,
            see,
            store=lambda _m, v, value: v.__setitem__(manager, value),
            following=enter,
            flow=flow,
            writes=manager,
        )
