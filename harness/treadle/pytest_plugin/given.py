"""Tests of Hypothesis: each example that it draws is explored, under every schedule, and shrinks as it always does.

Hypothesis cannot call an async function. It has a place where other plugins put a plain one that can, and that is used
here. What takes time is then the search, so a deadline for each example would say nothing about the test.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import hypothesis
import pytest

from treadle.pytest_plugin.program import Example

if TYPE_CHECKING:
    from collections.abc import Callable

_SETTINGS = "_hypothesis_internal_use_settings"


def run_examples(item: pytest.Function, explore: Callable[[Example], None]) -> None:
    """Let Hypothesis draw examples, and explore each."""
    if item.config.getoption("--treadle-token") is not None:
        message = (
            f"{item.nodeid} draws its arguments with Hypothesis, and a token holds only a schedule. Write the "
            "arguments that failed as an @example, and run the test without the token"
        )
        pytest.fail(message, pytrace=False)
    test = getattr(item.obj, "__func__", item.obj)  # an instance's method hands no attributes on
    handle, settings = test.hypothesis, getattr(test, _SETTINGS, None)
    inner = handle.inner_test
    signature = inspect.signature(inner)

    def run_one(*args: object, **options: object) -> None:
        drawn = signature.bind(*args, **options).arguments
        for name, value in drawn.items():
            if type(value).__name__ == "DataObject":
                message = (
                    f"{item.nodeid} draws {name!r} with st.data() while it runs, so each schedule would draw others. "
                    "Draw them with the arguments of @given"
                )
                pytest.fail(message, pytrace=False)
        explore(Example(inner, drawn))

    handle.inner_test = run_one
    if settings is not None:
        setattr(test, _SETTINGS, hypothesis.settings(settings, deadline=None))
    try:
        names = item._fixtureinfo.argnames  # noqa: SLF001 - pytest has no other way to ask
        item.obj(**{name: item.funcargs[name] for name in names})
    finally:
        handle.inner_test = inner
        if settings is not None:
            setattr(test, _SETTINGS, settings)
