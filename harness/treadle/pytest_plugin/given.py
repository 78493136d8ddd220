"""Explore tests of Hypothesis: each example is run under every schedule, and shrinks as usual.

Hypothesis cannot call an async function. It has an attribute in which plugins put a plain function that can, and that
is used here. The deadline for each example is switched off, because it would measure the search and not the test.
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
    test = getattr(item.obj, "__func__", item.obj)  # attributes cannot be set on a bound method
    handle, settings = test.hypothesis, getattr(test, _SETTINGS, None)
    inner = handle.inner_test
    signature = inspect.signature(inner)

    def run_one(*args: object, **options: object) -> None:
        drawn = signature.bind(*args, **options).arguments
        for name, value in drawn.items():
            if type(value).__name__ == "DataObject":
                message = (
                    f"{item.nodeid} draws {name!r} with st.data() while it runs, so each schedule would draw other "
                    "values. Draw them with the arguments of @given"
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
