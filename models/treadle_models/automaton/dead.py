"""Find variables that are not read any more: when a function waits, those that it will not read again are forgotten."""

from __future__ import annotations

from treadle_models.machine.code import Code, Kind, Node


def mark_dead(code: Code) -> None:
    """Find the variables that are not read any more after each node, by backward data flow to a fixed point."""
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
