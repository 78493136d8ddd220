"""Explore programs one after the other, and print a line of JSON for each: run by `residue`, under any interpreter.

    python residue_there.py SECONDS EXECUTIONS FILE.py:PROGRAM=EVENTS ...

Standard library and Treadle only.
"""

from __future__ import annotations

import json
import sys

from treadle.errors import TreadleError
from treadle.programs import Explored, Settings, explore_source, find_program


def told(explored: Explored) -> dict[str, object]:
    """Return what is kept of an exploration."""
    return {
        "verdict": str(explored.verdict),
        "python": explored.python,
        "events": explored.events,
        "executions": explored.executions,
        "cut off": explored.stopped or explored.unsupported,
        "findings": [
            {
                "property": str(each.property),
                "events": each.events,
                "minimal": each.minimal,
                "happens": each.text,
                "token": str(each.token) if each.token else "",
            }
            for each in explored.violations
        ],
    }


def main() -> None:
    """Explore what the command line names."""
    seconds, executions = float(sys.argv[1]), int(sys.argv[2])
    for asked in sys.argv[3:]:
        name, _, events = asked.rpartition("=")
        settings = Settings(events=int(events), seconds=seconds, limit=executions)
        try:
            # The first execution imports the library, which takes longer than all others, and is not like them.
            explore_source(find_program(name), Settings(events=0, seconds=None, limit=1))
            answer = told(explore_source(find_program(name), settings))
        except TreadleError as error:
            answer = {"verdict": "unsupported", "cut off": str(error), "events": int(events), "findings": []}
        sys.stdout.write(json.dumps({"program": name, **answer}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
