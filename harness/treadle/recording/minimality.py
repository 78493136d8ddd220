"""Say whether a smaller counterexample may exist."""

from __future__ import annotations


def minimality(*, minimal: bool, events: int, any_order: bool) -> str:
    """Say whether there may be a smaller one. Shorter means fewer actions of the environment, then fewer callbacks."""
    if not minimal:
        return "not proved minimal."
    if any_order:
        return "minimal: none has fewer callbacks out of turn, of those none fewer events, of those none is shorter."
    if not events:
        return "minimal: it takes no event, and none without is shorter."
    return f"minimal: no counterexample with fewer events, none shorter with {events}."
