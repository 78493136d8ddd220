"""The generator of `random`: it begins alike in each execution, so that the same choices lead to the same program.

To seed it costs a tenth of a short execution, so that is done only where something that was loaded names `random`.
Generators of a program's own, and what takes its numbers from the system (`secrets`, `uuid4`), are not touched.
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
"""For each program that is being explored, one inside the other, whether something names `random`."""


@contextlib.contextmanager
def chance_that_repeats() -> Iterator[None]:
    """Let `begin_alike` seed the generator while the block runs, if need be; afterwards it is what it was."""
    _needed.append(any(True for _ in _that_name_random()))
    state = random.getstate()
    try:
        yield
    finally:
        random.setstate(state)
        _needed.pop()


def begin_alike() -> None:
    """Seed the generator, at the beginning of an execution."""
    if _needed and _needed[-1]:
        _GENERATOR.seed(_SEED)


def _names_random(name: str, names: dict[str, object]) -> bool:
    """Say whether a module has the generator by name, or a text of the program's own that speaks of it."""
    if any(value is random or getattr(value, "__self__", None) is _GENERATOR for value in _plain(names)):
        return True
    file = names.get("__file__")
    return isinstance(file, str) and "site-packages" not in file and _text_names_random(file, name)


def _plain(names: dict[str, object]) -> list[object]:
    """Return the modules and bound methods among the values: nobody's `__getattr__` is asked."""
    kinds = Kinds(type(random), type(_GENERATOR.random), type(_GENERATOR.choice))
    return [value for value in list(names.values()) if type(value) in kinds]


@cache
def _text_names_random(file: str, _module: str) -> bool:
    try:
        return b"random" in Path(file).read_bytes()
    except OSError:
        return False


_that_name_random = InModules(_names_random)
