"""Judge programs of this folder with more events than the table has, under the interpreter that runs this.

    python deeper.py SECONDS FILE.py:PROGRAM=EVENTS ...

Prints one line of JSON for each; tasks are in C, and not eager. With as many events as there are cancellations and
completions in all, nothing is left out: every task may be cancelled as often as the program allows, in every gap.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import Any

import there
from claims import HAPPENED

from treadle.schedule import TaskKind


def main(arguments: list[str]) -> int:
    """Judge what the command line names."""
    there.SECONDS = float(arguments[0])
    heard: dict[str, object] = {}
    sys.addaudithook(heard.setdefault)
    programs = {f"{judged.file}.py:{judged.name}": (judged, program) for judged, program in there.load()}
    for argument in arguments[1:]:
        name, _, events = argument.partition("=")
        judged, program = programs[name]
        for event in [each for each in heard if each.startswith(HAPPENED)]:
            del heard[event]
        deeper = dataclasses.replace(judged, events=int(events))
        answer: dict[str, Any] = there.judge(deeper, program, TaskKind.C, eager=False, heard=heard)
        bounds = {"tasks": judged.tasks, "cancels": judged.cancels, "events": int(events)}
        sys.stdout.write(json.dumps({"program": name, "bounds": bounds, **answer}) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
