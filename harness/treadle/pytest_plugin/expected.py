"""Support `@pytest.mark.xfail(raises=...)`: find the exception that a test has raised, and compare it.

An explored test fails with one text for all findings, in which pytest cannot recognise the expected exception. So if a
test raised, and nothing else is wrong with it under any schedule, the schedule of each finding is run again, and if all
exceptions are expected ones, pytest gets the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from _pytest.skipping import evaluate_xfail_marks, xfailed_key

from treadle.programs import ProgramProperty, replay_program

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from _pytest.raises import AbstractRaises

    from treadle.programs import Explored, ProgramSource, Settings

    # A class, a tuple of classes, or a matcher.
    Expected = type[BaseException] | tuple[type[BaseException], ...] | AbstractRaises[BaseException]


def find_expected(
    item: pytest.Function,
    source: ProgramSource,
    explored: Explored,
    settings: Settings,
    raised: Callable[[], BaseException | None],
) -> BaseException | None:
    """Return an exception of a test, if all its findings are expected exceptions; `raised` takes the last exception.

    Raises `NondeterminismError` if a schedule cannot be followed again.
    """
    expected = _kinds_expected(item)
    if expected is None or any(each.property is not ProgramProperty.RAISES for each in explored.violations):
        return None
    errors = []
    for each in explored.violations:
        raised()
        if each.token is None:
            return None
        replay_program(source, each.token, settings=settings)
        errors.append(raised())
    if all(error is not None and _is_one_of(error, expected) for error in errors):
        return next(iter(errors), None)
    return None


def is_expected(item: pytest.Function) -> bool:
    """Say whether a test is expected to fail, whatever it raises."""
    if item.config.getoption("runxfail"):
        return False
    mark = item.stash.get(xfailed_key, None) or evaluate_xfail_marks(item)
    return mark is not None and mark.raises is None


def _kinds_expected(item: pytest.Function) -> Expected | None:
    """Return the exceptions that a mark expects; None without such a mark, or with `--runxfail`."""
    if item.config.getoption("runxfail"):
        return None
    mark = item.stash.get(xfailed_key, None) or evaluate_xfail_marks(item)  # the test may have been marked meanwhile
    return None if mark is None else mark.raises


def _is_one_of(error: BaseException, expected: Expected) -> bool:
    if isinstance(expected, (type, tuple)):
        return isinstance(error, expected)
    return bool(expected.matches(error))
