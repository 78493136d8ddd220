"""The options of pytest: `--treadle` for tests without the marker, and its bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

SECONDS = 5.0


def add_options(parser: pytest.Parser) -> None:
    """Add the options of Treadle to pytest's parser."""
    group = parser.getgroup("treadle", "async tests under every schedule")
    group.addoption("--treadle-token", metavar="TOKEN", help="run only the schedule of this token, on its test")
    group.addoption(
        "--treadle",
        action="store_true",
        help="explore every async test (pytest-asyncio, anyio, unittest) in every order of completions and timers",
    )
    group.addoption(
        "--treadle-cancel",
        type=int,
        default=0,
        metavar="N",
        help="with --treadle: each task that the code under test makes may be cancelled, N times in all, in any gap",
    )
    group.addoption(
        "--treadle-events",
        type=int,
        default=None,
        metavar="N",
        help="with --treadle: most events in one execution (default: N of --treadle-cancel)",
    )
    group.addoption(
        "--treadle-seconds",
        type=float,
        default=SECONDS,
        metavar="S",
        help=f"with --treadle: most seconds for each test (default {SECONDS:g})",
    )
    _add_options_of_what_counts(group)
    _add_options_of_files(group)


def _add_options_of_what_counts(group: pytest.OptionGroup) -> None:
    """Add the options that decide what counts as a finding."""
    group.addoption(
        "--treadle-assertions",
        action="store_true",
        help="with --treadle: what a test raises counts even if the environment has cancelled something",
    )
    group.addoption(
        "--treadle-pool",
        action="append",
        default=[],
        metavar="MODULE:CLASS",
        help="with --treadle-cancel: a class with acquire() and release(); what is never released is a finding",
    )


def _add_options_of_files(group: pytest.OptionGroup) -> None:
    """Add the options that name files to write and to read."""
    group.addoption(
        "--treadle-report",
        action="append",
        default=[],
        metavar="FILE",
        help="write the findings to this file: a page if it ends in .html, JSON otherwise; repeatable",
    )
    group.addoption(
        "--treadle-baseline",
        metavar="FILE",
        help="with --treadle: findings in this JSON report of --treadle-report are shown, but do not fail a test",
    )
    group.addoption(
        "--treadle-forget",
        action="store_true",
        help="with --treadle: do not start with what failed last time, and keep nothing of this run in .treadle/",
    )


def explores_all(config: pytest.Config) -> bool:
    """Say whether tests without the marker are explored."""
    return bool(config.getoption("--treadle") or config.getoption("--treadle-cancel"))


def is_page(file: str) -> bool:
    """Say whether a report with this file name is an HTML page."""
    return file.lower().endswith((".html", ".htm"))


def wants_page(config: pytest.Config) -> bool:
    """Say whether one of the reports is an HTML page, which shows counterexamples."""
    return any(map(is_page, config.getoption("--treadle-report")))


def remembers(config: pytest.Config) -> bool:
    """Say whether to try first what failed last time, and to keep what fails now."""
    return (
        explores_all(config)
        and config.getoption("--treadle-token") is None
        and not config.getoption("--treadle-forget")
    )


def settings_of(config: pytest.Config) -> dict[str, object]:
    """Return the settings of tests without the marker."""
    events = config.getoption("--treadle-events")
    return {
        "events": config.getoption("--treadle-cancel") if events is None else events,
        "seconds": config.getoption("--treadle-seconds"),
    }


def options_of(config: pytest.Config) -> list[str]:
    """Return the options on which the schedules of a test without the marker depend."""
    cancels, events = config.getoption("--treadle-cancel"), config.getoption("--treadle-events")
    options = [f"--treadle-cancel={cancels}"] if cancels else ["--treadle"]
    if events is not None:
        options.append(f"--treadle-events={events}")
    options += [f"--treadle-pool={each}" for each in config.getoption("--treadle-pool")]
    return [*options, *(["--treadle-assertions"] if config.getoption("--treadle-assertions") else [])]
