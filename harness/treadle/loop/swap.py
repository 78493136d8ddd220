"""Replace functions and classes wherever a module has them by name, and restore them.

`from time import monotonic` binds the function in the importing module, and changing `time` does not affect that. So
the modules of programs and libraries are searched, each once, for the objects themselves. Bindings elsewhere, in an
attribute of a class or a default of a parameter, are not replaced.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Generic, TypeVar

from treadle.inspecting import while_loaded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

T = TypeVar("T")

_OURS = frozenset(("treadle", "treadle_models"))


@while_loaded
def _modules_of_programs() -> tuple[list[tuple[str, dict[str, object]]], list[bool]]:
    """Return names and namespaces of all modules except Treadle's and the library's, and which are not installed."""
    known = sys.stdlib_module_names
    found = []
    for name, module in list(sys.modules.items()):
        top = name.partition(".")[0]
        if type(module) is ModuleType and top not in _OURS and (top not in known or name == "__main__"):
            found.append((name, vars(module)))
    return found, [not _is_installed(names.get("__file__")) for _, names in found]


def _is_installed(file: object) -> bool:
    return isinstance(file, str) and ("site-packages" in file or "dist-packages" in file)


class InModules(Generic[T]):
    """The results of a search in each module of programs and libraries, repeated only for modules whose names changed.

    For a library only the number of names is compared; for a program also their values, because a fixture may bind one.
    """

    def __init__(self, find: Callable[[str, dict[str, object]], T]) -> None:
        """Remember the function that searches a module, given its name and its namespace."""
        self._find = find
        self._modules: list[tuple[str, dict[str, object]]] = []
        self._looks: list[object] = []
        self._found: list[T] = []

    def __call__(self) -> Iterator[tuple[dict[str, object], T]]:
        """Yield the namespaces of the modules in which something was found, and what was found."""
        modules, own = _modules_of_programs()
        looks: list[object] = [
            [*map(id, names.values())] if mine else len(names) for (_, names), mine in zip(modules, own, strict=True)
        ]
        if modules is not self._modules or looks != self._looks:
            before = {
                (name, id(names)): (look, found)
                for (name, names), look, found in zip(self._modules, self._looks, self._found, strict=True)
            }
            self._found = [
                known[1]
                if (known := before.get((name, id(names)))) is not None and known[0] == look
                else self._find(name, names)
                for (name, names), look in zip(modules, looks, strict=True)
            ]
            self._modules, self._looks = modules, looks
        for (_, names), found in zip(modules, self._found, strict=True):
            if found:
                yield names, found


@contextlib.contextmanager
def swapped(replacements: Mapping[int, tuple[object, object]], places: Sequence[tuple[object, str]]) -> Iterator[None]:
    """Replace objects in the block; `replacements` maps the `id` of an object to the object and its replacement.

    `places` are attributes of standard-library modules that are replaced, too.
    """
    kinds = frozenset(replacements)
    if kinds not in _bound:
        _bound[kinds] = InModules(functools.partial(_names_bound_to, kinds))
    undo: list[tuple[dict[str, object], str, object, object]] = []

    def put(names: dict[str, object], name: str) -> None:
        found = replacements.get(id(names.get(name)))
        if found is not None and found[0] is names[name]:
            names[name] = found[1]
            undo.append((names, name, *found))

    for module, name in places:
        put(vars(module), name)
    for names, bound in _bound[kinds]():
        for name in bound:
            put(names, name)
    try:
        yield
    finally:
        for names, name, original, replacement in undo:
            if names.get(name) is replacement:
                names[name] = original


def _names_bound_to(kinds: frozenset[int], _: str, names: dict[str, object]) -> tuple[str, ...]:
    return tuple(name for name, value in list(names.items()) if id(value) in kinds)


_bound: dict[frozenset[int], InModules[tuple[str, ...]]] = {}
"""For each set of ids of replaced objects: the names that are bound to any of them."""
