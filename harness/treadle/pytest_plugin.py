"""Explore async tests: `@pytest.mark.treadle(events=2)` runs a test under every schedule.

    @pytest.mark.treadle(events=2)
    async def test_no_slot_is_lost(treadle_env):
        ...

A violation fails the test with the smallest counterexample and a token; `pytest --treadle-token=TOKEN` runs that one
schedule again, and nothing else. A search that was cut off fails too, because the test says that every schedule is
fine; with `random=N` it says less, and passes if nothing was found. Fixtures are set up once, for all schedules: what a
schedule changes belongs into the test itself.

Only tests with the marker are touched. Those of other async plugins run as they always did.
"""

from __future__ import annotations

import functools
import inspect
import shlex
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from treadle.programs import Explored, Source

MARKER = "treadle"
ENV = "treadle_env"
_HELP = (
    "treadle(events=2, any_order=False, callbacks=5000, task='C', limit=None, seconds=60, random=None, pct=False, "
    "seed=0): run an async test under every schedule; what the environment may do is declared with the fixture "
    "treadle_env. See `treadle explore --help`."
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --treadle-token."""
    group = parser.getgroup("treadle", "async tests under every schedule")
    group.addoption("--treadle-token", metavar="TOKEN", help="run only the one schedule of this token, on its test")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _HELP)


@pytest.fixture(name=ENV)
def treadle_env() -> object:
    """Give the environment of a test that is marked with `treadle`: see `treadle.Env`."""
    return None  # each execution puts its own environment in this place


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With a token, keep the test that it belongs to."""
    text = config.getoption("--treadle-token")
    if text is None:
        return
    token = _token(text)
    kept = [item for item in items if item.nodeid == token.name]
    if not kept:
        message = f"--treadle-token is of {token.name!r}, which is not among the tests that were collected"
        raise pytest.UsageError(message)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Explore a test that has the marker; leave all others to whoever runs them."""
    marker = pyfuncitem.get_closest_marker(MARKER)
    if marker is None:
        return None
    explored = _explore(pyfuncitem, marker)
    if not _passes(explored, marker.kwargs):
        pytest.fail(_text(explored, pyfuncitem.nodeid), pytrace=False)
    return True


def _explore(item: pytest.Function, marker: pytest.Mark) -> Explored:
    from treadle.errors import MisuseError  # noqa: PLC0415 - pytest loads this module whether it is needed or not
    from treadle.programs import replay_program  # noqa: PLC0415
    from treadle.programs.explore import explore_source  # noqa: PLC0415
    from treadle.programs.settings import make_settings  # noqa: PLC0415

    if marker.args:
        message = f"@pytest.mark.treadle{marker.args!r} takes names only; write @pytest.mark.treadle(events=2)"
        raise pytest.UsageError(message)
    source = _source(item)
    text = item.config.getoption("--treadle-token")
    try:
        if text is not None:
            return replay_program(source, _token(text))
        return explore_source(source, make_settings(marker.kwargs))
    except MisuseError as error:
        raise pytest.UsageError(str(error)) from None


def _source(item: pytest.Function) -> Source:
    """Make a program of a test and its fixtures."""
    from treadle.programs import Source  # noqa: PLC0415

    function = _unwrapped(item.obj)
    if not inspect.iscoroutinefunction(function):
        message = f"{item.nodeid} is marked with `treadle` and is no async function; write `async def`"
        raise pytest.UsageError(message)
    names = [name for name in inspect.signature(function).parameters if name in item.funcargs]
    arguments = {name: item.funcargs[name] for name in names if name != ENV}
    file = inspect.getsourcefile(inspect.unwrap(function))
    return Source(
        name=item.nodeid,
        function=functools.partial(function, **arguments),
        takes_env=ENV in names,
        keyword=ENV,
        files=frozenset(filter(None, (file,))),
    )


def _unwrapped(function: Any) -> Any:  # noqa: ANN401 - whatever other plugins have made of it
    """Return the async function below what other plugins have put around it."""
    while not inspect.iscoroutinefunction(function) and hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def _passes(explored: Explored, options: Mapping[str, Any]) -> bool:
    from treadle.verdict import Verdict  # noqa: PLC0415

    sampled = options.get("random") is not None or explored.executions == explored.schedules == 1
    return explored.verdict is Verdict.HOLDS or (sampled and explored.verdict is Verdict.NO_VIOLATION_FOUND)


def _text(explored: Explored, node: str) -> str:
    from treadle.programs import describe  # noqa: PLC0415

    return describe(explored, replay=f"pytest {shlex.quote(node)} '--treadle-token={{token}}'")


def _token(text: str) -> Any:  # noqa: ANN401 - imported late
    from treadle.errors import MisuseError  # noqa: PLC0415
    from treadle.programs import ProgramToken  # noqa: PLC0415

    try:
        return ProgramToken.parse(text)
    except MisuseError as error:
        raise pytest.UsageError(str(error)) from None
