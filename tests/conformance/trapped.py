"""The traps of fingerprints, under whatever interpreter runs this.

    python trapped.py [--task C|Py]

Prints a summary as JSON: how many traps were tried, which did not tell two states apart, and which told two states
apart that are the same. Standard library and Treadle only.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys

import frame_traps
import traps

from treadle.fingerprint import why_unsupported
from treadle.loop import task_kind
from treadle.schedule import TaskKind


def main() -> None:
    """Try each pair of states in each order."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--task", default="C")
    task = TaskKind(parser.parse_args().task)
    told: dict[str, object] = {"python": platform.python_version(), "unsupported": why_unsupported()}
    taken_for_one, not_the_same = [], []
    every = traps.TRAPS | frame_traps.TRAPS
    with task_kind(task):
        for name, build in every.items():
            one, other = (traps.fingerprint(build, first, task) for first in (True, False))
            if one == other:
                taken_for_one.append(name)
            if one != traps.fingerprint(build, True, task) or other != traps.fingerprint(build, False, task):
                not_the_same.append(name)
        for name, build in frame_traps.ALIKE.items():
            if traps.fingerprint(build, True, task) != traps.fingerprint(build, False, task):
                not_the_same.append(name)
    frame_traps.let_go()
    told |= {"traps": len(every), "taken_for_one": taken_for_one, "not_the_same": not_the_same}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
