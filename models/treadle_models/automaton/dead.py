"""Which variables nobody reads any more: where a function waits, what it will not read again is forgotten."""

from __future__ import annotations

from treadle_models.machine.code import Code, Kind, Node


def mark_dead(code: Code) -> None:
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
