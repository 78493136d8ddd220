"""What is public, its signatures, its docstrings and the reference agree.

A docstring names each argument with `:param NAME:`, and each field of a result with `:ivar NAME:`; the reference in
`docs/reference/python.md` lists each public name, and no other.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import re
from typing import TYPE_CHECKING

import pytest
from shown import DOCS

import treadle
import treadle.strategies
import treadle.study

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERENCE = (DOCS / "reference" / "python.md").read_text(encoding="utf-8")
STRATEGIES = (
    *("DrawnSchedule", "NotLookedAtError", "SampledSchedule", "ViolationError"),
    *("sampled", "schedules"),
)
PUBLIC = {
    **{f"treadle.{name}": getattr(treadle, name) for name in treadle.__all__ if name != "__version__"},
    **{f"treadle.study.{name}": getattr(treadle.study, name) for name in treadle.study.__all__},
    **{f"treadle.strategies.{name}": getattr(treadle.strategies, name) for name in STRATEGIES},
}
_FIELD = re.compile(r"^ *:(?:param|ivar) (?P<name>\w+):", re.MULTILINE)


def callables() -> Iterator[tuple[str, object]]:
    """Give each public function and class, and each public method that is ours."""
    for name, thing in PUBLIC.items():
        yield name, thing
        for method, function in inspect.getmembers(thing, inspect.isroutine) if isinstance(thing, type) else ():
            ours = (getattr(function, "__module__", "") or "").startswith("treadle")
            if not method.startswith("_") and ours and not issubclass(thing, enum.Enum):
                yield f"{name}.{method}", function


CALLABLES = dict(callables())


def arguments(thing: object) -> set[str]:
    """Return what a caller passes, or what an instance holds."""
    if isinstance(thing, type):
        return {each.name for each in dataclasses.fields(thing)} if dataclasses.is_dataclass(thing) else set()
    assert callable(thing)
    return set(inspect.signature(thing).parameters) - {"self"}


@pytest.mark.parametrize("name", CALLABLES)
def test_a_docstring_tells_each_argument_and_no_other(name: str) -> None:
    thing = CALLABLES[name]
    told = inspect.getdoc(thing) or ""
    assert re.match(r"[A-Z`].*\.$", told.partition("\n")[0]), f"the first line is no sentence: {told[:100]!r}"
    assert set(_FIELD.findall(told)) == arguments(thing)


@pytest.mark.parametrize("name", [name for name, each in CALLABLES.items() if not isinstance(each, type)])
def test_a_docstring_tells_what_is_returned(name: str) -> None:
    function = CALLABLES[name]
    assert callable(function)
    annotation = inspect.signature(function).return_annotation
    told = inspect.getdoc(function) or ""
    assert annotation in (None, "None") or ":returns:" in told or re.search(r"\b([Rr]eturn|Say)", told)


def test_the_reference_lists_what_is_public() -> None:
    listed, module = set(), ""
    for found in re.finditer(r"^\.\. (?P<what>[a-z:]+):: (?P<name>[\w.]+)$", REFERENCE, re.MULTILINE):
        if found["what"] == "py:module":
            module = found["name"]
        else:
            listed.add(f"{module}.{found['name'].removeprefix(f'{module}.')}")
    assert listed == set(PUBLIC)


def test_nothing_internal_is_public() -> None:
    """The environment has what a program declares, and nothing of how it is run; the loop is no public name."""
    declared = {name for name in vars(treadle.Env) if not name.startswith("_")}
    assert not declared & {"open", "close", "log", "forgive"}
    assert "Loop" not in treadle.__all__


def test_the_help_of_explore_names_each_method_of_the_environment() -> None:
    from treadle.cli.help import command_text  # noqa: PLC0415 - it is not the subject of the other tests

    told = command_text("explore", most=1)
    assert not {name for name in vars(treadle.Env) if not name.startswith("_") and f"env.{name}(" not in told}


def test_the_options_of_explore_are_those_of_its_settings() -> None:
    from treadle.programs.settings import Settings  # noqa: PLC0415 - see above

    named = inspect.signature(treadle.explore).parameters
    fields = {each.name: each.default for each in dataclasses.fields(Settings)}
    assert {name: each.default for name, each in named.items() if name in fields} == fields
    assert set(named) - set(fields) == {"program", "name"}
