"""The modelled asyncio: what `import asyncio` means in a candidate.

The functions that CPython writes in Python are compiled from `sources/`, where each file names the one of CPython that
it follows; futures, tasks and the loop are the machine itself.
"""

from __future__ import annotations

import ast
import inspect
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from treadle_models.automaton.builtins import namespace
from treadle_models.automaton.scope import load, load_file
from treadle_models.machine.code import ERRORS, Code, Value
from treadle_models.machine.things import OutsideError

if TYPE_CHECKING:
    from treadle_models.candidates import Candidate

_PLACES = {
    "wait": "waiting",
    "sleep": "waiting",
    "get_running_loop": "waiting",
    "ALL_COMPLETED": "waiting",
    "FIRST_COMPLETED": "waiting",
    "FIRST_EXCEPTION": "waiting",
    "shield": "shielding",
    "gather": "shielding",
    "timeout": "timeouts",
    "wait_for": "timeouts",
    "TaskGroup": "taskgroups",
}


@cache
def asyncio_names() -> dict[str, Value]:
    """Return the modelled asyncio as a namespace."""
    names: dict[str, Value] = {name: ERRORS[name] for name in ("CancelledError", "InvalidStateError", "TimeoutError")}
    names["current_task"] = namespace()["current_task"]
    names["create_task"] = namespace()["create_task"]
    nowhere = ast.Pass()
    for name, place in _PLACES.items():
        names[name] = load(f"treadle_models.automaton.sources.{place}", names).resolve(name, nowhere)
    return names


@cache
def roles() -> dict[str, Code]:
    """Return the automata of those who take part beside the candidate."""
    stage = load("treadle_models.automaton.sources.stage", asyncio_names())
    nowhere = ast.Pass()
    return {name: stage.resolve(name, nowhere) for name in ("plain", "scoped", "nested")}


def compile_candidate(candidate: Candidate) -> Value:
    """Return the automaton of a candidate, or of the function that makes its context manager.

    It is compiled from the file that the checker imports. Raise `OutsideSubsetError` for what is not modelled.
    """
    file = inspect.getsourcefile(candidate.function)
    if file is None:
        message = f"there is no source of {candidate.name}"
        raise OutsideError(message)
    return load_file(Path(file), asyncio_names()).resolve(candidate.function.__name__, ast.Pass())
