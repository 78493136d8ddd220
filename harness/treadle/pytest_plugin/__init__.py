"""Explore async tests: `@pytest.mark.treadle(events=2)` runs a test under every schedule.

    @pytest.mark.treadle(events=2)
    async def test_no_slot_is_lost(treadle_env):
        ...

A violation fails the test with the smallest counterexample and a token; `pytest --treadle-token=TOKEN` runs that one
schedule again, and nothing else. A search that was cut off fails too, because the test says that every schedule is
fine; with `random=N` it says less, and passes if nothing was found. Fixtures are set up once, for all schedules: what a
schedule changes belongs into the test itself. What pytest's own fixtures hold is put back before each (see `fresh`).

Only async tests with the marker are touched, whatever other plugin would run them. All others run as they always did,
unless `pytest --treadle` explores them, too: as they are, with their fixtures set up anew in each execution, and with
`--treadle-cancel N` every task that they make may be cancelled.

- `marked`: which tests these are, and what cannot be explored
- `program`: from a test, or a method of a `unittest.TestCase`, to a program; `fresh`: what each schedule begins with;
  `fixtures`: what of them may be the cause of what was found
- `way`: whether a test goes the same way the second time
- `running`: explore it, and pass, fail or leave; `given`: the same for each example of Hypothesis
- `expected`: what a test is expected to raise; `alarm`: a test that used up the time which somebody else gave it
- `options`, `anew`: tests without the marker: how far, and their fixtures
- `pools`: which locks and pools may be left taken there
- `told`: what a failed test says; `findings`: the same as data, and what of it is known
- `remembered`, `earlier`: what failed last time, kept, and tried first
- `gathered`, `summary`: what was heard of each test, and what the run says of that at its end
- `reports`, `pages`: the same written into files, for programs and for people
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
    """Make the marker known, and find out what is known of the tests; hear of them where the user is told."""
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
    """Give the environment of a test that is marked with `treadle`: see `treadle.Env`."""
    return None  # each execution puts its own environment in this place


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With a token, keep the test that it belongs to."""
    if explores_all(config) or any(item.get_closest_marker(MARKER) for item in items):
        importlib.import_module("treadle.pytest_plugin.running")  # so that the first test need not
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
    """Set a fixture of a test without the marker up anew in each execution, where that is explored."""
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
    """Refuse what cannot be explored, before its fixtures are set up; take over what can.

    A hook nearer to the call would come too late: other plugins have by then given the test to their own loop.
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
    """Let what a page shows of a test travel with its report."""
    report = yield
    if call.when == "call" and SHOWN in item.stash:
        report.treadle_shown = item.stash[SHOWN]  # type: ignore[attr-defined]  # a report takes any attribute along
    return report


def _remember(config: pytest.Config) -> str:
    """Read what failed last time; say why it could not be read, or nothing."""
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
