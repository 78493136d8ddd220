"""Put other objects in the place of functions and classes, wherever a module has them by name, and take them out again.

`from time import monotonic` binds the function in the module that says so, and nothing that is done to `time` changes
that. So the modules of programs and libraries are looked through, each once, for the objects themselves. What is bound
elsewhere, in an attribute of a class or a default of a parameter, stays.
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
def _modules_of_programs() -> list[tuple[str, dict[str, object]]]:
    """Return the names and namespaces of all modules but Treadle's and those of the standard library."""
    known = sys.stdlib_module_names
    found = []
    for name, module in list(sys.modules.items()):
        top = name.partition(".")[0]
        if type(module) is ModuleType and top not in _OURS and (top not in known or name == "__main__"):
            found.append((name, vars(module)))
    return found


class InModules(Generic[T]):
    """What is found in each module of programs and libraries, anew only where one has more or fewer names than before.

    The names of a notebook, `__main__`, are always looked at.
    """

    def __init__(self, find: Callable[[str, dict[str, object]], T]) -> None:
        """Remember how to find it, in a module by its name and its namespace."""
        self._find = find
        self._modules: list[tuple[str, dict[str, object]]] = []
        self._sizes: list[int] = []
        self._found: list[T] = []

    def __call__(self) -> Iterator[tuple[dict[str, object], T]]:
        """Give the namespaces of the modules in which there is something, and what that is."""
        modules = _modules_of_programs()
        sizes = [len(names) for _, names in modules]
        if modules is not self._modules or sizes != self._sizes:
            before = {
                (name, id(names), size): found
                for (name, names), size, found in zip(self._modules, self._sizes, self._found, strict=True)
            }
            places = [(name, id(names), size) for (name, names), size in zip(modules, sizes, strict=True)]
            self._found = [
                before[place] if place in before else self._find(*module)
                for place, module in zip(places, modules, strict=True)
            ]
            self._modules, self._sizes = modules, sizes
        for (name, names), known in zip(modules, self._found, strict=True):
            found = self._find(name, names) if name == "__main__" else known
            if found:
                yield names, found


@contextlib.contextmanager
def swapped(replacements: Mapping[int, tuple[object, object]], places: Sequence[tuple[object, str]]) -> Iterator[None]:
    """Replace objects while the block runs: `replacements` has, by `id`, what is replaced and by what.

    `places` are attributes of modules of the standard library in which that is done, too.
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
"""By the identities of what is replaced: the names that stand for any of it."""
