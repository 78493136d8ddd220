"""Searches in parts: which are split, and how requests about parts make one answer.

A search in one piece visits fewer states, so one is split only where `--jobs` asks for several requests at a time; of
`check` only where processes would else wait for it: beyond the bounds of the catalogue, in a situation that has many
schedules, if it is a large share of all that is asked for, and by so many processes that they make up for what parts do
twice. What is split depends on what was asked for and on nothing else.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from treadle.cli.meter import Meter
from treadle.explorer import Cut, merge, nothing_found
from treadle.workers.pool import Answer, WorkerRequest

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from treadle.explorer import Exploration
    from treadle.schedule import Bounds
    from treadle.workers.pool import Asks
    from treadle.workers.requests.request import JudgePart, Request, SearchRequest

# Bounds within which every search of the catalogue takes seconds, and the cost of a situation from which it is large.
_SMALL = 3
_LARGE = 8000.0

# So many processes at least. The parts of a large search of `check` do three to four times the executions of one piece
# (`rrevans-wait` in `third-party`, 9 events and 9 steps: 582,471 in place of 162,633), so two only get in each other's
# way: they stand aside, and take the searches of other situations.
_MANY = 6

Rounds = Generator[tuple[str, list[WorkerRequest[Any]]], list[Answer], Answer]
"""Asks round by round: what is asked, and the requests, for their answers; in the end it returns the answer to all."""


def which_are_split(bounds: Bounds, costs: Sequence[float], at_a_time: int) -> list[int]:
    """Return the places of the searches that are split, from what each is expected to cost."""
    if at_a_time < _MANY or max(bounds.events, bounds.steps) <= _SMALL:
        return []
    share = sum(costs) / at_a_time / 2
    return [place for place, cost in enumerate(costs) if cost >= _LARGE and cost > share]


def ask_whole_and_split(pool: Asks, requests: Sequence[WorkerRequest[Any]], split: Collection[int]) -> list[Answer]:
    """Have searches made, some of them in parts; see `Asks`. What all of them ask in one round is asked together."""
    under_way = {
        place: _in_parts(request, request.question) if place in split else _in_one_piece(request)
        for place, request in enumerate(requests)
    }
    asked = {place: next(each) for place, each in under_way.items()}
    answers: dict[int, Answer] = {}
    while asked:
        what = next(iter(asked.values()))[0]
        told = iter(ask(pool, what, [request for _, of_one in asked.values() for request in of_one]))
        asked_before, asked = asked, {}
        for place, (_, of_one) in asked_before.items():
            try:
                asked[place] = under_way[place].send([next(told) for _ in of_one])
            except StopIteration as end:
                answers[place] = end.value
    return [answers[place] for place in under_way]


def ask(pool: Asks, what: str, requests: Sequence[WorkerRequest[Any]]) -> list[Answer]:
    """Have requests answered, and show on a terminal how far that is."""
    with Meter(what, [request.cost for request in requests]) as meter:
        return pool.ask(requests, lambda index, more, done: meter.heard(index, more, done=done))


def _in_one_piece(whole: WorkerRequest[Any]) -> Rounds:
    (answer,) = yield "searches", [whole]
    return answer


def _in_parts(whole: WorkerRequest[Any], search: SearchRequest[Any, Any]) -> Rounds:
    """Ask for the parts, for what each of them shows, and for what all of that means."""

    def about(questions: Sequence[Request[Any]]) -> list[WorkerRequest[Any]]:
        return [replace(whole, question=each, cost=whole.cost / len(questions)) for each in questions]

    finding = search.find_parts()
    (answer,) = yield "searches", about([finding])
    if answer.misuse:
        return answer
    found = None if answer.result is None else finding.hear(answer.result)
    if found is not None and found.exploration.doubted:
        return (yield from _in_parts(whole, search.by_every_schedule(found.exploration.opaque)))
    if found is None or not found.groups:
        (answer,) = yield "parts", about([search])
        return answer
    judging = [search.judge_part(roots) for roots in found.groups]
    answers = yield "parts", about(judging)
    parts = [_heard(each, answer) for each, answer in zip(judging, answers, strict=True)]
    doubt = next((part.opaque for part in parts if part.doubted), "")
    if doubt and found.cut is Cut.AT_STATES:
        return (yield from _in_parts(whole, search.by_every_schedule(doubt)))
    if doubt:  # what was wrong about states in one part may be so in others, where no sample has shown it
        again = [place for place, part in enumerate(parts) if not part.doubted and (part.states or part.opaque)]
        judging = [search.judge_part(found.groups[place], doubt) for place in again]
        answers += (more := (yield "parts", about(judging)))
        for place, question, answer in zip(again, judging, more, strict=True):
            before, parts[place] = parts[place], _heard(question, answer)
            parts[place].executions += before.executions
    misuse = next((answer for answer in answers if answer.misuse), None)
    if misuse is not None:
        return misuse
    together = merge([found.exploration, *parts], first=search.told_first)
    (answer,) = yield "results", about([search.conclude(together, len(parts))])
    return answer


def _heard(question: JudgePart[Any], answer: Answer) -> Exploration[Any]:
    """Read what a part has found; nothing, and cut off, where its process gave no answer."""
    return nothing_found(answer.failure or "misuse") if answer.result is None else question.hear(answer.result)
