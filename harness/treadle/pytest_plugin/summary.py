"""What a run of pytest says at its end about the tests that were explored: how many schedules each of them had.

The numbers travel with the report of each test, as its properties, so that they arrive from the processes of xdist and
are written into a JUnit file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from treadle.pytest_plugin.findings import FOUND, told, write_report
from treadle.pytest_plugin.options import explores_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from treadle.programs import Explored

_SCHEDULES = "treadle_schedules"
_EXECUTIONS = "treadle_executions"
_SEARCH = "treadle_search"
_TOKEN = "one schedule, from its token"
_ENDED = ("exhausted", "bounded")  # see `explorer.Ended`
_MOST = 10  # tests that are named


@dataclass(slots=True)
class Looked:
    """How much of a test was looked at, with all its examples where Hypothesis draws some."""

    schedules: int = 0
    executions: int = 0
    search: str = "not ended"
    found: list[dict[str, Any]] = field(default_factory=list)  # in a test without the marker

    def add(self, explored: Explored, *, sampled: bool, replayed: bool) -> None:
        """Count what was explored."""
        self.schedules += explored.schedules
        self.search = _TOKEN if replayed else "drawn at random" if sampled else str(explored.ended)

    def note(self, item: pytest.Item) -> None:
        """Put it among the properties of a test."""
        found = {_SCHEDULES: self.schedules, _EXECUTIONS: self.executions, _SEARCH: self.search}
        item.user_properties += found.items()
        if self.found:
            item.user_properties.append((FOUND, self.found))


def show(reporter: pytest.TerminalReporter) -> None:
    """Write the lines, if any test was explored."""
    found = dict(_explored(reporter))
    if not found:
        return
    schedules, executions = (sum(each[name] for each in found.values()) for name in (_SCHEDULES, _EXECUTIONS))
    reporter.section("treadle")
    tests, ran = _count(len(found), "test"), _count(executions, "execution")
    reporter.line(f"{tests} explored: {_count(schedules, 'schedule')} in {ran}")
    replayed = [node for node, each in found.items() if each[_SEARCH] == _TOKEN]
    single = [node for node, each in found.items() if each[_SCHEDULES] == 1 and each[_SEARCH] in _ENDED]
    _list(reporter, _TOKEN, replayed)
    if explores_all(reporter.config):
        _show_findings(reporter, found)
    _list(reporter, "one schedule, so that no other order was looked at", single)


def _show_findings(reporter: pytest.TerminalReporter, found: dict[str, dict[str, Any]]) -> None:
    """Write a table of what was found in all tests, and into a file what was found in each."""
    beyond = sum(each[_SCHEDULES] > 1 for each in found.values())
    cut_off = sum(each[_SEARCH] not in {*_ENDED, _TOKEN} for each in found.values())
    reporter.line(f"{_count(beyond, 'test')} with more than one schedule; {cut_off:,} cut off")
    lines = [*told(found.values())]
    reporter.line("found:" if lines else "found: nothing")
    for line in lines:
        reporter.line(line)
    file = reporter.config.getoption("--treadle-report")
    if file is not None:
        write_report(file, found.items())


def _explored(reporter: pytest.TerminalReporter) -> Iterator[tuple[str, dict[str, Any]]]:
    for reports in reporter.stats.values():
        for report in reports:
            properties = dict(getattr(report, "user_properties", ()))
            if getattr(report, "when", None) == "call" and _SEARCH in properties:
                yield report.nodeid, properties


def _list(reporter: pytest.TerminalReporter, what: str, nodes: list[str]) -> None:
    if not nodes:
        return
    reporter.line(f"{what} ({len(nodes)}):")
    most = len(nodes) if reporter.verbosity > 0 else _MOST
    for node in nodes[:most]:
        reporter.line(f"  {node}")
    if len(nodes) > most:
        reporter.line(f"  and {len(nodes) - most} more; -v names them all")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
