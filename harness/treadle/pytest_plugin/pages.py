"""Make the HTML page of a run of pytest from what the reports of its tests carry; `report.suite` draws it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from treadle.programs import from_json
from treadle.pytest_plugin.findings import KNOWN
from treadle.pytest_plugin.options import explores_all, options_of
from treadle.report.suite import (
    SuiteFinding,
    SuiteRow,
    SuiteTest,
    finding_without_trace,
    findings_with_traces,
    write_page,
)
from treadle.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import pytest

    from treadle.pytest_plugin.summary import Row, Seen


def as_page(seen: Collection[Seen], rows: Collection[Row], config: pytest.Config) -> str:
    """Return the page. Without `--treadle` it shows no options, because each marked test has its own."""
    known = config.stash.get(KNOWN, frozenset())
    return write_page(
        rows=[SuiteRow(name=each.name, number=each.number, note=each.note, part=each.part) for each in rows],
        tests=[
            SuiteTest(
                test=each.test,
                schedules=each.schedules,
                executions=each.executions,
                search=each.search,
                stopped=each.stopped,
                found=len(each.found),
            )
            for each in seen
        ],
        findings=[found for each in seen for found in _findings(each, known)],
        command=" ".join(["pytest", *map(quoted, options_of(config))]) if explores_all(config) else "pytest",
        python="{}.{}.{}".format(*sys.version_info),
    )


def _findings(seen: Seen, known: frozenset[tuple[str, str, str]]) -> Iterator[SuiteFinding]:
    """Yield the findings of a test, with counterexamples if its report carries them."""
    told = json.loads(seen.shown) if seen.shown else {}
    shown = {}
    if told:
        explored = from_json(told["explored"])
        shown = {(str(each.property), each.text): each for each in findings_with_traces(explored, told["commands"])}
    for each in seen.found:
        kind, text = each["property"], each["text"]
        found = shown.get((kind, text)) or finding_without_trace(seen.test, kind, text)
        yield found.in_baseline() if (seen.test, kind, text) in known else found
