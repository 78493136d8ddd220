"""The modelled asyncio: what `import asyncio` means in a candidate.

The functions that CPython writes in Python are compiled from `sources/`, where each file names the one of CPython that
it follows; futures, tasks and the loop are the machine itself.
"""

from __future__ import annotations

import ast
import inspect
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING

from treadle_models.automaton.builtins import namespace, of_asyncio
from treadle_models.automaton.loaded import is_function
from treadle_models.automaton.scope import load, load_file
from treadle_models.automaton.values import FUTURE_TYPE, TASK_TYPE
from treadle_models.machine.code import ERRORS, ClassCode, Code, Value
from treadle_models.machine.things import OutsideError

if TYPE_CHECKING:
    from treadle_models.candidates import Candidate

_PLACES = {
    "wait": "waiting",
    "sleep": "waiting",
    "ALL_COMPLETED": "waiting",
    "FIRST_COMPLETED": "waiting",
    "FIRST_EXCEPTION": "waiting",
    "create_task": "waiting",
    "ensure_future": "waiting",
    "shield": "shielding",
    "gather": "gathering",
    "timeout": "timeouts",
    "wait_for": "timeouts",
    "TaskGroup": "taskgroups",
}


@cache
def asyncio_names() -> dict[str, Value]:
    """Return the modelled asyncio as a namespace."""
    names: dict[str, Value] = {name: ERRORS[name] for name in ("CancelledError", "InvalidStateError", "TimeoutError")}
    names["current_task"] = namespace()["current_task"]
    names["get_running_loop"] = of_asyncio()["events"]["get_running_loop"]
    names["Future"], names["Task"] = FUTURE_TYPE, TASK_TYPE
    nowhere = ast.Pass()
    for name, place in _PLACES.items():
        names[name] = load(f"treadle_models.automaton.sources.{place}", names).resolve(name, nowhere)
    names["$manager"] = load("treadle_models.automaton.sources.managing", names).resolve("GeneratorManager", nowhere)
    names["$suppress"] = load("treadle_models.automaton.sources.suppressing", names).resolve("suppress", nowhere)
    return names


@cache
def roles() -> dict[str, Code]:
    """Return the automata of the controllers and the other roles beside the candidate."""
    stage = load("treadle_models.automaton.sources.stage", asyncio_names())
    nowhere = ast.Pass()
    return {name: stage.resolve(name, nowhere) for name in ("plain", "scoped", "nested", "mutual")}


def compile_candidate(candidate: Candidate) -> Value:
    """Return the automaton of a candidate, or of the function that makes its context manager.

    It is compiled from the file that the checker imports. Raises `OutsideSubsetError` for code that is not modelled.
    """
    function = candidate.function
    inner = inspect.unwrap(function)  # with a known decorator, it is still the function that its module has
    file = inspect.getsourcefile(inner)
    if file is None:
        message = f"there is no source of {candidate.name}"
        raise OutsideError(message)
    name = getattr(function, "__name__", "")
    loaded = inner.__globals__ if isinstance(inner, FunctionType) else vars(inspect.getmodule(function))
    if loaded.get(name) is function:
        found = load_file(Path(file), asyncio_names(), loaded).resolve(name, ast.Pass())
        if isinstance(found, ClassCode) or (isinstance(found, Code) and is_function(function, found)):
            return found
    line = getattr(getattr(inner, "__code__", None), "co_firstlineno", 0)
    message = f"{file}:{line}: not modelled: {name!r} is not the function that its module has under that name"
    raise OutsideError(message)
