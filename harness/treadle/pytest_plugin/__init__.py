"""Explore async tests: `@pytest.mark.treadle(events=2)` runs a test under every schedule.

    @pytest.mark.treadle(events=2)
    async def test_no_slot_is_lost(treadle_env):
        ...

A violation fails the test with the smallest counterexample and a token; `pytest --treadle-token=TOKEN` runs that one
schedule again, and nothing else. A search that was cut off fails too, because the test claims that every schedule is
fine; with `random=N` it claims less, and passes if nothing was found. Fixtures are set up once, for all schedules: what
a schedule changes belongs in the test itself. What pytest's own fixtures hold is restored before each schedule (see
`fresh`).

Only async tests with the marker are taken over, whichever plugin would run them. All others run as before, unless
`pytest --treadle` explores them too: unchanged, with their fixtures set up again in each execution, and with
`--treadle-cancel N` every task that they make may be cancelled.

- `marked`: which tests are explored, and what is refused
- `program`: makes a program from a test or a method of a `unittest.TestCase`; `fresh`: what each schedule begins with;
  `fixtures`: which fixtures may have caused a finding
- `way`: whether a test runs the same lines the second time
- `running`: explores a test, and passes, fails or skips it; `given`: the same for each example of Hypothesis
- `expected`: what a test is expected to raise; `alarm`: a test that has timed out
- `options`, `anew`: for tests without the marker: their bounds, and their fixtures
- `pools`: which locks and pools are checked there
- `told`: the message of a failed test; `findings`: the same as data, and which of them are in the baseline
- `remembered`, `earlier`: keep what failed last time, and try it first
- `gathered`, `summary`: collect the results of all tests, and print them at the end of the run
- `reports`, `pages`: write the same to files, for programs and for people
"""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING

import pytest

from treadle.pytest_plugin.gathered import Gathered
from treadle.pytest_plugin.marked import ENV, MARKER, is_marked, is_ours, why_not, why_not_set_up
from treadle.pytest_plugin.options import add_options, explores_all, options_of, remembers
from treadle.pytest_plugin.summary import SHOWN

if TYPE_CHECKING:
    from collections.abc import Generator

    from treadle.programs import ProgramToken

_HELP = (
    "treadle(events=2, any_order=False, callbacks=5000, patience=100, task='C', limit=None, seconds=60, random=None, "
    "pct=False, seed=0): run an async test under every schedule; what the environment may do is declared with the "
    "fixture treadle_env (in a unittest.TestCase: self.treadle_env). See `treadle explore --help`."
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, read what is known of the tests, and collect results where pytest prints them."""
    config.addinivalue_line("markers", _HELP)
    if explores_all(config):
        from treadle.pytest_plugin.findings import KNOWN, known_findings  # noqa: PLC0415 - only then

        config.stash[KNOWN] = known_findings(config)
    problem = _remember(config) if remembers(config) else ""
    if hasattr(config, "workerinput"):
        return  # a process of xdist
    gathered = Gathered(config)
    gathered.notes += [problem] * bool(problem)
    config.pluginmanager.register(gathered, "treadle-gathered")
    if config.getoption("--treadle-report"):
        from treadle.pytest_plugin.reports import see_that_they_can_be_written  # noqa: PLC0415 - only then

        see_that_they_can_be_written(config)


@pytest.fixture(name=ENV, scope="session")
def treadle_env() -> object:
    """Return the environment of a test that is marked with `treadle`: see `treadle.Env`."""
    return None  # each execution passes its own environment instead


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With a token, keep only the test that it belongs to."""
    if explores_all(config) or any(item.get_closest_marker(MARKER) for item in items):
        importlib.import_module("treadle.pytest_plugin.running")  # so that the first test is not slower
    text = config.getoption("--treadle-token")
    if text is None:
        return
    token = _token(text)
    kept = [item for item in items if token.name in {item.nodeid, f"./{item.nodeid}"}]
    if not kept:
        message = f"--treadle-token is of {token.name!r}, which is not among the tests that were collected"
        raise pytest.UsageError(message)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """For an explored test without the marker, defer a fixture, so that each execution sets it up again."""
    item = request.node
    if (
        not explores_all(request.config)
        or not isinstance(item, pytest.Function)
        or is_marked(item)
        or not is_ours(item)
    ):
        return (yield)
    from treadle.pytest_plugin.anew import deferring  # noqa: PLC0415 - pytest loads this whether it is needed or not

    return (yield from deferring(fixturedef, request))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a test that cannot be explored, before its fixtures are set up; take over one that can.

    A later hook would be too late: by then other plugins have given the test to their own loop.
    """
    if not isinstance(item, pytest.Function):
        return
    refusal = why_not(item)
    if refusal:
        item.runtest = functools.partial(pytest.fail, refusal, pytrace=False)  # type: ignore[method-assign]
    elif is_ours(item):
        refusal = why_not_set_up(item)
        if refusal:
            pytest.fail(refusal, pytrace=False)
        from treadle.pytest_plugin.running import run  # noqa: PLC0415 - pytest loads this whether it is needed or not

        item.runtest = functools.partial(run, item)  # type: ignore[method-assign]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach to the report of a test what a page shows of it."""
    report = yield
    if call.when == "call" and SHOWN in item.stash:
        report.treadle_shown = item.stash[SHOWN]  # type: ignore[attr-defined]  # a report keeps any attribute
    return report


def _remember(config: pytest.Config) -> str:
    """Read what failed last time; return why it could not be read, or an empty text."""
    from treadle.pytest_plugin.remembered import EARLIER, earlier, read  # noqa: PLC0415 - only then

    failures, problem = read(config.rootpath)
    config.stash[EARLIER] = earlier(failures, options_of(config))
    return problem


def _token(text: str) -> ProgramToken:
    from treadle.errors import MisuseError  # noqa: PLC0415
    from treadle.programs import ProgramToken  # noqa: PLC0415

    try:
        return ProgramToken.parse(text)
    except MisuseError as error:
        raise pytest.UsageError(str(error)) from None
