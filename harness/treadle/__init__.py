"""Treadle runs real asyncio tasks in every order in which cancels, completions and callbacks can meet, and judges them.

The modules from top to bottom. Each imports only from those below it, and from `treadle_models`:

- `pytest_plugin`, `strategies`: explorations in tests, with pytest and with Hypothesis
- `cli`: the command line
- `workers`: the processes in which targets run; clusters; the journal of answers
- `study`: functions for notebooks and the prompt, whose results display themselves
- `ledger`: the claims of the thread, and their verdicts
- `report`: counterexamples and verdicts as tables, diagrams, JSON and stand-alone scripts
- `programs`: explores and judges any async program
- `check`: judges candidates by properties, in situations
- `situation`: controller, dependency and environment, on real tasks: the world of `check`
- `recording`: records executions for people to read
- `outside`: a simulation of what is outside a program's loop: network, threads, signals
- `execution`: the engine, which runs one execution of a world, gap by gap
- `explorer`: runs a program under one schedule after the other, or until it has seen every state
- `fingerprint`: the identity of a state of live coroutines
- `loop`: the asyncio loop that stops at every gap, with virtual time
- `tokens`: a schedule as one line of text, with the name of its target or program
- `schedule`, `trace`: the choices of an execution, and what happened in it
- `loading`, `verdict`: imports the user's modules and files; the verdicts on a property
- `wire`: converts values of declared types to JSON and back
- `errors`: the errors that are not failures of the code under test
- `own_builtins`: gives all other modules builtins that no program can change
- `display`: base class of results that display themselves, as a picture or as text
- `inspecting`, `telling`: describe foreign objects in one line, even if their own methods fail or lie

The names below are the public interface:

    from treadle import Bounds, Job, judge

    cell = judge(Job(target="osipenko-proposal", situation="plain", bounds=Bounds(events=1, steps=2)))
    for finding in cell.findings:
        print(finding.property, finding.verdict, finding.counterexample and finding.counterexample.token)

`judge` runs the target in the process that calls it. The command line gives each target a process of its own.
`explore` explores any other async function. Its result says what is wrong with the function, and prints as text:

    print(treadle.explore(program, events=2))
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from treadle.own_builtins import keep_apart

if TYPE_CHECKING:
    from treadle.check import (
        CellResult,
        Counterexample,
        Finding,
        Job,
        Target,
        Verdict,
        judge,
        replay,
        resolve_target,
    )
    from treadle.errors import MisuseError, NondeterminismError, TreadleError, UnsupportedError
    from treadle.explorer import Draw, Ended, Limits
    from treadle.programs import Env, Explored, ProgramProperty, Violation, explore
    from treadle.schedule import Bounds, TaskKind
    from treadle.tokens import ProgramToken, Token
    from treadle_models.spec import Reading

__version__ = "0.1.0"

keep_apart()

__all__ = [
    "Bounds",
    "CellResult",
    "Counterexample",
    "Draw",
    "Ended",
    "Env",
    "Explored",
    "Finding",
    "Job",
    "Limits",
    "MisuseError",
    "NondeterminismError",
    "ProgramProperty",
    "ProgramToken",
    "Reading",
    "Target",
    "TaskKind",
    "Token",
    "TreadleError",
    "UnsupportedError",
    "Verdict",
    "Violation",
    "__version__",
    "explore",
    "judge",
    "replay",
    "resolve_target",
]

_HOMES = {
    "treadle.check": (
        "CellResult",
        "Counterexample",
        "Finding",
        "Job",
        "Target",
        "Verdict",
        "judge",
        "replay",
        "resolve_target",
    ),
    "treadle.errors": ("MisuseError", "NondeterminismError", "TreadleError", "UnsupportedError"),
    "treadle.explorer": ("Draw", "Ended", "Limits"),
    "treadle.programs": ("Env", "Explored", "ProgramProperty", "Violation", "explore"),
    "treadle.schedule": ("Bounds", "TaskKind"),
    "treadle.tokens": ("ProgramToken", "Token"),
    "treadle_models.spec": ("Reading",),
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: a worker process imports this package only for one of its modules."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(home), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
