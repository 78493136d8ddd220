"""A distinct outcome takes at most a hundred bytes, and what is kept of it is what it was."""

from __future__ import annotations

import random
import tracemalloc
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import pytest

from treadle.explorer import Execution, Limits, Tally, enumerate_schedules, merge, outcomes, visit_states
from treadle.explorer.outcomes import Outcomes, Packed
from treadle.explorer.tally import Tallies
from treadle.programs import explore
from treadle.programs.problems import Problem, ProgramProperty
from treadle.schedule import Kind
from treadle.workers.requests.programs import ExplorePart

if TYPE_CHECKING:
    from treadle.explorer import Exploration, Scheduler
    from treadle.programs.problems import ProgramOutcome

BYTES = 100
"""Most bytes of a distinct outcome, with its number of schedules and its smallest schedule."""


class Numbers(NamedTuple):
    """A program in which each schedule has an outcome of its own, or shares it with `alike` - 1 others.

    With `states`, its states are numbers: two schedules meet in the middle.
    """

    depth: int
    alike: int = 1
    states: bool = False

    def run(self, scheduler: Scheduler) -> Execution[ProgramOutcome]:
        number = before = 0
        for place in range(self.depth):
            if self.states and scheduler.knows_states and place == self.depth // 2:
                before = number // 2
                number = 0
                if scheduler.seen(lambda: (0, 0, 0, self.depth), partial(tuple, ("state", before))):
                    break
            number = 2 * number + scheduler.choose(Kind.CHOICE, 2)
        number //= self.alike
        text = f"RuntimeError: it was {before}, and after that {number}, in this order"
        about = "RuntimeError in main at program.py, line 12"
        outcome = (Problem(ProgramProperty.RAISES, about, text),)
        return Execution(outcome=outcome, cut=False, size=(0, 0, number % 3, self.depth), fatal="")


def test_a_distinct_outcome_takes_a_hundred_bytes_at_most() -> None:
    explore_all(Numbers(9))  # what is made once is made
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    found = explore_all(Numbers(13))
    used, most = (each - before for each in tracemalloc.get_traced_memory())
    tracemalloc.stop()
    number = len(found.tallies)
    assert number == found.schedules == 2**13
    assert used / number < BYTES, f"{used / number:.0f} bytes an outcome"
    assert most / number < 2 * BYTES, f"{most / number:.0f} bytes an outcome at most"


def explore_all(program: Numbers) -> Exploration[ProgramOutcome]:
    return enumerate_schedules(program, Limits())


@pytest.mark.parametrize("few", [0, 3, 10**9])
@pytest.mark.parametrize("alike", [1, 5])
def test_packed_or_not_the_result_is_the_same(few: int, alike: int, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = explore_all(Numbers(10, alike))
    by_states = visit_states(Numbers(10, alike, states=True), Limits(), few=0, distrust=True)
    monkeypatch.setattr(outcomes, "FEW", few)
    packed = explore_all(Numbers(10, alike))
    assert [*packed.tallies.items()] == [*plain.tallies.items()]
    assert packed == plain
    again = visit_states(Numbers(10, alike, states=True), Limits(), few=0, distrust=True)
    assert [*again.tallies.items()] == [*by_states.tallies.items()]
    assert again == by_states
    assert again.states == 16
    assert again.sampled
    assert not again.doubted


@pytest.mark.parametrize("few", [0, 10**9])
def test_parts_that_were_sent_are_merged_alike(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "FEW", few)
    whole = explore_all(Numbers(9, 2))
    part = ExplorePart.wire.read(ExplorePart.answer, ExplorePart.wire.write(ExplorePart.answer, whole))
    assert part == whole
    both = merge([part, whole])
    assert both.schedules == 2 * whole.schedules
    assert [each.schedules for each in both.tallies.values()] == [4] * 256
    assert [each.example for each in both.tallies.values()] == sorted(each.example for each in whole.tallies.values())


def test_a_mapping_with_packed_tallies_is_one_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "FEW", 2)
    tallies: Tallies[object] = Tallies()
    kept: dict[object, Tally] = {}
    odd = [lambda: 1, lambda: 2]  # which cannot be written
    chance = random.Random(3)  # noqa: S311 - no secrets here
    for number in range(3000):
        outcome = chance.choice([("text", number % 700), number % 5, odd[number % 2], frozenset([number % 3])])
        size, example = (chance.randrange(3), 2), (chance.randrange(300), number)
        schedules = chance.choice([1, 1 << 70])
        tallies.add_to(tallies.outcomes.number(outcome), schedules, size, lambda: example, later=False)  # noqa: B023
        known = kept.setdefault(outcome, Tally(0, size, example))
        known.schedules += schedules
        known.size, known.example = min((known.size, known.example), (size, example))
    assert [*tallies.items()] == [*kept.items()]
    assert [*tallies] == [*kept]
    assert tallies == kept
    assert tallies.total() == sum(each.schedules for each in kept.values())
    assert all(tallies[outcome] == kept[outcome] for outcome in kept)
    for outcome in [*kept][::3]:
        assert tallies.pop(outcome) == kept.pop(outcome)
        assert outcome not in tallies
    assert "another" not in tallies
    assert tallies == kept
    assert [*tallies.values()] == [*kept.values()]


def test_outcomes_have_numbers_in_the_order_in_which_they_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "FEW", 10)
    texts = [(each, str(each), None) for each in range(2000)]
    every: Outcomes[tuple[object, ...]] = Outcomes(texts)
    assert [*every] == texts
    assert [every.number((each, "".join(list(str(each))), None)) for each in range(2000)] == [*range(2000)]
    assert len(every) == 2000
    assert every.find((1, "2", None)) is None


def test_packed_values_may_be_set_in_any_order() -> None:
    packed: Packed[int] = Packed()
    order = [each * 7 % 3001 for each in range(3001)]
    for each in order:
        packed[each] = each
    for each in order[::2]:
        packed[each] = -each
    assert [packed[each] for each in range(3001)] == [
        -each if place % 2 == 0 else each for place, each in sorted(enumerate(order), key=lambda pair: pair[1])
    ]
    assert packed[5000] is None


def test_a_finding_counts_all_its_outcomes_however_they_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for few in (10**9, 2):
        monkeypatch.setattr(outcomes, "FEW", few)
        found.append(explore(in_some_order, events=0))
    assert found[0] == found[1]
    assert [each.schedules for each in found[0].violations] == [24]


async def in_some_order(env: object) -> None:
    """Fail with the order in which four futures came, each a text of its own."""
    import asyncio  # noqa: PLC0415 - a program by itself

    order: list[int] = []

    async def one(number: int) -> None:
        await env.future(f"f{number}")  # type: ignore[attr-defined]
        order.append(number)

    await asyncio.gather(*(one(number) for number in range(4)))
    raise RuntimeError(" ".join(map(str, order)))
