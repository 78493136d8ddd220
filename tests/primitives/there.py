"""Judge programs of this folder under the interpreter that runs this, and print the results as JSON.

    python there.py C|Py eager|lazy [FILE.py:PROGRAM ...]

Prints one line of JSON for each program as soon as it is judged. Standard library and Treadle only.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claims import HAPPENED, PROGRAMS, Judged, property_of

from treadle.programs import Settings, explore_source, make_source
from treadle.schedule import TaskKind
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle import Env

HERE = Path(__file__).parent
FILES = tuple(sorted(path.stem for path in HERE.glob("of_*.py")))
SECONDS = 600.0


def main(arguments: list[str]) -> int:
    """Judge what the command line names, or everything."""
    task, start = TaskKind(arguments[0]), arguments[1]
    wanted = arguments[2:]
    # The hook is no code in Python: that would be noted as the program's, and must not run while a profile function is
    # being installed, which is an event, too.
    heard: dict[str, object] = {}
    sys.addaudithook(heard.setdefault)
    for judged, program in load():
        name = f"{judged.file}.py:{judged.name}"
        if not wanted or name in wanted:
            for event in list(heard):
                heard[event] = None  # of what is no event of ours, only the name stays
                if event.startswith(HAPPENED):
                    del heard[event]
            answer: dict[str, Any] = {"ended": "absent"}
            if sys.version_info >= judged.since:
                answer = judge(judged, program, task, eager=start == "eager", heard=heard)
            sys.stdout.write(json.dumps({"program": name, "primitive": judged.primitive, **answer}) + "\n")
            sys.stdout.flush()
    return 0


def load() -> list[tuple[Judged, Callable[[Env], Any]]]:
    """Load every program, and return it with what it judges."""
    modules = {file: importlib.import_module(file) for file in FILES}
    return [(judged, getattr(modules[judged.file], judged.name)) for judged in PROGRAMS]


def judge(
    judged: Judged, program: Callable[[Env], Any], task: TaskKind, *, eager: bool, heard: dict[str, object]
) -> dict[str, Any]:
    """Explore one program, and say of each of its properties what came out."""
    source = make_source(eagerly(program) if eager else program, name=f"{judged.primitive}: {judged.name}")
    explored = explore_source(source, Settings(events=judged.events, task=task, seconds=SECONDS))
    found: dict[str, dict[str, Any]] = {}
    for each in sorted(explored.violations, key=lambda each: (each.events, each.callbacks)):
        name = property_of(str(each.property), each.text, judged.claims)
        what = {"found": str(each.property), "text": each.text, "events": each.events, "minimal": each.minimal}
        found.setdefault(name, what)
    held = explored.verdict in {Verdict.HOLDS, Verdict.VIOLATED} and not explored.stopped
    claimed = {each.property: _verdict(HAPPENED + each.property in heard, held=held) for each in judged.claims}
    verdicts = claimed | dict.fromkeys(found, "violated")
    return {
        "python": platform.python_version(),
        "task": str(task),
        "eager": eager,
        "properties": verdicts,
        "found": found,
        "ended": str(explored.ended),
        "stopped": explored.stopped or explored.unsupported,
        "events": explored.events,
        "schedules": explored.schedules,
        "executions": explored.executions,
        "states": explored.states,
    }


def _verdict(happened: bool, *, held: bool) -> str:
    if not happened:
        return "not exercised"
    return "holds" if held else "no violation found"


def eagerly(program: Callable[[Env], Any]) -> Callable[[Env], Any]:
    """Return a program in which each task starts at once, until it waits."""

    async def eager(env: Env) -> None:
        factory = asyncio.create_eager_task_factory(asyncio.Task)  # type: ignore[attr-defined]  # from 3.12
        asyncio.get_running_loop().set_task_factory(factory)
        await program(env)

    return eager


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
