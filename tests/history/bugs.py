"""The recorded bugs of this folder as data: what each program is, and which releases have the bug and which do not.

They are read out of the test files, so that nothing is said twice. A test says `release("anyio==4.13.0",
...).finds(program, ...)` of a release that has the bug, and `.finds_nothing(program, ...)` of one that has not. Bugs of
CPython are of versions of the interpreter; `residue.toml` names those.
"""

from __future__ import annotations

import ast
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
DATA = HERE / "residue.toml"
_EVENTS = 2  # what `Place.finds` tries where a test does not say


@dataclass(frozen=True, slots=True)
class Bug:
    """A recorded bug.

    :ivar name: the name of its test file, without `test_` and the suffix.
    :ivar library: what has it: a name on the registry, or `CPython`.
    :ivar says: the first line of the file.
    :ivar program: the program that shows it, as a function of that file.
    :ivar events: how many events of the environment it is explored with.
    :ivar has: the requirements of the release that has it; of CPython, the version.
    :ivar repaired: those of the release that repairs it; empty where none does.
    """

    name: str
    library: str
    says: str
    program: str
    events: int
    has: tuple[str, ...]
    repaired: tuple[str, ...]

    @property
    def file(self) -> Path:
        """The file of the program."""
        return HERE / f"test_{self.name}.py"


def every_bug() -> list[Bug]:
    """Return all recorded bugs, by their names."""
    versions: dict[str, dict[str, str]] = tomllib.loads(DATA.read_text(encoding="utf-8"))["cpython"]
    bugs = []
    for file in sorted(HERE.glob("test_*.py")):
        name = file.stem.removeprefix("test_")
        module = ast.parse(file.read_text(encoding="utf-8"))
        says = (ast.get_docstring(module) or "").partition("\n")[0]
        if name in versions:
            known = versions[name]
            bugs.append(Bug(name, "CPython", says, "program", _EVENTS, (known["has"],), (known["repaired"],)))
        else:
            bugs += _of_library(name, says, module)
    return bugs


@dataclass(frozen=True, slots=True)
class _Said:
    """What one test says of one release."""

    requirements: tuple[str, ...]
    program: str
    events: int
    nothing: bool


def _of_library(name: str, says: str, module: ast.Module) -> Iterator[Bug]:
    """Yield the bug of a file, or nothing where the file is about something else."""
    said = list(_said(module))
    bad = [each for each in said if not each.nothing]
    if not bad:
        return
    good = [each for each in said if each.nothing]
    # The program that the repaired release is tried with; the other one of a file, if it has two, is about a relative.
    first = next((each for each in bad if good and each.program == good[0].program), bad[0])
    events = max(each.events for each in said if each.program == first.program)
    library = first.requirements[0].partition("==")[0]
    yield Bug(name, library, says, first.program, events, first.requirements, good[0].requirements if good else ())


def _said(module: ast.Module) -> Iterator[_Said]:
    """Yield what the tests of a file say of releases, in their order."""
    constants = {
        node.targets[0].id: _texts(node.value)
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Tuple)
    }
    for node in ast.walk(module):
        match node:
            case ast.Call(
                func=ast.Attribute(attr=attr, value=ast.Call(func=ast.Name(id="release"), args=asked)),
                args=[ast.Name(id=program), *_],
                keywords=keywords,
            ):
                numbers = {each.arg: each.value.value for each in keywords if isinstance(each.value, ast.Constant)}
                most = numbers.get("at_most", numbers.get("events") if attr == "explore" else None)
                events = most if isinstance(most, int) else _EVENTS
                requirements = tuple(text for each in asked for text in _asked(each, constants))
                yield _Said(requirements, program, events, attr == "finds_nothing")


def _texts(value: ast.expr) -> tuple[str, ...]:
    return tuple(
        node.value for node in ast.walk(value) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _asked(argument: ast.expr, constants: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the requirements that one argument of `release()` stands for."""
    if isinstance(argument, ast.Starred) and isinstance(argument.value, ast.Name):
        return constants[argument.value.id]
    return _texts(argument)
