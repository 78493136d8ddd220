"""What came out of exploring a program as plain JSON, and back: for other programs, and to cross from a worker."""

from __future__ import annotations

import dataclasses
from typing import Any

from treadle.explorer import Ended, Exploration, Subtree, Tally
from treadle.programs.problems import Problem, ProgramOutcome, ProgramProperty
from treadle.programs.result import Explored, Violation
from treadle.schedule import TaskKind
from treadle.tokens import ProgramToken
from treadle.trace import CancelRequest, Record, SourceLine, TaskState

Json = dict[str, Any]

FORMAT = 1


def as_json(explored: Explored) -> Json:
    """Return dictionaries, lists, texts and numbers; the same from run to run."""
    plain = {each.name: getattr(explored, each.name) for each in dataclasses.fields(explored)}
    violations = [_violation_as_json(each) for each in explored.violations]
    return {"format": FORMAT, "verdict": str(explored.verdict), **plain, "violations": violations}


def _violation_as_json(found: Violation) -> Json:
    plain = {each.name: getattr(found, each.name) for each in dataclasses.fields(found)}
    return {
        **plain,
        "sentence": found.property.sentence,
        "token": None if found.token is None else str(found.token),
        "trace": [record.as_json() for record in found.trace],
    }


def from_json(told: Json) -> Explored:
    """Read what `as_json` wrote."""
    names = {each.name for each in dataclasses.fields(Explored)}
    return Explored(
        **{
            **{name: value for name, value in told.items() if name in names},
            "task": TaskKind(told["task"]),
            "kinds": tuple(told["kinds"]),
            "ended": Ended(told["ended"]),
            "violations": tuple(_violation_from_json(each) for each in told["violations"]),
        }
    )


def _violation_from_json(told: Json) -> Violation:
    names = {each.name for each in dataclasses.fields(Violation)}
    return Violation(
        **{
            **{name: value for name, value in told.items() if name in names},
            "property": ProgramProperty(told["property"]),
            "token": None if told["token"] is None else ProgramToken.parse(told["token"]),
            "kinds": tuple(told["kinds"]),
            "trace": tuple(_record_from_json(each) for each in told["trace"]),
        }
    )


def _record_from_json(record: Json) -> Record:
    return Record(
        **{
            **record,
            "lines": tuple(SourceLine(**each) for each in record["lines"]),
            "requests": tuple(CancelRequest(**each) for each in record["requests"]),
            "tasks": tuple(TaskState(**each) for each in record["tasks"]),
            "queue": tuple(record["queue"]),
        }
    )


def subtree_from_json(told: list[list[int]]) -> Subtree:
    """Read a subtree, which is written as the lists that it is made of."""
    return Subtree(*map(tuple, told))


def exploration_as_json(exploration: Exploration[ProgramOutcome]) -> Json:
    """Return what a part of a search has found."""
    plain = {each.name: getattr(exploration, each.name) for each in dataclasses.fields(exploration)}
    tallies = [[outcome, tally.schedules, tally.size, tally.example] for outcome, tally in exploration.tallies.items()]
    return {**plain, "tallies": tallies}


def exploration_from_json(told: Json) -> Exploration[ProgramOutcome]:
    """Read what `exploration_as_json` wrote."""
    tallies = {
        tuple(Problem(ProgramProperty(name), about, text) for name, about, text in outcome): Tally(
            schedules, tuple(size), tuple(example)
        )
        for outcome, schedules, size, example in told["tallies"]
    }
    return Exploration(**{**told, "ended": Ended(told["ended"]), "tallies": tallies})
