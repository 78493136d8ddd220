"""Name the fixtures of a test that may have caused a finding."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from treadle.programs.source import is_own

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


def likely_cause(item: pytest.Function) -> str:
    """Name a likely cause of nondeterminism, which is a fixture that the test has changed; or nothing."""
    drawn = getattr(getattr(item, "callspec", None), "params", {})
    names = [name for name, function, _ in _fixtures(item) if name not in drawn and is_own(_file_of(function))]
    if not names:
        return ""
    them = f"fixture {names[0]} is" if len(names) == 1 else f"fixtures {', '.join(names)} are"
    return (
        f"\n\nA likely cause: the {them} set up once, for all schedules, so each schedule finds what the one before "
        "left behind. Make in the test whatever a schedule changes."
    )


def set_up_elsewhere(item: pytest.Function) -> str:
    """Say which fixtures were set up on another loop, which does not run while the test is explored; or nothing."""
    names = [f"{name!r}" for name, function, scope in _fixtures(item) if scope != "function" and _is_async(function)]
    if not names:
        return ""
    return (
        f"of a wider scope than the test, {' and '.join(names)} was set up on another loop, which does not run "
        "meanwhile; give it function scope, so that it is set up on the loop that is explored"
    )


def _is_async(function: object) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def _file_of(function: object) -> str:
    return inspect.getsourcefile(function) or ""  # type: ignore[arg-type]  # a function


def _fixtures(item: pytest.Function) -> Iterator[tuple[str, object, str]]:
    """Yield the names, functions and scopes of a test's fixtures."""
    for name in item.fixturenames:
        definitions = item._fixtureinfo.name2fixturedefs.get(name)  # noqa: SLF001 - pytest has no other way to ask
        if definitions:
            yield name, inspect.unwrap(definitions[-1].func), definitions[-1].scope
