"""Judge targets in this process: the verdict table, and the counterexamples behind its cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle.check import CellResult, Job, Target, Verdict, judge
from treadle.check.catalogue import Catalogue
from treadle.check.given import target_of
from treadle.check.summary import summarize
from treadle.display import Displayed
from treadle.errors import MisuseError
from treadle.loop.aside import aside
from treadle.report.display import html, printed, text
from treadle.report.document import Part
from treadle.report.layout import MODE_NAMES
from treadle.report.page import section
from treadle.report.render import render
from treadle.report.table import print_verdicts
from treadle.schedule import Bounds, TaskKind
from treadle.situation import ALL_SITUATIONS
from treadle.study.case import Case
from treadle_models.candidates import CANDIDATES
from treadle_models.spec import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from treadle.check.summary import Summary


@dataclass(frozen=True)
class Verdicts(Displayed):
    """What `verdicts` returns: the verdicts of targets in situations. It displays itself as the verdict table.

    `table[target, property]` is a `Case`: the smallest counterexample of a violated property in the plainest situation.
    `table[target, property, situation]` is that of one situation. Both raise `MisuseError` if there is none.

    :ivar summaries: what was found, one for each target.
    :ivar targets: the targets by their names.
    :ivar reading: what a cancellation counts for after `uncancel()` has withdrawn it.
    """

    summaries: tuple[Summary, ...]
    targets: dict[str, Target]
    reading: str

    def __repr__(self) -> str:
        return f"<verdicts on {', '.join(self.targets)}>"

    def __getitem__(self, place: tuple[str, str] | tuple[str, str, str]) -> Case:
        """Return the counterexample of a target and property, in the plainest situation or in that named."""
        name, property_name, *situation = place
        standing = next(each for each in self.summaries if each.target == name).standings[property_name]
        found = standing.findings[situation[0]].counterexample if situation else standing.plainest
        if found is None:
            where = f" in the situation {situation[0]}" if situation else ""
            message = f"there is no counterexample: {property_name} of {name}{where} has the verdict {standing.verdict}"
            raise MisuseError(message)
        return Case(found, self.targets[name])

    def violated(self, name: str) -> list[str]:
        """Return the names of the properties that a target violates, without the modes, which a design chooses.

        :param name: the name of the target.
        """
        standings = next(each for each in self.summaries if each.target == name).standings
        return [
            each
            for each, standing in standings.items()
            if standing.verdict is Verdict.VIOLATED and each not in MODE_NAMES
        ]

    @property
    def schedules(self) -> int:
        """The number of schedules that were covered."""
        return sum(cell.schedules for summary in self.summaries for cell in summary.cells)


def verdicts(
    *targets: str | Callable[..., object],
    events: int = 2,
    steps: int = 2,
    situations: Iterable[str] = ALL_SITUATIONS,
    reading: str = "weak",
) -> Verdicts:
    """Judge targets in several situations, in this process, and return the verdicts.

    :param targets: candidates' names, targets' names or async functions; every candidate unless given.
    :param events: most actions of the environment in one execution, from 0 on.
    :param steps: most steps of the dependency, from 1 on.
    :param situations: the names of situations; all unless given.
    :param reading: `"weak"`, `"strict"`, `"net"` or `"any"`; see `Reading`.
    :returns: a table that displays itself.
    :raises MisuseError: if there is no such target or situation.
    """
    found = [target_of(each) for each in targets or CANDIDATES]
    bounds = Bounds(events=events, steps=steps)
    catalogue = Catalogue.load("", TaskKind.C, bounds)
    summaries = []
    for target in found:
        cells = [_judge(target, situation, bounds, reading) for situation in situations]
        summaries.append(summarize(cells, catalogue))
    return Verdicts(tuple(summaries), {each.name: each for each in found}, reading)


def explore_situation(
    target: str | Callable[..., object], situation: str = "plain", *, events: int = 2, steps: int = 2
) -> CellResult:
    """Judge one target in one situation, in this process, and return its counts and findings.

    :param target: a candidate's name, a target's name or an async function.
    :param situation: the name of a situation.
    :param events: most actions of the environment in one execution, from 0 on.
    :param steps: most steps of the dependency, from 1 on.
    :raises MisuseError: if there is no such target or situation.
    """
    return _judge(target_of(target), situation, Bounds(events=events, steps=steps), "weak")


def _judge(target: Target, situation: str, bounds: Bounds, reading: str) -> CellResult:
    job = Job(target=target.name, situation=situation, bounds=bounds, readings=(Reading(reading),))
    with aside():
        return judge(job, target=target)


@html.register
def _(table: Verdicts) -> str:
    part = Part(summaries=table.summaries, catalogue=Catalogue({}))
    laid_out = section(part, reading=table.reading, version="")
    return render(
        "verdicts.html",
        rows=laid_out.rows,
        properties=laid_out.properties,
        modes=MODE_NAMES,
        heading=laid_out.heading,
        schedules=table.schedules,
        open=any(cell.letter == "o" for row in laid_out.rows for cell in row.cells),
    )


@text.register
def _(table: Verdicts) -> str:
    return printed(lambda console: print_verdicts(console, table.summaries, reading=table.reading))
