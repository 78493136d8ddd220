"""Explore the program of one file, and print the result as JSON: run by `finding`, under any interpreter.

    python explore_there.py FILE.py:PROGRAM EVENTS

Standard library and Treadle only.
"""

from __future__ import annotations

import json
import sys

from treadle.programs import Settings, as_json, explore_source, find_program


def main() -> None:
    """Explore what the command line names."""
    source = find_program(sys.argv[1])
    explored = explore_source(source, Settings(events=int(sys.argv[2])))
    sys.stdout.write(json.dumps(as_json(explored)))


if __name__ == "__main__":
    main()
