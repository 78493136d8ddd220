"""Put other objects in the place of functions and classes, wherever a module has them by name, and take them out again.

`from time import monotonic` binds the function in the module that says so, and nothing that is done to `time` changes
that. So the modules of programs and libraries are looked through, each once, for the objects themselves. What is bound
elsewhere, in an attribute of a class or a default of a parameter, stays.
"""

from __future__ import annotations

import contextlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

from treadle.inspecting import while_loaded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_OURS = frozenset(("treadle", "treadle_models"))

_looked_at: dict[tuple[str, int, frozenset[int]], tuple[int, tuple[str, ...]]] = {}
"""By a module's name and identity, and what is replaced: how many names it had, and which of them had any of that."""


@while_loaded
def modules_of_programs() -> list[tuple[str, dict[str, object]]]:
    """Return the names and namespaces of all modules but Treadle's and those of the standard library."""
    known = sys.stdlib_module_names
    found = []
    for name, module in list(sys.modules.items()):
        top = name.partition(".")[0]
        if type(module) is ModuleType and top not in _OURS and (top not in known or name == "__main__"):
            found.append((name, vars(module)))
    return found


@contextlib.contextmanager
def swapped(replacements: Mapping[int, tuple[object, object]], places: Sequence[tuple[object, str]]) -> Iterator[None]:
    """Replace objects while the block runs: `replacements` has, by `id`, what is replaced and by what.

    `places` are attributes of modules of the standard library in which that is done, too.
    """
    kinds = frozenset(replacements)
    undo: list[tuple[dict[str, object], str, object, object]] = []

    def put(names: dict[str, object], name: str) -> None:
        found = replacements.get(id(names.get(name)))
        if found is not None and found[0] is names[name]:
            names[name] = found[1]
            undo.append((names, name, *found))

    for module, name in places:
        put(vars(module), name)
    for module_name, names in modules_of_programs():
        key = module_name, id(names), kinds
        before = _looked_at.get(key)
        if before is None or before[0] != len(names) or module_name == "__main__":
            hits = tuple(name for name, value in list(names.items()) if id(value) in replacements)
            before = _looked_at[key] = len(names), hits
        for name in before[1]:
            put(names, name)
    try:
        yield
    finally:
        for names, name, original, replacement in undo:
            if names.get(name) is replacement:
                names[name] = original
