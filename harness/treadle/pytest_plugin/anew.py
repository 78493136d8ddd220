"""Fixtures that are set up again in each execution of a test, on the loop of the test.

With `--treadle`, a fixture of function scope that is the user's own, or a plugin's, is not set up when pytest asks for
it. Pytest gets a `Deferred` instead, which holds the function to call and its arguments. Each execution sets all of
them up in the order in which pytest asked, async ones in the task of the test, and tears them down at the end. Pytest's
own fixtures (a temporary folder, patches, captures) and those of a wider scope are set up once; see `fresh`.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING

import pytest
from _pytest.fixtures import resolve_fixture_function

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Mapping

_TOOLS = ("_pytest", "pytest_asyncio", "anyio", "xdist", "pytest_cov", "treadle", "hypothesis")
_LOOPS = ("event_loop", "loop", "io_loop")  # fixtures whose value is the loop of the test

DEFERRED = pytest.StashKey[list["Deferred"]]()
"""The key of a test's deferred fixtures, in the order in which pytest asked for them."""


class Deferred:
    """A fixture that is not set up yet: its function and its arguments, which may be deferred themselves."""

    def __init__(self, name: str, function: Callable[..., object], arguments: Mapping[str, object]) -> None:
        """Note the function and its arguments."""
        self.name = name
        self.function = function
        self.arguments = arguments

    def __repr__(self) -> str:
        return f"<the fixture {self.name!r}, which is set up anew in each execution>"


def deferring(fixture: pytest.FixtureDef[object], request: pytest.FixtureRequest) -> Generator[None, object, object]:
    """While pytest sets a fixture up, replace its function by one that returns a `Deferred`."""
    if not is_deferred(fixture):
        return (yield)
    function = resolve_fixture_function(fixture, request)
    kept = request.node.stash.setdefault(DEFERRED, [])

    def defer(**arguments: object) -> Deferred:
        deferred = Deferred(str(fixture.argname), function, arguments)
        kept.append(deferred)
        return deferred

    fixture.func, before = defer, fixture.func  # type: ignore[misc]
    try:
        return (yield)
    finally:
        fixture.func = before  # type: ignore[misc]


def is_deferred(fixture: pytest.FixtureDef[object]) -> bool:
    """Say whether a fixture is set up again in each execution."""
    module = getattr(inspect.unwrap(fixture.func), "__module__", None) or ""
    return fixture.scope == "function" and module.partition(".")[0] not in _TOOLS


class Anew:
    """Sets up deferred fixtures in one execution, and tears them down."""

    def __init__(self, deferred: list[Deferred]) -> None:
        """Begin with nothing set up."""
        self._deferred = deferred
        self._made: dict[int, object] = {}
        self._ends: list[Callable[[], object]] = []

    async def set_up(self) -> None:
        """Set all of them up, in order."""
        for each in self._deferred:
            if id(each) not in self._made:  # another fixture has asked for it
                made = self._make(each)
                self._made[id(each)] = await made if inspect.iscoroutine(made) else made

    def given(self, arguments: Mapping[str, object]) -> dict[str, object]:
        """Return the arguments, with the values of deferred fixtures in their places."""
        return {name: self._of(value) for name, value in arguments.items()}

    def _of(self, value: object) -> object:
        if isinstance(value, Deferred):
            if id(value) not in self._made:  # a fixture asks for it by name
                self._made[id(value)] = self._make_at_once(value)
            return self._made[id(value)]
        if isinstance(value, pytest.FixtureRequest):
            return _Request(value, self._ends, self._of)
        return value

    def _make_at_once(self, deferred: Deferred) -> object:
        made = self._make(deferred)
        if inspect.iscoroutine(made):
            made.close()
            message = (
                f"not explored: a fixture asks for {deferred.name!r} by request.getfixturevalue(), which is async: "
                "it cannot be awaited there; name it as an argument of the fixture instead"
            )
            raise pytest.skip.Exception(message)
        return made

    def _make(self, deferred: Deferred) -> object:
        """Set a fixture up; return its value, or a coroutine that returns it."""
        if deferred.name in _LOOPS:
            return asyncio.get_running_loop()
        function, arguments = deferred.function, self.given(deferred.arguments)
        if inspect.isasyncgenfunction(function):
            steps: AsyncGenerator[object, None] = function(**arguments)
            self._ends.append(lambda: _end_async(steps))
            return _begin_async(steps)
        if inspect.isgeneratorfunction(function):
            plain: Generator[object, None, None] = function(**arguments)
            self._ends.append(lambda: next(plain, None))
            return next(plain)
        return function(**arguments)  # a mock of an awaitable is no coroutine, and is not awaited

    async def take_down(self) -> None:
        """Tear all of them down, the last first; afterwards raise the first exception that this raised."""
        failed: list[BaseException] = []
        while self._ends:
            try:
                ended = self._ends.pop()()
                if inspect.isawaitable(ended):
                    await ended
            except BaseException as error:  # noqa: BLE001 - it may raise anything, and the rest is torn down
                failed.append(error)
        if failed:
            raise failed[0]


async def _begin_async(steps: AsyncGenerator[object, None]) -> object:
    return await anext(steps)


async def _end_async(steps: AsyncGenerator[object, None]) -> None:
    await anext(steps, None)


class _Request:
    """The `request` that a fixture gets: pytest's own, but with the fixtures of this execution."""

    def __init__(
        self, request: pytest.FixtureRequest, ends: list[Callable[[], object]], made: Callable[[object], object]
    ) -> None:
        self._request = request
        self._ends = ends
        self._made = made

    def __getattr__(self, name: str) -> object:
        return getattr(self._request, name)

    def addfinalizer(self, finalizer: Callable[[], object]) -> None:
        """Call a function at the end of this execution."""
        self._ends.append(finalizer)

    def getfixturevalue(self, name: str) -> object:
        """Return another fixture, of this execution."""
        return self._made(self._request.getfixturevalue(name))
