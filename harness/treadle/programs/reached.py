"""Which modules of the program's own a program can get at: the one that it is in, and what is named from there.

A test runner has loaded all tests when it runs one, and to look through them all takes longer than a small exploration.
"""

from __future__ import annotations

import functools
import sys
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from treadle.fingerprint.looking import namespace
from treadle.inspecting import layers
from treadle.programs.telling import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Modules = dict[str, ModuleType]  # by the name under which they are loaded

_FEW = 10  # modules that are looked at without asking who can get at them


def reached_modules(shows: Callable[[str], bool], program: object) -> Modules:
    """Return the modules whose files are the program's own, and that its function can get at by what code names.

    Where there are few, or the function is in none of them, these are all.
    """
    own = {name: module for name, module in list(sys.modules.items()) if _is_shown(module, shows)}
    spaces = [each.__globals__ for each in layers(program) if type(each) is FunctionType]
    waiting = [name for name, module in own.items() if any(module.__dict__ is space for space in spaces)]
    if len(own) <= _FEW or not waiting:
        return own
    by_last_name: dict[str, list[str]] = {}
    for name in own:
        by_last_name.setdefault(name.rpartition(".")[2], []).append(name)
    reached: Modules = {}
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached[name] = own[name]
            for found in _named_in(own[name]):
                waiting += by_last_name.get(found, ()) if found not in own else (found,)
    return reached


def _is_shown(module: object, shows: Callable[[str], bool]) -> bool:
    file = module.__dict__.get("__file__") if type(module) is ModuleType else None
    return type(file) is str and shows(file)


def _named_in(module: ModuleType) -> Iterator[str]:
    """Give the names of modules that something in a module is from, and all names in its code."""
    for value in list(module.__dict__.values()):
        kind: Any = type(value)
        if kind is ModuleType:
            yield plain(value.__dict__.get("__name__"))
        elif kind is FunctionType:
            yield plain(value.__globals__.get("__name__"))
            yield from _names_in(value.__code__)
        else:
            is_class = issubclass(kind, type)
            yield plain(namespace(value if is_class else kind).get("__module__"))
            for each in namespace(value).values() if is_class else ():
                if type(each) is FunctionType:
                    yield from _names_in(each.__code__)


@functools.cache
def _names_in(code: CodeType) -> frozenset[str]:
    """Return the names in code, and in the code that is in it."""
    names = {part for name in code.co_names for part in name.split(".")}
    return frozenset(names).union(*(_names_in(each) for each in code.co_consts if type(each) is CodeType))
