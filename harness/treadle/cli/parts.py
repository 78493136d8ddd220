"""Large searches in parts: which are split, and how requests about parts make one answer.

A search in one piece visits fewer states, so one is split only where `--jobs` asks for several requests at a time, and
where processes would else wait for it: beyond the bounds of the catalogue, in a situation that has many schedules, and
if it is a large share of all that is asked for. What is split depends on what was asked for and on nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from treadle.cli.meter import Meter
from treadle.explorer import Ended, Exploration, merge
from treadle.workers.wire import exploration_as_json, exploration_from_json

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from treadle.schedule import Bounds
    from treadle.situation import Outcome
    from treadle.workers.pool import Answer, Asks, WorkerRequest

# Bounds within which every search of the catalogue takes seconds, and the cost of a situation from which it is large.
_SMALL = 3
_LARGE = 8000.0


def which_are_split(bounds: Bounds, costs: Sequence[float], at_a_time: int) -> list[int]:
    """Return the places of the searches that are split, from what each is expected to cost."""
    if at_a_time < 2 or max(bounds.events, bounds.steps) <= _SMALL:  # noqa: PLR2004 - one process has nobody to wait for
        return []
    share = sum(costs) / at_a_time / 2
    return [place for place, cost in enumerate(costs) if cost >= _LARGE and cost > share]


def ask_whole_and_split(pool: Asks, requests: Sequence[WorkerRequest], split: Collection[int]) -> list[Answer]:
    """Have requests to judge answered, some of them in parts; see `Asks`."""
    firsts = [_doing(request, "find parts") if place in split else request for place, request in enumerate(requests)]
    answers = ask(pool, "searches", firsts)
    again = _ask_parts(pool, {place: requests[place] for place in sorted(split)}, answers)
    if again:
        told = ask(pool, "searches", [_doing(request, "find parts") for request in again.values()])
        for place, answer in zip(again, told, strict=True):
            answers[place] = answer
        _ask_parts(pool, again, answers)
    return answers


def _ask_parts(pool: Asks, requests: Mapping[int, WorkerRequest], answers: list[Answer]) -> dict[int, WorkerRequest]:
    """Put what parts found together in the place of the answers that named them.

    Return requests for those in which a part has shown that states are wrong: they must begin anew, by every schedule,
    because the same may be wrong in other parts, where no sample has shown it.
    """
    again: dict[int, WorkerRequest] = {}
    parts: list[tuple[int, WorkerRequest]] = []
    for place, request in requests.items():
        found = answers[place].result
        if found is not None and found["groups"]:
            groups = found["groups"]
            cost = request.cost / len(groups)
            parts += [(place, _doing(request, "judge part", cost=cost, roots=roots)) for roots in groups]
        elif found is not None and found.get("exploration", {}).get("doubted"):
            again[place] = _by_every_schedule(request, found["exploration"]["opaque"])
        elif not answers[place].misuse:
            parts.append((place, request))
    told = ask(pool, "parts", [request for _, request in parts])
    last: list[tuple[int, WorkerRequest]] = []
    for place, request in requests.items():
        mine = [answer for (of, _), answer in zip(parts, told, strict=True) if of == place]
        found = answers[place].result
        if found is not None and found["groups"]:
            whole = merge([exploration_from_json(found["exploration"]), *map(_part, mine)])
            if whole.doubted:
                again[place] = _by_every_schedule(request, whole.opaque)
                continue
            shown = exploration_as_json(whole)
            last.append((place, _doing(request, "conclude parts", exploration=shown, parts=len(mine))))
        elif mine:
            answers[place] = mine[0]
    for (place, _), answer in zip(last, ask(pool, "results", [request for _, request in last]), strict=True):
        answers[place] = answer
    return again


def _by_every_schedule(request: WorkerRequest, why: str) -> WorkerRequest:
    return replace(request, message={**request.message, "job": {**request.message["job"], "opaque": why}})


def ask(pool: Asks, what: str, requests: Sequence[WorkerRequest]) -> list[Answer]:
    """Have requests answered, and show on a terminal how far that is."""
    with Meter(what, [request.cost for request in requests]) as meter:
        return pool.ask(requests, lambda index, more, done: meter.heard(index, more, done=done))


def _doing(request: WorkerRequest, what: str, *, cost: float | None = None, **more: Any) -> WorkerRequest:  # noqa: ANN401 - any JSON
    message = {**request.message, "do": what, **more}
    return replace(request, message=message, cost=request.cost if cost is None else cost)


def _part(answer: Answer) -> Exploration[Outcome]:
    """Read what a part has found; nothing, and cut off, where its process gave no answer."""
    if answer.result is not None:
        return exploration_from_json(answer.result)
    reason = answer.failure or answer.misuse
    return Exploration(ended=Ended.STOPPED, reason=reason, executions=0, schedules=0, states=None)
