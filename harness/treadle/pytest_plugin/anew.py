"""Fixtures that are set up anew in each execution of a test, on the loop on which the test runs.

With `--treadle`, a fixture of function scope that is the user's own, or a plugin's, is not set up when pytest asks for
it. In its place stands a `Deferred`, which knows what would be called and with what. Each execution sets all of them up
in the order in which pytest asked, async ones in the task of the test, and takes them down in the end. What pytest
itself gives (a temporary folder, patches, captures) and what has a wider scope is there once; see `fresh`.
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
_LOOPS = ("event_loop", "loop", "io_loop")  # fixtures that give the loop of the test

DEFERRED = pytest.StashKey[list["Deferred"]]()
"""Where a test has what is to be set up anew, in the order in which pytest asked for it."""


class Deferred:
    """What a fixture will be: the function, and its arguments, among which may be others that are deferred."""

    def __init__(self, name: str, function: Callable[..., object], arguments: Mapping[str, object]) -> None:
        """Note it."""
        self.name = name
        self.function = function
        self.arguments = arguments

    def __repr__(self) -> str:
        return f"<the fixture {self.name!r}, which is set up anew in each execution>"


def deferring(fixture: pytest.FixtureDef[object], request: pytest.FixtureRequest) -> Generator[None, object, object]:
    """Have pytest take a function that defers for the fixture's own while it sets it up."""
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
    """Say whether a fixture is set up anew in each execution."""
    module = getattr(inspect.unwrap(fixture.func), "__module__", None) or ""
    return fixture.scope == "function" and module.partition(".")[0] not in _TOOLS


class Anew:
    """Sets up what was deferred, in one execution, and takes it down."""

    def __init__(self, deferred: list[Deferred]) -> None:
        """Begin with nothing set up."""
        self._deferred = deferred
        self._made: dict[int, object] = {}
        self._ends: list[Callable[[], object]] = []

    async def set_up(self) -> None:
        """Set all of it up, in order."""
        for each in self._deferred:
            if id(each) not in self._made:  # another fixture has asked for it
                made = self._make(each)
                self._made[id(each)] = await made if inspect.iscoroutine(made) else made

    def given(self, arguments: Mapping[str, object]) -> dict[str, object]:
        """Return arguments with what was made in place of what was deferred."""
        return {name: self._of(value) for name, value in arguments.items()}

    def _of(self, value: object) -> object:
        if isinstance(value, Deferred):
            if id(value) not in self._made:  # a fixture asks for it by its name
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
        """Set a fixture up; return what it gives, or what is to be awaited for that."""
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
        return function(**arguments)  # a mock of something awaitable is no coroutine, and not awaited

    async def take_down(self) -> None:
        """Take it down, the last first; what that raises is raised when all is down, the first of it."""
        failed: list[BaseException] = []
        while self._ends:
            try:
                ended = self._ends.pop()()
                if inspect.isawaitable(ended):
                    await ended
            except BaseException as error:  # noqa: BLE001 - what a fixture lets out, and the rest is to be taken down, too
                failed.append(error)
        if failed:
            raise failed[0]


async def _begin_async(steps: AsyncGenerator[object, None]) -> object:
    return await anext(steps)


async def _end_async(steps: AsyncGenerator[object, None]) -> None:
    await anext(steps, None)


class _Request:
    """What a fixture is told of the test: as pytest tells it, but of this execution."""

    def __init__(
        self, request: pytest.FixtureRequest, ends: list[Callable[[], object]], made: Callable[[object], object]
    ) -> None:
        self._request = request
        self._ends = ends
        self._made = made

    def __getattr__(self, name: str) -> object:
        return getattr(self._request, name)

    def addfinalizer(self, finalizer: Callable[[], object]) -> None:
        """Have something called at the end of this execution."""
        self._ends.append(finalizer)

    def getfixturevalue(self, name: str) -> object:
        """Return another fixture, of this execution."""
        return self._made(self._request.getfixturevalue(name))
