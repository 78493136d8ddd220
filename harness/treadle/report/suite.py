"""The findings of a run of pytest as one HTML page that needs only a browser: the table, and each counterexample.

The page looks like the report of a check (see `page`); its layout is in `suite.html`.
"""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import treadle
from treadle.programs import ProgramProperty, describe
from treadle.report.programs import picture_of_violation
from treadle.report.render import render

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from treadle.programs import Explored
    from treadle.report.picture import Picture

_LONGEST = 150
"""The most records of a trace that is drawn. A longer one is shown only as text, because its picture is unreadable."""

_PICTURES = 200
"""The most findings with a picture on one page. With more, a browser would need too long to open it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteRow:
    """A line of the table: what was counted, how many, and a note; `part`: it is a part of the line above."""

    name: str
    number: int
    note: str
    part: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteTest:
    """A test that was explored; `search` says how the search ended, `stopped` why it was cut off."""

    test: str
    schedules: int
    executions: int
    search: str
    stopped: str
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteFinding:
    """A finding of a test: the property, what happened, the execution as picture and text, how to replay it.

    `left_out` says why there is no picture.
    """

    test: str
    property: str
    sentence: str
    text: str
    picture: Picture | None = None
    left_out: str = ""
    told: str = ""
    replay: str = ""
    known: bool = False

    def in_baseline(self) -> SuiteFinding:
        """Return the same, marked as known."""
        return dataclasses.replace(self, known=True)


def findings_with_traces(explored: Explored, commands: Sequence[str]) -> Iterator[SuiteFinding]:
    """Yield the violations of a test, each with the command that replays it, which may be empty."""
    for each, command in zip(explored.violations, commands, strict=True):
        alone = dataclasses.replace(explored, violations=(each,))
        length = len(each.trace)
        yield SuiteFinding(
            test=explored.name,
            property=str(each.property),
            sentence=each.property.sentence,
            text=each.text,
            picture=picture_of_violation(explored, each) if 0 < length <= _LONGEST else None,
            left_out=f"An execution of {length:,} steps is not drawn." if length > _LONGEST else "",
            told=describe(alone, replay=functools.partial(_as_it_is, command)),
            replay=command,
        )


def _as_it_is(command: str, *_: str) -> str:
    return command


def finding_without_trace(test: str, kind: str, text: str) -> SuiteFinding:
    """Return a finding of which only its test, property and text are known."""
    return SuiteFinding(test=test, property=kind, sentence=ProgramProperty(kind).sentence, text=text)


def write_page(
    *,
    rows: Sequence[SuiteRow],
    tests: Sequence[SuiteTest],
    findings: Sequence[SuiteFinding],
    command: str,
    python: str,
) -> str:
    """Return the page; `command` is the command line, as far as schedules depend on it."""
    few = [*findings[:_PICTURES], *map(_without_picture, findings[_PICTURES:])]
    return render(
        "suite.html",
        rows=rows,
        tests=tests,
        findings=few,
        command=command,
        python=python,
        treadle=treadle.__version__,
    )


def _without_picture(found: SuiteFinding) -> SuiteFinding:
    if found.picture is None:
        return found
    return dataclasses.replace(found, picture=None, left_out=f"Only the first {_PICTURES} are drawn.")
