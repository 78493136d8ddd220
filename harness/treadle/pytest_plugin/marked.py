"""Decide which tests are explored, and which are refused, with a message that says what to do.

The marker on a class or a module is meant for its async tests, and says nothing about the others. On a function that is
not async it is a mistake.
"""

from __future__ import annotations

import inspect
import unittest
from typing import TYPE_CHECKING

from treadle.pytest_plugin.options import explores_all

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    import pytest

MARKER = "treadle"
ENV = "treadle_env"


def is_ours(item: pytest.Function) -> bool:
    """Say whether a test is explored: it is async, and has the marker (or its class or module has), or all are."""
    return (is_marked(item) or _is_taken_over(item)) and find_async(item) is not None


def is_marked(item: pytest.Item) -> bool:
    """Say whether a test has the marker."""
    return item.get_closest_marker(MARKER) is not None


def _is_taken_over(item: pytest.Function) -> bool:
    """Say whether a test without the marker is explored too. Tests that run on trio are not.

    A plain function around an async one, made by a decorator of the test suite, runs the async one itself.
    """
    handle = getattr(item.obj, "hypothesis", None)
    if has_own_loops(item) or not inspect.iscoroutinefunction(item.obj if handle is None else handle.inner_test):
        return False
    backend = getattr(getattr(item, "callspec", None), "params", {}).get("anyio_backend", "asyncio")
    name = backend[0] if isinstance(backend, tuple) else backend
    return explores_all(item.config) and name == "asyncio"


def has_own_loops(item: pytest.Function) -> bool:
    """Say whether a test suite uses event loops of its own kind: such tests are left to their usual plugin."""
    hook = getattr(item.ihook, "pytest_asyncio_loop_factories", None)
    makers = [] if hook is None else [each for each in hook.get_hookimpls() if each.plugin_name != "asyncio"]
    definitions = item._fixtureinfo.name2fixturedefs.get("event_loop_policy", ())  # noqa: SLF001 - see below
    return bool(makers) or any(not each.func.__module__.startswith("pytest_asyncio") for each in definitions)


def why_not(item: pytest.Function) -> str:
    """Say why a test that asks to be explored cannot be, or nothing."""
    if not is_ours(item):
        if _is_marked_itself(item):
            return f"{item.nodeid} is marked with `treadle`, but is not an async function{_but(item.obj)}"
        if ENV in item._fixtureinfo.argnames and not explores_all(item.config):  # noqa: SLF001 - pytest has no other way to ask
            return f"{item.nodeid} takes {ENV}, but is not an async test that is marked with `treadle`; make it one"
        return ""
    marker = item.get_closest_marker(MARKER)
    if marker is not None and marker.args:
        return f"@pytest.mark.treadle{marker.args!r} takes names only; write @pytest.mark.treadle(events=2)"
    return ""


def why_not_set_up(item: pytest.Function) -> str:
    """Say what is wrong with the fixtures of a test that is explored, or nothing."""
    if not is_marked(item):
        return ""  # they are set up again in each execution, or once by their usual plugin
    return next(filter(None, (_why_no_fixture(item, *each) for each in _fixtures(item))), "")


def find_async(item: pytest.Function) -> Callable[..., Coroutine[object, None, object]] | None:
    """Return the async function of a test, also inside of Hypothesis or a plain wrapper; None if there is none."""
    handle = getattr(item.obj, "hypothesis", None)
    function = item.obj if handle is None else handle.inner_test
    while not inspect.iscoroutinefunction(function) and hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function if inspect.iscoroutinefunction(function) else None


def is_case(item: pytest.Function) -> bool:
    """Say whether a test is a method of a `unittest.TestCase`."""
    owner = getattr(item.parent, "obj", None)
    return isinstance(owner, type) and issubclass(owner, unittest.TestCase)


def _is_marked_itself(item: pytest.Function) -> bool:
    """Say whether the marker is on the function, or on the parameters of this one test."""
    marks = getattr(item.obj, "pytestmark", [])
    marks = [*marks] if isinstance(marks, (list, tuple)) else [marks]
    marks += getattr(getattr(item, "callspec", None), "marks", [])
    return any(getattr(mark, "name", None) == MARKER for mark in marks)


def _why_no_fixture(item: pytest.Function, name: str, definition: pytest.FixtureDef[object]) -> str:
    function = inspect.unwrap(definition.func)
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return (
            f"{item.nodeid} uses the async fixture {name!r}. Whatever runs such a fixture does so on an event loop of "
            "its own, before the test, and no schedule of the test can reach it. Make in the test what it gives: call "
            "an async function, or use an async context manager"
        )
    if ENV in definition.argnames:
        return (
            f"the fixture {name!r} takes {ENV}, which is there only while the test runs, a new one for each schedule. "
            f"Take {ENV} in the test {item.nodeid}, and hand it to a plain function"
        )
    if name == "subtests":
        return (
            f"{item.nodeid} uses the fixture 'subtests', which hides failures from the search. "
            "Use @pytest.mark.parametrize, or plain assertions"
        )
    return ""


def _fixtures(item: pytest.Function) -> Iterator[tuple[str, pytest.FixtureDef[object]]]:
    """Yield the name and the definition of each fixture that a test uses, directly or through others."""
    definitions = item._fixtureinfo.name2fixturedefs  # noqa: SLF001 - pytest has no other way to ask
    for name in item.fixturenames:
        if definitions.get(name):
            yield name, definitions[name][-1]


def _but(function: object) -> str:
    return (
        ", but an async generator: it must not `yield`"
        if inspect.isasyncgenfunction(function)
        else "; write `async def`"
    )
