"""Seed the generator of `random` in the same way in each execution, so that equal choices give equal executions.

Seeding takes a tenth of a short execution, so it is done only if some loaded module names `random`. A program's own
generators, and functions that get their numbers from the system (`secrets`, `uuid4`), are not changed.
"""

from __future__ import annotations

import contextlib
import random
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.inspecting import Kinds
from treadle.loop.swap import InModules

if TYPE_CHECKING:
    from collections.abc import Iterator

_GENERATOR = random._inst
_SEED = 0

_needed: list[bool] = []
"""For each exploration under way, from the outermost to the innermost, whether some module names `random`."""


@contextlib.contextmanager
def chance_that_repeats() -> Iterator[None]:
    """Let `begin_alike` seed the generator in the block, if needed; restore its state afterwards."""
    _needed.append(any(True for _ in _that_name_random()))
    state = random.getstate()
    try:
        yield
    finally:
        random.setstate(state)
        _needed.pop()


def begin_alike() -> None:
    """Seed the generator at the beginning of an execution."""
    if _needed and _needed[-1]:
        _GENERATOR.seed(_SEED)


def _names_random(name: str, names: dict[str, object]) -> bool:
    """Say whether a module refers to the generator, or is a file of the program that contains the word `random`."""
    if any(value is random or getattr(value, "__self__", None) is _GENERATOR for value in _plain(names)):
        return True
    file = names.get("__file__")
    return isinstance(file, str) and "site-packages" not in file and _text_names_random(file, name)


def _plain(names: dict[str, object]) -> list[object]:
    """Return the modules and bound methods among the values, without calling the `__getattr__` of other objects."""
    kinds = Kinds(type(random), type(_GENERATOR.random), type(_GENERATOR.choice))
    return [value for value in list(names.values()) if type(value) in kinds]


@cache
def _text_names_random(file: str, _module: str) -> bool:
    try:
        return b"random" in Path(file).read_bytes()
    except OSError:
        return False


_that_name_random = InModules(_names_random)
