"""Split searches into parts, and make one answer from the answers about the parts.

A search in one piece visits fewer states, so a search is split only if `--jobs` asks for several requests at a time. A
search of `check` is split only if other processes would have to wait for it: its bounds are larger than those of the
catalogue, its situation has many schedules, it is a large share of all the work, and there are enough processes to make
up for what the parts do twice. What is split depends only on the command, so results are the same each time.
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

# Within bounds of _SMALL every search of the catalogue takes seconds; a situation of at least this cost is large.
_SMALL = 3
_LARGE = 8000.0

# The fewest processes for which a search of `check` is split. The parts of a large one need three to four times the
# executions of one piece (`rrevans-wait` in `third-party`, 9 events and 9 steps: 582,471 instead of 162,633), so with
# two processes splitting is slower: they take the searches of other situations instead.
_MANY = 6

Rounds = Generator[tuple[str, list[WorkerRequest[Any]]], list[Answer], Answer]
"""Yields what a round asks for and its requests, is sent their answers, and in the end returns the whole answer."""


def which_are_split(bounds: Bounds, costs: Sequence[float], at_a_time: int) -> list[int]:
    """Return the positions of the searches to split, given the expected cost of each."""
    if at_a_time < _MANY or max(bounds.events, bounds.steps) <= _SMALL:
        return []
    share = sum(costs) / at_a_time / 2
    return [place for place, cost in enumerate(costs) if cost >= _LARGE and cost > share]


def ask_whole_and_split(pool: Asks, requests: Sequence[WorkerRequest[Any]], split: Collection[int]) -> list[Answer]:
    """Run searches, those at the positions in `split` in parts; see `Asks`. Requests of one round are sent together."""
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
    """Have requests answered, with a progress bar on a terminal."""
    with Meter(what, [request.cost for request in requests]) as meter:
        return pool.ask(requests, lambda index, more, done: meter.heard(index, more, done=done))


def _in_one_piece(whole: WorkerRequest[Any]) -> Rounds:
    (answer,) = yield "searches", [whole]
    return answer


def _in_parts(whole: WorkerRequest[Any], search: SearchRequest[Any, Any]) -> Rounds:
    """Ask for the parts, then for the result of each, then for the verdicts from all of them."""

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
    if doubt:  # states that were wrong in one part may be wrong in others too, though no sample has shown it
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
    """Read the result of a part; without an answer, it has found nothing and counts as cut off."""
    return nothing_found(answer.failure or "misuse") if answer.result is None else question.hear(answer.result)
