"""`treadle claims`: print the ledger, what is impossible and what is enough, or run the commands that show it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from treadle.cli.screen import output
from treadle.errors import MisuseError
from treadle.ledger import TOPICS, find_claims, load_claims
from treadle.ledger.run import run_evidence
from treadle.ledger.table import as_document, print_claim, print_ledger, print_shown
from treadle.ledger.topics import answer
from treadle.ledger.twins import twin_scripts

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from treadle.cli.arguments import Parser
    from treadle.ledger import Claim


def add_arguments(parser: Parser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("ids", nargs="*", metavar="ID")
    parser.add_argument("--run", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--script", metavar="NAME")


def claims(options: argparse.Namespace) -> int:
    """Print what was asked for; return 1 if a command was run and does not show what the ledger says."""
    if options.script:
        return _script(options.script)
    topics = [each for each in options.ids if each in TOPICS]
    ids = [each for each in options.ids if each not in TOPICS]
    chosen = find_claims(load_claims(), ids) if ids or not topics else ()
    if options.json:
        sys.stdout.write(as_document(chosen))
        return 0
    if options.run:
        return _run(chosen)
    console = output()
    if ids:
        for claim in chosen:
            print_claim(console, claim)
    elif not topics:
        print_ledger(console, chosen, TOPICS)
    for topic in topics:
        for line in answer(topic):
            console.print(line, soft_wrap=True)
    return 0


def _script(name: str) -> int:
    scripts = twin_scripts()
    if name not in scripts:
        message = f"there is no script {name!r}. There are: {', '.join(scripts)}"
        raise MisuseError(message)
    sys.stdout.write(scripts[name])
    return 0


def _run(chosen: Sequence[Claim]) -> int:
    console = output()
    well = True
    for claim in chosen:
        for evidence in claim.evidence:
            shown = run_evidence(evidence)
            well = well and not shown.problem
            print_shown(console, claim, shown)
    return 0 if well else 1
