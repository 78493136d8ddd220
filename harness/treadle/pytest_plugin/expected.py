"""An exception that a test is expected to raise, by `@pytest.mark.xfail(raises=...)`: whether it is that which it did.

What fails a test is told as one text, whatever was wrong, and pytest would not know in it the exception that it is to
expect. So where a test raised, and nothing else is wrong with it under any schedule, the schedule of each finding is
run again, and what the test raises there is what pytest is given, if each is expected.
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

    # A class, a tuple of them, or what can tell.
    Expected = type[BaseException] | tuple[type[BaseException], ...] | AbstractRaises[BaseException]


def find_expected(
    item: pytest.Function,
    source: ProgramSource,
    explored: Explored,
    settings: Settings,
    raised: Callable[[], BaseException | None],
) -> BaseException | None:
    """Return what a test raised, if that is all that is wrong with it and is expected; `raised` tells of it anew.

    Raises `NondeterminismError` where a schedule does not go as before.
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
    """Return what may be raised, or None if no mark says that, or it is to be disregarded."""
    if item.config.getoption("runxfail"):
        return None
    mark = item.stash.get(xfailed_key, None) or evaluate_xfail_marks(item)  # the test may have been marked meanwhile
    return None if mark is None else mark.raises


def _is_one_of(error: BaseException, expected: Expected) -> bool:
    if isinstance(expected, (type, tuple)):
        return isinstance(error, expected)
    return bool(expected.matches(error))
