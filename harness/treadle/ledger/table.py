"""The ledger as text for people: a row for each claim, or a claim in full, with what its commands showed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from treadle.ledger.claim import Settled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from treadle.ledger.claim import Claim
    from treadle.ledger.run import Shown

_STYLES = {Settled.CONFIRMED: "green", Settled.REFUTED: "red", Settled.CONDITIONAL: "yellow"}
_INDENT = 4


def print_ledger(console: Console, claims: Sequence[Claim], topics: dict[str, str]) -> None:
    """Print a row for each claim, the number of each verdict, and the topics."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 1, 0), show_header=True, header_style="dim")
    for name in ("claim", "verdict", "what was claimed, and why the verdict"):
        table.add_column(name, vertical="top")
    for each in claims:
        text = Text(f"{each.claim}\n").append(each.why, style="dim")
        table.add_row(Text(f"{each.id}"), Text(each.verdict, style=_STYLES[each.verdict]), text)
    console.print(table)
    counts = [f"{sum(each.verdict is verdict for each in claims)} {verdict}" for verdict in Settled]
    console.print(f"{len(claims)} claims: {', '.join(counts)}")
    console.print("conditional: true under a condition that the claim does not state, and false without it")
    console.print()
    console.print("treadle claims C01     a claim in full, with the commands that show it")
    console.print("treadle claims --run   runs them all, and says whether they show it")
    console.print()
    console.print("what is impossible, and what suffices:")
    for name, sentence in topics.items():
        console.print(f"treadle claims {name:<12}{sentence}")


def print_claim(console: Console, claim: Claim) -> None:
    """Print a claim in full."""
    console.print(Text(f"{claim.id}  {claim.verdict}", style=_STYLES[claim.verdict]))
    for text in (f"{claim.who}, {claim.when}: {claim.claim}", claim.why):
        console.print(Padding(Text(text), (0, 0, 0, _INDENT)))
    for evidence in claim.evidence:
        console.print(" " * _INDENT + evidence.command, soft_wrap=True)
    console.print()


def print_shown(console: Console, claim: Claim, shown: Shown) -> None:
    """Print whether a command showed what the ledger says."""
    told = shown.problem or (f"not run: {shown.skipped}" if shown.skipped else "shown")
    style = "bold red" if shown.problem else "dim" if shown.skipped else "green"
    console.print(Text(f"{claim.id}  {claim.verdict:<13}").append(told, style=style))
    console.print(" " * _INDENT + shown.evidence.command, soft_wrap=True)


def as_document(claims: Sequence[Claim]) -> str:
    """Return the ledger as JSON, for other programs."""
    content = [
        {
            "id": each.id,
            "claim": each.claim,
            "verdict": str(each.verdict),
            "why": each.why,
            "command": each.command,
            "who": each.who,
            "when": each.when,
            "more": [evidence.command for evidence in each.evidence[1:]],
        }
        for each in claims
    ]
    return json.dumps({"format": 1, "claims": content}, indent=2, ensure_ascii=False) + "\n"
