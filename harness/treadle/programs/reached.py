"""Find which of its own modules a program can reach: the one that it is in, and those that are named from there.

A test runner has loaded all tests when it runs one, and searching them all takes longer than a small exploration.
"""

from __future__ import annotations

import functools
import sys
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from treadle.fingerprint.looking import is_kind_of, namespace
from treadle.inspecting import layers, while_loaded
from treadle.programs.telling import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Modules = dict[str, ModuleType]  # by the name under which they are loaded

_FEW = 10  # modules that are always looked at, reachable or not


def reached_modules(shows: Callable[[str], bool], program: object) -> Modules:
    """Return the program's own modules that its function can reach through the names in code, by name.

    If there are few, or if the function is in none of them, return all.
    """
    own = _own_modules(shows)
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
            named = _named_in(own[name])
            waiting += sorted(named & own.keys())
            for last in sorted((named & by_last_name.keys()) - own.keys()):
                waiting += (each for each in by_last_name[last] if _may_mean(each, named, own[name]))
    return reached


def _may_mean(dotted: str, named: set[str], within: ModuleType) -> bool:
    """Say whether code with the last part of a module's name may mean that module: it also names or is in its package.

    Many packages have a module of the same last name, and searching them all takes long.
    """
    package = dotted.rpartition(".")[0]
    here = plain(within.__dict__.get("__package__"))
    return package in {here, ""} or package in named or package.rpartition(".")[2] in named


def _own_modules(shows: Callable[[str], bool]) -> Modules:
    """Return the program's own modules; search again only if other modules are loaded, or `shows` differs."""
    loaded = _modules_with_files()
    if not _last or _last[0][0] is not loaded or _last[0][1] != shows:
        _last[:] = [(loaded, shows, {name: module for name, module, file in loaded if shows(file)})]
    return _last[0][2]


_last: list[tuple[list[tuple[str, ModuleType, str]], Callable[[str], bool], Modules]] = []


@while_loaded
def _modules_with_files() -> list[tuple[str, ModuleType, str]]:
    found = []
    for name, module in list(sys.modules.items()):
        file = module.__dict__.get("__file__") if type(module) is ModuleType else None
        if type(file) is str:
            found.append((name, module, file))
    return found


def _named_in(module: ModuleType) -> set[str]:
    """Return the names of the modules that the values in a module come from, and all names in its code.

    They are cached as long as the module has the same values, because collecting them takes longest here.
    """
    values = list(module.__dict__.values())
    identities = tuple(map(id, values))
    before, named = _remembered.get(module, ((), set()))
    if before != identities:
        named = _collect_names(values)
        _remembered[module] = identities, named
    return named


_remembered: WeakKeyDictionary[ModuleType, tuple[tuple[int, ...], set[str]]] = WeakKeyDictionary()


def _collect_names(values: Iterable[object]) -> set[str]:
    named: set[str] = set()
    for value in values:
        if type(value) is ModuleType:
            named.add(plain(value.__dict__.get("__name__")))
        elif type(value) is FunctionType:
            named.add(plain(value.__globals__.get("__name__")))
            named |= _names_in(value.__code__)
        else:
            is_class = is_kind_of(value, type)
            named.add(plain(namespace(value if is_class else type(value)).get("__module__")))
            for each in namespace(value).values() if is_class else ():
                if type(each) is FunctionType:
                    named |= _names_in(each.__code__)
    return named


@functools.cache
def _names_in(code: CodeType) -> frozenset[str]:
    """Return the names in a code object and in those nested in it."""
    names = {part for name in code.co_names for part in name.split(".")}
    return frozenset(names).union(*(_names_in(each) for each in code.co_consts if type(each) is CodeType))
