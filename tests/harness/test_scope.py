"""What a target keeps outside of its coroutines belongs to the state, or the state is opaque."""

from __future__ import annotations

import dataclasses
import sys
import types
from typing import Any

import pytest

from treadle.check import Job, judge
from treadle.check.target import resolve_target
from treadle.fingerprint import OpaqueError, Scope, why_unsupported
from treadle.fingerprint.encoder import Encoder
from treadle.schedule import Bounds
from treadle_models.candidates import CANDIDATES

SOURCE = """
import asyncio, re, logging
LOG = logging.getLogger("target")
WORD = re.compile("x")
calls = 0
waiting = []

class Registry:
    known = {}
    def method(self, default=[]):
        return default

def closure():
    cell = [0]
    def inner():
        return cell
    return inner

inner = closure()

async def target(task):
    task.cancel()
    await asyncio.wait([task])
"""


def module(source: str) -> Any:
    made = types.ModuleType("module_under_test")
    sys.modules[made.__name__] = made
    exec(source, vars(made))  # noqa: S102 - a module made for this test
    return made


def written(function: object) -> tuple[Any, ...]:
    encoder = Encoder()
    Scope(function).write(encoder)
    return tuple(encoder.tokens)


CHANGES = {
    "a number in the module": "calls += 1",
    "a list in the module": "waiting.append(1)",
    "a new name in the module": "fresh = 1",
    "a dictionary in a class": "Registry.known['x'] = 1",
    "a new attribute of a class": "Registry.fresh = 1",
    "a mutable default": "Registry().method().append(1)",
    "an attribute of a function": "target.seen = 1",
    "the cell of a closure": "inner()[0] += 1",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_outside_of_the_coroutines_changes_the_state(change: str) -> None:
    made = module(SOURCE)
    before = written(made.target)
    assert written(made.target) == before
    exec(change, vars(made))  # noqa: S102 - one of the lines above
    assert written(made.target) != before


def test_what_another_module_keeps_counts_if_it_is_used_by_name() -> None:
    made = module(SOURCE)
    user = types.ModuleType("module_that_uses_it")
    sys.modules[user.__name__] = user
    exec("from module_under_test import target\nasync def adapter(task): await target(task)", vars(user))  # noqa: S102
    before = written(user.adapter)
    made.waiting.append(1)
    assert written(user.adapter) != before


def test_an_object_that_hides_its_state_is_named_with_its_place() -> None:
    made = module(SOURCE + "import threading\nGUARD = threading.Lock()\n")
    with pytest.raises(OpaqueError, match=r"module_under_test\.GUARD is an object of type _thread\.lock"):
        written(made.target)


@pytest.mark.parametrize("candidate", CANDIDATES)
def test_a_candidate_keeps_nothing_outside_of_its_coroutines(candidate: str) -> None:
    """That is why they are not looked at, which would cost time in every state."""
    function = CANDIDATES[candidate].function
    assert written(function) == ()
    constants = {"OWNER_EXCLUDES", "TASK_ONLY"}
    names = {name for name, value in vars(sys.modules[function.__module__]).items() if isinstance(value, (list, dict))}
    assert {each for each in names if not each.startswith("__")} <= constants


@pytest.mark.skipif(bool(why_unsupported()), reason=why_unsupported() or "states are identified")
def test_the_report_says_why_states_were_not_told_apart(tmp_path: Any) -> None:
    file = tmp_path / "mine.py"
    file.write_text(SOURCE + "import threading\nGUARD = threading.Lock()\n", encoding="utf-8")
    name = f"{file}:target"
    job = Job(target=name, situation="third-party", bounds=Bounds(events=2, steps=2))
    cell = judge(job, target=resolve_target(name))
    assert cell.states is None
    assert cell.executions == cell.schedules
    assert any("GUARD is an object of type _thread.lock" in note for note in cell.notes)


NOTEBOOK = """
import asyncio

get_ipython = exit = quit = _ = __ = _3 = asyncio.get_running_loop  # as hard to look at as IPython's own
open = globals().get("shell_open", open)
In, Out, _ih, _oh, _i, _i1 = ["import asyncio"], {3: get_ipython}, [], {}, "", ""
events = []

async def target(task):
    task.cancel()
    await asyncio.wait([task])
"""


def test_what_ipython_keeps_in_a_notebook_is_no_part_of_the_state() -> None:
    cells = module(NOTEBOOK)
    cells.In.append(object())
    before = written(cells.target)
    cells.Out[4] = cells._4 = (each for each in "a result")
    assert written(cells.target) == before
    cells.events.append(1)
    assert written(cells.target) != before


def test_a_result_of_treadle_among_the_names_of_a_notebook_can_be_looked_at() -> None:
    cells = module(NOTEBOOK)
    cells.cell = judge(Job(target="treadle-wait", situation="plain", bounds=Bounds(events=1, steps=1)))
    cells.shown = {"some": [cells.cell]}
    before = written(cells.target)
    assert {before} == {written(cells.target)}
    cells.shown["some"] = [dataclasses.replace(cells.cell)]
    assert written(cells.target) != before


def test_names_like_those_of_ipython_belong_to_the_state_elsewhere() -> None:
    elsewhere = module("import asyncio\n_1 = []\nasync def target(task): task.cancel()")
    before = written(elsewhere.target)
    elsewhere._1.append(1)
    assert written(elsewhere.target) != before
