"""For each place where a program may keep something, one that a search gets wrong if it does not look there.

Two answers come in either order and each stores its name in the place; then others come, and what was stored decides
whether the program fails. A search that sees all but the place takes two states for one: that it is wrong is tested,
too, with a search that is blind on purpose.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from kept.catalogue import PLACES
from kept.programs import minimal
from kept.searching import Blind, each_state, every_schedule, found, loaded
from pythons import ALL

from treadle.programs import find_program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kept.programs import Written

    from treadle.programs import ProgramSource


SEEN_OTHERWISE = {"a frame: who waits in a queue"}
"""What a search sees that looks at nothing but what is ready: the order in which tasks are woken."""

EVENTS, OTHERS = (2, 3) if ALL else (1, 2)
# By default every second one: random programs (conformance/test_kept.py) keep something in all of them.
every_place = pytest.mark.parametrize("where", list(PLACES)[:: 1 if ALL else 3])
CONTROLS = [name for name in PLACES if name not in SEEN_OTHERWISE][:: 1 if ALL else 4]
"""Places of which it is seen that a search goes wrong that does not look there."""


@contextlib.contextmanager
def program(where: str, folder: Path, events: int, others: int) -> Iterator[tuple[Written, ProgramSource]]:
    written = minimal(PLACES[where], events, others)
    with loaded(written, folder) as path:
        yield written, find_program(f"{path}:program")


@every_place
def test_a_search_by_states_finds_what_every_schedule_finds(where: str, tmp_path: Path) -> None:
    with program(where, tmp_path, EVENTS, OTHERS) as given:
        every = every_schedule(*given)
        violating = [tally.schedules for outcome, tally in every.tallies.items() if outcome]
        assert every.reason == ""
        assert len(violating) == 1, "the order of the answers decides, and nothing else"
        assert violating[0] * 5 > every.schedules
        once = each_state(*given)
        assert found(once) == found(every)
        if PLACES[where].identified:
            assert once.opaque == ""
            assert once.executions < once.schedules, "no state was met twice"


@pytest.mark.parametrize("where", CONTROLS)
def test_a_search_that_does_not_look_there_is_wrong(where: str, tmp_path: Path) -> None:
    with program(where, tmp_path, 0, 3) as given:
        assert found(each_state(*given, run=Blind)) != found(every_schedule(*given))
