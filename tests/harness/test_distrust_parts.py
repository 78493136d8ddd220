"""Where a part of a search shows that states are wrong, all parts are run by every schedule."""

from __future__ import annotations

import dataclasses
import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import forgetful
import pytest

from treadle.check import Job, judge
from treadle.check.target import resolve_target
from treadle.cli.parts import ask_whole_and_split
from treadle.explorer import Limits, enumerate_schedules, find_frontier, merge, visit_states
from treadle.explorer.frontier import _FrontierScheduler
from treadle.fingerprint import why_unsupported
from treadle.programs import Settings, explore_part, find_program
from treadle.programs.bounds import ProgramBounds
from treadle.programs.world import ProgramWorld
from treadle.schedule import Bounds, TaskKind
from treadle.situation import SituationWorld, parse_situation
from treadle.workers import programs, targets
from treadle.workers.interpreters import find_interpreters
from treadle.workers.pool import Answer, WorkerPlace, WorkerRequest
from treadle.workers.requests.programs import ExploreProgram
from treadle.workers.requests.targets import JudgeCell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.explorer import Exploration
    from treadle.fingerprint import Fingerprint

pytestmark = pytest.mark.skipif(bool(why_unsupported()), reason=why_unsupported() or "states are identified")

TARGET = f"{Path(forgetful.__file__)}:reads_how_often_it_was_cancelled"
PROGRAM = f"{Path(forgetful.__file__)}:in_a_local_name"

identify_program = ProgramWorld.identify
BOUNDS = Bounds(events=2, steps=2)


def leave_out_the_count(monkeypatch: pytest.MonkeyPatch, *, at_the_frontier: bool = True) -> None:
    """Leave out of states how many requests the dependency has had, although it is read."""
    monkeypatch.setattr(SituationWorld, "count_matters", property(lambda _: False, lambda *_: None))
    if at_the_frontier:
        monkeypatch.setattr(_FrontierScheduler, "_identify", lambda _self, fingerprint, _unread: fingerprint())


def without_the_answer(run: ProgramWorld) -> Fingerprint:
    return tuple(None if token in (forgetful.FIRST, forgetful.SECOND) else token for token in identify_program(run))


def made(situation: str = "third-party") -> SituationWorld:
    return SituationWorld(resolve_target(TARGET).subject, parse_situation(situation), BOUNDS, TaskKind.C)


def found(exploration: Exploration[Any]) -> tuple[Any, ...]:
    return exploration.ended, exploration.schedules, exploration.tallies


def test_in_a_situation_a_state_that_lacks_something_is_noticed_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    every = enumerate_schedules(made(), Limits())
    leave_out_the_count(monkeypatch)
    assert found(visit_states(made(), Limits(), few=0, distrust=False)) != found(every)
    once = visit_states(made(), Limits(), few=0)
    assert once.doubted
    assert found(once) == found(every)


def test_a_frontier_is_not_believed_where_states_lack_something(monkeypatch: pytest.MonkeyPatch) -> None:
    right = find_frontier(made(), Limits(), lambda size: size[1] >= 5)
    assert right.exploration.sampled > 0
    assert not right.exploration.doubted
    leave_out_the_count(monkeypatch)
    wrong = find_frontier(made(), Limits(), lambda size: size[1] >= 5)
    assert wrong.exploration.doubted
    assert wrong.roots == ()


def test_a_part_is_not_believed_either(monkeypatch: pytest.MonkeyPatch) -> None:
    every = enumerate_schedules(made(), Limits())
    frontier = find_frontier(made(), Limits(), lambda size: size[1] >= 3)
    right = visit_states(made(), Limits(), few=0, roots=frontier.roots)
    assert right.sampled > 0
    assert not right.doubted
    leave_out_the_count(monkeypatch)
    part = visit_states(made(), Limits(), few=0, roots=frontier.roots)
    assert part.doubted
    assert part.states is None
    together = merge([frontier.exploration, part])
    assert found(together) == found(every)
    assert together.doubted
    assert together.opaque == part.opaque


class SayNothing:
    """Takes what a worker tells of its progress; no marks are to be left."""

    earlier = None

    def __call__(self, **_told: object) -> None:
        pass


class Here:
    """Answers requests in this process, as workers do in theirs."""

    def __init__(self, serves: Any) -> None:
        self._serves = serves
        self.asked: list[dict[str, Any]] = []

    def ask(self, requests: Sequence[WorkerRequest[Any]], *_listeners: object) -> list[Answer]:
        answers = []
        for request in requests:
            question = request.question
            self.asked.append(json.loads(json.dumps(question.as_json())))
            read = type(question).from_json(self.asked[-1])
            assert read == question
            told = self._serves.ANSWERS[type(question)](SayNothing(), read, self._serves.find(read.target))
            answers.append(Answer(result=json.loads(json.dumps(question.tell(told)))))
        return answers


@pytest.mark.parametrize("where", ["on the way to the parts", "in a part"])
def test_a_check_in_parts_begins_anew_by_every_schedule(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job(target=TARGET, situation="third-party", bounds=BOUNDS)
    whole = judge(dataclasses.replace(job, opaque="every schedule is wanted"))
    monkeypatch.setattr("treadle.explorer.parts._DEEP", 6 if where == "on the way to the parts" else 3)
    monkeypatch.setattr("treadle.explorer.parts.PARTS", 4)
    leave_out_the_count(monkeypatch, at_the_frontier=where != "in a part")
    question = JudgeCell(target=job.target, job=job, seconds=600)
    place = WorkerPlace(interpreter=find_interpreters([])[0], task=TaskKind.C, target="")
    here = Here(targets)
    (answer,) = ask_whole_and_split(here, [WorkerRequest(place=place, question=question, cost=1.0)], [0])
    cell = question.hear(answer.result)
    assert [each["do"] for each in here.asked].count("find parts") == 2
    assert cell.schedules == whole.schedules
    assert cell.outcomes == whole.outcomes
    assert [(each.verdict, each.violating) for each in cell.findings] == [
        (each.verdict, each.violating) for each in whole.findings
    ]
    assert "one state went on differently when it was reached again" in cell.opaque


def test_a_program_in_parts_is_run_by_every_schedule_in_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one part has shown that states are wrong; in another no sample may have."""
    every = enumerate_schedules(ProgramWorld(find_program(PROGRAM), ProgramBounds(events=2)), Limits())
    monkeypatch.setattr(sys.modules[explore_part.__module__], "visit_states", partial(visit_states, few=0))
    monkeypatch.setattr("treadle.explorer.parts.PARTS", 1)
    monkeypatch.setattr(ProgramWorld, "identify", without_the_answer)
    here = Here(programs)
    question = ExploreProgram(target=PROGRAM, settings=Settings(events=2))
    place = WorkerPlace(interpreter=find_interpreters([])[0], task=TaskKind.C, target=PROGRAM, serves="programs")
    (answer,) = ask_whole_and_split(here, [WorkerRequest(place=place, question=question, cost=1.0)], [0])
    explored = question.hear(answer.result)
    asked = [each for each in here.asked if each["do"] == "judge part"]
    assert len([each for each in here.asked if each["do"] == "find parts"]) == 1
    assert 0 < sum(bool(each["opaque"]) for each in asked) < len(asked) / 2  # not the part that has shown it
    assert explored.schedules == every.schedules
    assert explored.states is None
    assert "one state went on differently when it was reached again" in explored.opaque
    (violation,) = explored.violations
    assert violation.schedules == sum(tally.schedules for outcome, tally in every.tallies.items() if outcome)
