"""Results as they cross the border between a worker and the process that started it: plain JSON, and back.

This is no format for others; that is `treadle.report.document`. Both sides are the same version of Treadle, possibly on
two versions of Python. The score of a counterexample stays behind: what is written from it is written in the worker.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from treadle.check import CellResult, Counterexample, Finding, Job, Verdict
from treadle.check.nearest import Contrast, Neighbour
from treadle.explorer import Draw, Ended, Exploration, Root, Tally
from treadle.report.source import SourceText
from treadle.schedule import Bounds, TaskKind
from treadle.situation import CallOutcome, Outcome, Score
from treadle.tokens import Token
from treadle.trace import CancelRequest, Gap, Record, SourceLine, TaskState, Trace
from treadle_models.spec import Observation, Reading

Json = dict[str, Any]


def job_as_json(job: Job) -> Json:
    """Return a job without its limits, which the worker knows as a length of time."""
    return {
        "target": job.target,
        "situation": job.situation,
        "events": job.bounds.events,
        "steps": job.bounds.steps,
        "any_order": job.bounds.any_order,
        "task": str(job.task),
        "readings": [str(each) for each in job.readings],
        "opaque": job.opaque,
        **({"draw": dataclasses.asdict(job.draw)} if job.draw is not None else {}),
    }


def job_from_json(job: Json) -> Job:
    """Read what `job_as_json` wrote."""
    return Job(
        target=job["target"],
        situation=job["situation"],
        bounds=Bounds(events=job["events"], steps=job["steps"], any_order=job["any_order"]),
        task=TaskKind(job["task"]),
        readings=tuple(Reading(each) for each in job["readings"]),
        opaque=job.get("opaque", ""),
        draw=Draw(**job["draw"]) if "draw" in job else None,
    )


def cell_as_json(cell: CellResult) -> Json:
    """Return a cell with its counterexamples."""
    plain = {field.name: getattr(cell, field.name) for field in dataclasses.fields(cell) if field.name != "findings"}
    plain["bounds"] = dataclasses.asdict(cell.bounds)
    plain["findings"] = [_finding_as_json(each) for each in cell.findings]
    return plain


def cell_from_json(cell: Json) -> CellResult:
    """Read what `cell_as_json` wrote."""
    return CellResult(
        **{
            **cell,
            "task": TaskKind(cell["task"]),
            "bounds": Bounds(**cell["bounds"]),
            "ended": Ended(cell["ended"]),
            "kinds": tuple(cell["kinds"]),
            "notes": tuple(cell["notes"]),
            "findings": tuple(_finding_from_json(each) for each in cell["findings"]),
        }
    )


def _finding_as_json(finding: Finding) -> Json:
    plain = {field.name: getattr(finding, field.name) for field in dataclasses.fields(finding)}
    if finding.counterexample is not None:
        plain["counterexample"] = counterexample_as_json(finding.counterexample)
    return plain


def _finding_from_json(finding: Json) -> Finding:
    found = finding["counterexample"]
    return Finding(
        **{
            **finding,
            "verdict": Verdict(finding["verdict"]),
            "counterexample": None if found is None else counterexample_from_json(found),
        }
    )


def exploration_as_json(exploration: Exploration[Outcome]) -> Json:
    """Return what a part of a search has found."""
    plain = {each.name: getattr(exploration, each.name) for each in dataclasses.fields(exploration)}
    tallies = [
        [_outcome_as_json(outcome), tally.schedules, tally.size, tally.example]
        for outcome, tally in exploration.tallies.items()
    ]
    return {**plain, "tallies": tallies}


def exploration_from_json(told: Json) -> Exploration[Outcome]:
    """Read what `exploration_as_json` wrote."""
    tallies = {
        _outcome_from_json(outcome): Tally(schedules, tuple(size), tuple(example))
        for outcome, schedules, size, example in told["tallies"]
    }
    return Exploration(**{**told, "ended": Ended(told["ended"]), "tallies": tallies})


def root_from_json(root: Json) -> Root:
    """Read what `dataclasses.asdict` made of a root."""
    return Root(tuple(root["choices"]), root["ways"])


def _outcome_as_json(outcome: Outcome) -> list[Any]:
    return [[list(call.observation), call.ending, call.does] for call in outcome]


def _outcome_from_json(outcome: list[Any]) -> Outcome:
    return tuple(CallOutcome(Observation(*observation), ending, does) for observation, ending, does in outcome)


def counterexample_as_json(found: Counterexample) -> Json:
    """Return a counterexample without its score."""
    return {
        "token": str(found.token),
        "minimal": found.minimal,
        "events": found.events,
        "callbacks": found.callbacks,
        "kinds": [str(each) for each in found.kinds],
        "beginning": dataclasses.asdict(found.beginning),
        "trace": [each.as_json() for each in found.trace],
        "outcome": _outcome_as_json(found.outcome),
    }


def counterexample_from_json(found: Json) -> Counterexample:
    """Read what `counterexample_as_json` wrote; the score is empty."""
    return Counterexample(
        token=Token.parse(found["token"]),
        minimal=found["minimal"],
        events=found["events"],
        callbacks=found["callbacks"],
        kinds=tuple(found["kinds"]),
        beginning=Gap(**_how_things_stood(found["beginning"])),
        trace=_trace_from_json(found["trace"]),
        score=Score(),
        outcome=_outcome_from_json(found["outcome"]),
    )


def contrast_from_json(contrast: Json) -> Contrast:
    """Read what `dataclasses.asdict` made of a contrast."""
    good = contrast["neighbour"]
    if good is None:
        return Contrast(**contrast)
    neighbour = Neighbour(
        exercised=good["exercised"],
        choices=tuple(good["choices"]),
        beginning=Gap(**_how_things_stood(good["beginning"])),
        trace=_trace_from_json(good["trace"]),
    )
    return Contrast(**{**contrast, "neighbour": neighbour})


def source_from_json(source: Json | None) -> SourceText | None:
    """Read what `dataclasses.asdict` made of a source."""
    return None if source is None else SourceText(**{**source, "lines": tuple(source["lines"])})


def _trace_from_json(trace: list[Json]) -> Trace:
    return tuple(_record_from_json(each) for each in trace)


def _record_from_json(record: Json) -> Record:
    return Record(
        **{
            **record,
            "lines": tuple(SourceLine(**each) for each in record["lines"]),
            "requests": tuple(CancelRequest(**each) for each in record["requests"]),
            **_how_things_stood(record),
        }
    )


def _how_things_stood(gap: Json) -> Json:
    return {"tasks": tuple(TaskState(**each) for each in gap["tasks"]), "queue": tuple(gap["queue"])}
