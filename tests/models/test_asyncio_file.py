"""A function of asyncio's own file is a target of the models: here those that the patch for CPython adds."""

from __future__ import annotations

import asyncio.tasks
import runpy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from treadle_models.candidates import Candidate
from treadle_models.smt.prove import Prover

if TYPE_CHECKING:
    from treadle_models.smt.prove import Proof

PATCHED = Path(__file__).parents[2] / "paper" / "programs" / "patched.py"
VERSION = (3, 15)
OTHER_LOOP = "events.get_running_loop()", "None"


def proof_of(folder: Path, function: str, situation: str, changed: tuple[str, str] = ("", "")) -> Proof:
    """Prove a function in a file of a package named asyncio; `changed`: a text in it, and what stands there instead."""
    text: str = runpy.run_path(str(PATCHED))["text_of"]()
    old, new = changed
    assert old in text
    text = text.replace(old, new) if old else text
    package = folder / "asyncio"
    package.mkdir()
    (package / "base_tasks.py").touch()  # by this a package is known as asyncio
    file = package / "tasks.py"
    file.write_text(f"from . import events\nfrom . import exceptions\nfrom . import futures\n\n\n{text}")
    names = {**vars(asyncio.tasks)}
    exec(compile(file.read_text(), str(file), "exec"), names)  # noqa: S102 - our own text
    candidate = Candidate(
        name=function, function=names[function], owner=False, claim="", source="", summary="", excludes={}
    )
    return Prover(candidate, VERSION).prove(situation)


def verdicts(proof: Proof) -> dict[str, str]:
    return {each.property: str(each.verdict) for each in proof.answers if each.reading == "weak"}


@pytest.mark.parametrize(
    ("function", "situation", "refuted"),
    [
        ("cancel_and_wait", "cleanup/1", {"joined-always"}),
        ("cancel_and_join", "cleanup/1", {"prompt"}),
        ("cancel_and_wait", "future", {"joined-always"}),
    ],
)
def test_the_patched_functions_are_proved_where_they_stand(
    function: str, situation: str, refuted: set[str], tmp_path: Path
) -> None:
    found = verdicts(proof_of(tmp_path, function, situation))
    assert {name for name, said in found.items() if said == "refuted"} <= refuted
    assert {"proved"} <= set(found.values()) <= {"proved", "refuted", "not exercised"}
    assert found["lost"] == "proved"


def test_a_function_that_asks_twice_is_refuted(tmp_path: Path) -> None:
    once = "    task.cancel(msg=msg)\n    await wait"
    twice = (once, f"    task.cancel(msg=msg)\n{once}")
    assert verdicts(proof_of(tmp_path, "cancel_and_wait", "plain", twice))["undisturbed"] == "refuted"


def test_the_check_of_the_loop_is_modelled(tmp_path: Path) -> None:
    """One that finds another loop raises, and does not ask."""
    assert verdicts(proof_of(tmp_path, "cancel_and_wait", "plain", OTHER_LOOP))["requested"] == "refuted"
