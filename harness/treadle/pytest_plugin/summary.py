"""Count what was explored in each test, and print the table at the end of a run of pytest.

The numbers are properties in the report of each test, so that they arrive from the workers of xdist, and are written to
a JUnit file.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from treadle.pytest_plugin.findings import as_data
from treadle.telling import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from treadle.programs import Explored
    from treadle.pytest_plugin.findings import Finding

REPLAYED = "one schedule, from its token"
DRAWN = "drawn at random"
UNSUPPORTED = "not explored"
NOT_ENDED = "not ended"
CUT_OFF = "stopped"  # as in `explorer.Ended`, like the next
ENDED = ("exhausted", "bounded")
"""How a search of a test may have ended. `EARLIER` is another value: then there was no search; see `earlier`."""

SHOWN = pytest.StashKey[str]()
"""The key of what a page shows of a test."""

_SCHEDULES = "treadle_schedules"
_EXECUTIONS = "treadle_executions"
_SEARCH = "treadle_search"
_STOPPED = "treadle_stopped"
_FOUND = "treadle_found"


@dataclass(slots=True)
class Looked:
    """How much of a test was explored, with all its examples if Hypothesis draws some.

    `stopped` says why a search was cut off; `shown` is what a page shows, see `told.to_show`.
    """

    schedules: int = 0
    executions: int = 0
    search: str = NOT_ENDED
    stopped: str = ""
    found: list[Finding] = field(default_factory=list)
    shown: str = ""

    def add(self, explored: Explored, how: str, *, fails: bool, replayable: bool) -> None:
        """Add the result of an exploration. Of failed examples the last one counts, which Hypothesis has shrunk."""
        self.schedules += explored.schedules
        if self.search not in (CUT_OFF, UNSUPPORTED):
            self.search = UNSUPPORTED if explored.unsupported else how
            self.stopped = explored.stopped if self.search in (CUT_OFF, UNSUPPORTED) else ""
        kept = [] if fails else self.found
        told = {(each["property"], each["text"]) for each in kept}
        found = as_data(explored, replayable=replayable)
        self.found = kept + [each for each in found if (each["property"], each["text"]) not in told]

    def note(self, item: pytest.Item) -> None:
        """Store it in the properties of a test."""
        told = {_SCHEDULES: self.schedules, _EXECUTIONS: self.executions, _SEARCH: self.search}
        optional = {_STOPPED: self.stopped, _FOUND: self.found}
        item.user_properties += [*told.items(), *((name, each) for name, each in optional.items() if each)]
        if self.shown:
            item.stash[SHOWN] = self.shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The result of an explored test, in whichever process it ran."""

    test: str
    schedules: int
    executions: int
    search: str
    stopped: str
    found: list[Finding]
    failed: bool
    shown: str


def seen_in(report: pytest.TestReport) -> Seen | None:
    """Read what `Looked.note` has stored; None if the test was not explored."""
    told = dict(report.user_properties) if report.when == "call" else {}
    if _SEARCH not in told:
        return None
    found = told.get(_FOUND)
    return Seen(
        test=report.nodeid,
        schedules=_number(told, _SCHEDULES),
        executions=_number(told, _EXECUTIONS),
        search=_text(told, _SEARCH),
        stopped=_text(told, _STOPPED),
        found=found if isinstance(found, list) else [],
        failed=report.failed,
        shown=getattr(report, "treadle_shown", ""),
    )


def _number(told: Mapping[str, object], name: str) -> int:
    """Return a number that `Looked.note` has stored; 0 if the test itself has another property of that name."""
    found = told.get(name)
    return found if isinstance(found, int) else 0


def _text(told: Mapping[str, object], name: str) -> str:
    found = told.get(name)
    return found if isinstance(found, str) else ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what was counted, the number, and a note; `part`: it is a part of the line above."""

    name: str
    number: int
    note: str = ""
    part: bool = False


def table(seen: Collection[Seen], tests: int, known: frozenset[tuple[str, str, str]]) -> list[Row]:
    """Return the table of a run with `tests` tests, of which those in `seen` were explored."""
    from treadle.programs.text import EARLIER  # noqa: PLC0415 - pytest loads this whether it is needed or not

    searches = Counter(each.search for each in seen)
    found = [(each.test, str(one["property"]), str(one["text"])) for each in seen for one in each.found]
    beyond = sum(each.schedules > 1 and each.search != EARLIER for each in seen)
    times = Counter(kind for _, kind, _ in found)
    inside = Counter(kind for _, kind in {(test, kind) for test, kind, _ in found})
    in_baseline = sum(each in known for each in found)
    explored = len(seen) - searches[UNSUPPORTED] - searches[NOT_ENDED]
    optional = [Row(name, searches[name]) for name in sorted(searches) if name not in (*ENDED, CUT_OFF)]
    return [
        Row("tests", tests),
        Row("explored", explored, f"{beyond:,} beyond one schedule" if explored else ""),
        Row("schedules", sum(each.schedules for each in seen)),
        Row("executions", sum(each.executions for each in seen)),
        Row("found", len(found), f"{in_baseline:,} of them in the baseline" if in_baseline else ""),
        *(Row(kind, times[kind], f"in {count(inside[kind], 'test')}", part=True) for kind in sorted(times)),
        Row("cut off", searches[CUT_OFF]),
        *optional,
    ]


def show(
    reporter: pytest.TerminalReporter, seen: Collection[Seen], rows: Collection[Row], notes: Collection[str]
) -> None:
    """Print what was explored, as a table if there are rows, with the notes below."""
    if not (seen or rows or notes):
        return
    reporter.section("treadle")
    if rows:
        _show_table(reporter, rows)
    else:
        schedules, executions = sum(each.schedules for each in seen), sum(each.executions for each in seen)
        tests, ran = count(len(seen), "test"), count(executions, "execution")
        reporter.line(f"{tests} explored: {count(schedules, 'schedule')} in {ran}")
    single = [each.test for each in seen if each.schedules == 1 and each.search in ENDED]
    _list(reporter, REPLAYED, [each.test for each in seen if each.search == REPLAYED])
    if rows:
        for how in (CUT_OFF, UNSUPPORTED):
            told = [f"{each.test}: {' '.join(each.stopped.split())}" for each in seen if each.search == how]
            _list(reporter, "cut off" if how == CUT_OFF else how, told)
    _list(reporter, "one schedule, so that no other order was looked at", single)
    for each in notes:
        reporter.line(printable(each))


def _show_table(reporter: pytest.TerminalReporter, rows: Collection[Row]) -> None:
    names = [f"{'  ' * each.part}{each.name}" for each in rows]
    numbers = [f"{each.number:,}" for each in rows]
    left, right = max(map(len, names)), max(map(len, numbers))
    for name, number, row in zip(names, numbers, rows, strict=True):
        reporter.line(f"{name:<{left}}  {number:>{right}}  {row.note}".rstrip())


_MOST = 10  # tests in a list


def _list(reporter: pytest.TerminalReporter, what: str, nodes: list[str]) -> None:
    if not nodes:
        return
    reporter.line(f"{what} ({len(nodes)}):")
    most = len(nodes) if reporter.verbosity > 0 else _MOST
    for node in nodes[:most]:
        reporter.line(f"  {printable(node)}")
    if len(nodes) > most:
        reporter.line(f"  and {len(nodes) - most} more; -v names them all")


def count(number: int, what: str) -> str:
    """Return a number and its noun, in singular or plural."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
