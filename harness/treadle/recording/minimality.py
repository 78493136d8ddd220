"""How sure it is that no execution which shows the same is smaller."""

from __future__ import annotations


def minimality(*, minimal: bool, events: int, any_order: bool) -> str:
    """Say whether there may be a smaller one; shorter is what has fewer actions of the environment, then callbacks."""
    if not minimal:
        return "not proved minimal."
    if any_order:
        return "minimal: none has fewer callbacks out of turn, of those none fewer events, of those none is shorter."
    if not events:
        return "minimal: it takes no event, and none without is shorter."
    return f"minimal: no counterexample with fewer events, none shorter with {events}."
