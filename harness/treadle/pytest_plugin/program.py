"""Make a program from a test: a function with its fixtures, or a method of a `unittest.TestCase`.

Each schedule makes a new instance of a test case, and runs `setUp`, `asyncSetUp`, the method, `asyncTearDown`,
`tearDown` and the clean-ups in one task. `unittest` runs each async one in a task of its own, one after the other.
"""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from treadle.errors import MisuseError
from treadle.fingerprint import Origin, origin
from treadle.programs import ProgramSource
from treadle.programs.env import forgive, log_reports
from treadle.programs.waits import frames_of_task
from treadle.pytest_plugin.anew import DEFERRED, Anew
from treadle.pytest_plugin.marked import ENV, find_async, is_case, is_marked
from treadle.pytest_plugin.way import Way

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine, Mapping

    import pytest

    from treadle.programs import Env
    from treadle.pytest_plugin.anew import Deferred
    from treadle.pytest_plugin.fresh import Fresh

    Async = Callable[..., Coroutine[object, None, object]]


class _Case(Protocol):
    """A `unittest.TestCase` whose methods find the environment as an attribute."""

    treadle_env: Env
    _cleanups: list[tuple[Callable[..., object], tuple[object, ...], dict[str, object]]]

    def setUp(self) -> None: ...

    def tearDown(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Example:
    """The function that Hypothesis would call, and the arguments that it has drawn."""

    function: Async
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedTest(ProgramSource):
    """A test as a program, with what each execution begins with, and the lines that the first one runs."""

    fresh: Fresh
    way: Way
    own: frozenset[str] = field(default_factory=frozenset)  # the arguments that are made for each execution
    begins: Callable[[Env], object] | None = None  # called with the environment before anything else

    def call(self, env: Env) -> Coroutine[object, None, object]:
        """Make the coroutine of one execution."""
        self.way.stop()
        if self.begins is not None:
            self.begins(env)
        arguments = {name: value for name, value in self.fresh.begin().items() if name in self.own}
        if self.takes_env:
            arguments[self.keyword] = env
        made = self.function(**arguments)
        if not inspect.iscoroutine(made):
            message = f"{self.name} is async below a decorator, and the decorated function returned {made!r}"
            raise MisuseError(message)
        self.way.start()
        return made


def make_program(
    item: pytest.Function, example: Example | None, fresh: Fresh, leaves: Callable[[BaseException], bool]
) -> MarkedTest:
    """Make a program from a test, or from one example of it."""
    function: Async = find_async(item) if example is None else example.function  # type: ignore[assignment]  # see `is_ours`
    file = inspect.getsourcefile(inspect.unwrap(function))
    if is_case(item):
        names, called, given = [ENV], _of_case(item, function), dict[str, object]()
    else:
        names = list(inspect.signature(function).parameters)
        called = item.obj if example is None else function
        values = item.funcargs if example is None else example.arguments
        given = {name: values[name] for name in names if name in values and name != ENV}
    own = frozenset({"monkeypatch"} & given.keys())
    deferred = item.stash.get(DEFERRED, [])
    if deferred:
        called = _with_fixtures(called, deferred)
    return MarkedTest(
        name=item.nodeid,
        function=functools.partial(called, **{name: value for name, value in given.items() if name not in own}),
        takes_env=ENV in names,
        keyword=ENV,
        files=frozenset(filter(None, (file,))),
        leaves=leaves,
        loops=fresh.loops,
        fresh=fresh,
        way=Way(function),
        own=own,
        begins=None if is_marked(item) else functools.partial(_disturb, item.config, file or ""),
    )


def _with_fixtures(test: Async, deferred: list[Deferred]) -> Async:
    """Return a function that sets up deferred fixtures, runs a test with them, and tears them down."""

    @functools.wraps(test)
    async def run_with_fixtures(**arguments: object) -> None:
        anew = Anew(deferred)
        try:
            await anew.set_up()
            await test(**anew.given(arguments))
        finally:
            await anew.take_down()

    return run_with_fixtures


def _of_case(item: pytest.Function, method: Async) -> Async:
    """Return a function that runs one method of a test case, as its class would."""
    kind: Callable[[str], _Case] = item.parent.obj  # type: ignore[union-attr]
    set_by_fixtures = dict(vars(item.instance))
    name = item.name

    @functools.wraps(method)  # the search looks in its module for what the method uses
    async def run_method(treadle_env: Env) -> None:
        case = kind(name)
        for attribute, value in set_by_fixtures.items():
            vars(case).setdefault(attribute, value)
        case.treadle_env = treadle_env
        try:
            case.setUp()
            await _call(getattr(case, "asyncSetUp", None))
            try:
                await _call(getattr(case, name))
            finally:
                await _call(getattr(case, "asyncTearDown", None))
                case.tearDown()
        finally:
            while case._cleanups:  # noqa: SLF001 - `doCleanups` would run async ones on another loop
                function, args, options = case._cleanups.pop()  # noqa: SLF001
                await _call(functools.partial(function, *args, **options))

    return run_method


def _disturb(config: pytest.Config, file: str, env: Env) -> None:
    """Let every task be cancelled; tasks of the test's own file only while they wait in the code under test."""
    forgives = not config.getoption("--treadle-assertions")
    if config.getoption("--treadle-cancel"):
        env.every_task(
            may_swallow=lambda of: of == file, when=functools.partial(waits_outside, file), forgives=forgives
        )
    else:
        forgive(env)
    log_reports(env)


def waits_outside(file: str, task: asyncio.Task[object]) -> bool:
    """Say whether a task runs code that is neither of this file nor of the standard library."""
    files = {frame.f_code.co_filename for frame in frames_of_task(task)}
    return any(each != file and origin(each) is Origin.OWN for each in files)


async def _call(function: Callable[[], object] | None) -> None:
    made = None if function is None else function()
    if inspect.isawaitable(made):
        await made
