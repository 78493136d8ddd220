"""Collect the results of all tests in the process that reports to the user, and use them when the run ends.

Under xdist that is one process, which gets the reports of all others. Only this process writes the reports to files,
and keeps what failed for the next run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from treadle.pytest_plugin.findings import KNOWN
from treadle.pytest_plugin.options import explores_all, options_of, remembers
from treadle.pytest_plugin.summary import Row, Seen, seen_in, show, table
from treadle.tokens import ProgramToken

if TYPE_CHECKING:
    from collections.abc import Iterator


class Gathered:
    """Collects the result of each test. `notes` are further lines for the user."""

    def __init__(self, config: pytest.Config) -> None:
        """Begin with no test."""
        self.notes: list[str] = []
        self._config = config
        self._seen: dict[str, Seen] = {}
        self._ran: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the result of a test."""
        self._ran.add(report.nodeid)
        seen = seen_in(report)
        if seen is not None:
            self._seen[seen.test] = seen

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Keep what failed, and write the reports."""
        if remembers(self._config):
            self._keep()
        files = self._config.getoption("--treadle-report")
        if not files:
            return
        from treadle.pytest_plugin.reports import write_report  # noqa: PLC0415 - it needs jinja2, an extra

        seen = sorted(self._seen.values(), key=lambda each: each.test)
        for file in files:
            try:
                write_report(file, seen, self._table(), self._config)
            except OSError as error:
                self.notes.append(f"the report could not be written to {file}: {error}")
                session.exitstatus = session.exitstatus or pytest.ExitCode.USAGE_ERROR

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the summary."""
        rows = self._table() if explores_all(self._config) else []
        show(terminalreporter, self._seen.values(), rows, self.notes)

    def _table(self) -> list[Row]:
        return table(self._seen.values(), len(self._ran), self._config.stash.get(KNOWN, frozenset()))

    def _keep(self) -> None:
        from treadle.pytest_plugin.remembered import keep  # noqa: PLC0415 - pytest loads this whether needed or not

        ended = {each.test: tuple(_tokens(each)) if each.failed else () for each in self._seen.values()}
        problem = keep(self._config.rootpath, options_of(self._config), ended)
        if problem:
            self.notes.append(problem)


def _tokens(seen: Seen) -> Iterator[ProgramToken]:
    for each in seen.found:
        if each["token"] is not None and ProgramToken.is_one(each["token"]):
            yield ProgramToken.parse(each["token"])
