"""Find the values that can be reached from the program's modules, its function, and the process, nearest first.

The search looks into containers and tuples, into the attributes and slots of the program's own classes and their
instances and of a few classes of the library, and into what functions hold: variables of outer functions, and defaults.
It calls no code of the program.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import queue
import sys
import threading
from collections import ChainMap, UserDict, UserList, UserString, deque
from enum import EnumMeta
from types import FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from treadle.fingerprint.looking import module_name, mro, namespace, slots
from treadle.inspecting import layers
from treadle.programs.advanced import is_iterator, made_by, place_of
from treadle.programs.contents import PLAIN, base_of, entries_of, freeze, is_plain, size_of, written
from treadle.programs.holders import Found, Inner, Key, Place, names_of
from treadle.programs.process import is_library, of_modules, of_process, stamp
from treadle.programs.reached import reached_modules
from treadle.programs.telling import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

LARGEST = 20_000  # names that are looked at; beyond that, only plain values are
_MANY = 5_000  # entries of a container that are looked at if they are plain
_MOST_ENTRIES = 100_000  # of all containers
_FEW = 256  # entries of a container that are looked into
_MOST_WAITING = 100_000  # names that wait to be looked at; beyond that, nothing is looked into
_DEEPEST = 8
_LONGEST = 40  # characters of a key in a message

_EVERY_CLASS = ("__module__", "__doc__", "__qualname__", "__annotations__", "__dict__", "__weakref__", "__slots__")
_EVERY_MODULE = ("__name__", "__doc__", "__package__", "__file__", "__cached__", "__builtins__", "__annotations__")
_MADE_LATE = ("__annotations_cache__", "__annotate_func__", "__annotate__", "__conditional_annotations__", "__path__")
_BY_PYTHON = {
    *(*_EVERY_CLASS, *_EVERY_MODULE, *_MADE_LATE),
    *("__spec__", "__loader__", "__firstlineno__", "__static_attributes__", "__abstractmethods__", "__match_args__"),
}

_OF_VALUES = ("datetime", "decimal", "fractions", "uuid", "pathlib")
"""Modules of the library whose objects are immutable, so that it makes no difference to keep one alive."""

_OF_LIBRARY: dict[type, tuple[str, ...]] = {
    SimpleNamespace: (),  # all
    ChainMap: ("maps",),
    **dict.fromkeys((UserDict, UserList, UserString), ("data",)),
    queue.Queue: ("queue", "unfinished_tasks", "is_shutdown"),
    asyncio.Queue: ("_queue", "_unfinished_tasks", "_finished"),
    asyncio.Lock: ("_locked",),
    **dict.fromkeys((asyncio.Event, asyncio.Semaphore), ("_value",)),
}
"""The attributes of classes of the library that are looked at."""
_BY_IDENTITY = {id(kind): names for kind, names in _OF_LIBRARY.items()}


class Shared(NamedTuple):
    """What is kept in the process, as in `Insides`. It is the same object as long as nothing in it has changed."""

    stamp: tuple[object, ...]
    places: dict[Key, Place]
    walked: dict[Key, Any]


_last: list[Shared] = []


class _Waiting(NamedTuple):
    file: str
    inner: Inner
    deep: int
    within: Key


class Insides:
    """The values of all names that were found. Each object occurs once, under the nearest of its names.

    `walked`: the names of objects that were searched completely, each with the holder of its attributes. A module has
    the empty name. `shared`: the same for modules of the library.
    """

    def __init__(self, shows: Callable[[str], bool], program: object) -> None:
        """Search; `shows` says whether a file is the program's own."""
        self.places: dict[Key, Place] = {}
        self.walked: dict[Key, Any] = {}
        self._shows = shows
        self._seen: set[int] = set()
        self._entries = 0
        modules = self._modules(program)
        self.shared = self._find_shared(modules)
        self._largest = LARGEST - len(self.shared.places)
        self._add_process()
        waiting = deque(self._roots(modules, program))
        while waiting:
            each = waiting.popleft()
            found = self._add(each)
            deeper = each.deep and len(waiting) < _MOST_WAITING
            if found is not None and deeper and id(each.inner.value) not in self._seen:
                self._seen.add(id(each.inner.value))
                waiting += self._walk(each, found)

    def _modules(self, program: object) -> list[ModuleType]:
        reached = reached_modules(self._shows, program)
        return [module for name, module in reached.items() if not name.startswith("treadle_models")]

    def _roots(self, modules: list[ModuleType], program: object) -> Iterator[_Waiting]:
        for module in modules:
            names, file = module.__dict__, module.__dict__["__file__"]
            self.walked[file, ""] = names
            yield from (_Waiting(file, each, _DEEPEST, (file, "")) for each in _attributes("", names, names))
        for each in layers(program):
            if type(each) is FunctionType:
                file = each.__code__.co_filename
                yield _Waiting(file, Inner(each.__name__, each), _DEEPEST, (file, ""))

    def _find_shared(self, modules: list[ModuleType]) -> Shared:
        """Return what is kept in modules of the library; the earlier result if nothing has changed since."""
        now = stamp(modules)
        if not _last or _last[0].stamp != now:
            found = self._of_process(of_modules(modules))
            _last[:] = [Shared(now, found, dict.fromkeys((where, "") for where, _ in found))]
        return _last[0]

    def _add_process(self) -> None:
        others = self._of_process(of_process())
        self.places.update(others)
        self.walked.update(dict.fromkeys((where, "") for where, _ in others))

    def _of_process(self, inside: Iterable[tuple[str, Inner]]) -> dict[Key, Place]:
        return {
            (where, each.name): Place(self._find(each), each.value, each.holder, each.key, each.before, (where, ""))
            for where, each in inside
        }

    def _add(self, waiting: _Waiting) -> Found | None:
        """Add the value of a name; return its summary if it can be looked into."""
        file, inner, _, within = waiting
        found = self._find(inner)
        if (
            found[0] not in {"value", "constant"}
            and len(self.places) + len(self.shared.places) > LARGEST
            and not is_library(file)
        ):
            self.walked.pop(within, None)
            return None
        if found[0] == "value" or not issubclass(type(inner.value), tuple):
            name = f"{inner.name}()" if found[0] == "remembered calls" else inner.name
            self.places[file, name] = Place(found, inner.value, inner.holder, inner.key, inner.before, within)
        return None if found[0] in {"value", "constant"} else found

    def _find(self, inner: Inner) -> Found:
        """Sum up one value, with the contents of a container unless they are too many."""
        value, kind = inner.value, type(inner.value)
        if not inner.is_looked_at:
            return "object", None, ()
        if kind in PLAIN or (kind is tuple and len(value) <= _MANY and is_plain(value)):
            return "value", value, ()
        base = base_of(value)
        if base is not None:
            size = size_of(value)
            few = size <= _MANY and self._entries + size <= _MOST_ENTRIES
            self._entries += size if few else 0
            return "entries", size, (base, freeze(value) if few else ())
        return _sum_up_other(value, kind)

    def _walk(self, waiting: _Waiting, found: Found) -> Iterable[_Waiting]:
        """Return the values inside an object that is no plain value."""
        file, inner, deep, within = waiting
        name, value = inner.name, inner.value
        if not issubclass(type(value), tuple):
            within = file, name
            if found[0] == "object":
                self.walked[within] = value
        return [_Waiting(file, each, deep - 1, within) for each in self._reach(name, value, found[0])]

    def _reach(self, name: str, value: Any, what: str) -> Iterator[Inner]:
        kind = type(value)
        if issubclass(kind, tuple):
            first = list(tuple.__iter__(value))[:_FEW]
            yield from (Inner(f"{name}[{place}]", each) for place, each in enumerate(first))
        elif what == "entries":
            yield from _in_container(name, value)
            yield from self._held_by(name, value)
        elif what == "place":
            yield from (Inner(name, each) for each in gc.get_referents(value) if is_iterator(type(each)))
        elif what == "object":
            yield from self._held_by(name, value)

    def _held_by(self, name: str, value: Any) -> Iterator[Inner]:
        """Yield the attributes of an object; of a function, also what it holds itself."""
        kind = type(value)
        if kind is FunctionType:
            if self._shows(value.__code__.co_filename):
                for each in _held_by_function(value):
                    yield each._replace(name=f"{each.name} of {name}()")
            yield from _attributes(f"{name}.", value.__dict__, value.__dict__)
        elif kind is functools.partial:
            yield Inner(f"{name}.func", value.func)
            yield Inner(f"{name}.args", value.args)
        elif kind is MethodType:
            yield Inner(f"{name}.__self__", value.__self__)
        elif kind is threading.local:
            names = names_of(value)
            yield from _attributes(f"{name}.", names, names)
        elif issubclass(kind, type):
            if self._is_own(value):
                yield from _attributes(f"{name}.", namespace(value), value)
        else:
            yield from self._of_instance(name, value, kind)

    def _of_instance(self, name: str, value: Any, kind: type) -> Iterator[Inner]:
        names = names_of(value)
        if self._is_own(kind):
            yield from _attributes(f"{name}.", names, names)
            for each in slots(kind):
                try:
                    yield Inner(f"{name}.{each.__name__}", each.__get__(value), value, each)
                except AttributeError:  # the slot is empty
                    continue
            return
        heeded = next((_BY_IDENTITY[id(each)] for each in mro(kind) if id(each) in _BY_IDENTITY), None)
        if heeded is not None:
            some = {key: names[key] for key in heeded if key in names} if heeded else names
            yield from _attributes(f"{name}.", some, names)

    def _is_own(self, kind: type) -> bool:
        """Say whether a class was made in a module of the program's own."""
        module = sys.modules.get(plain(namespace(kind).get("__module__")))
        file = module.__dict__.get("__file__") if type(module) is ModuleType else None
        return type(file) is str and self._shows(file)


def _sum_up_other(value: Any, kind: type) -> Found:
    if kind is functools._lru_cache_wrapper:
        return "remembered calls", value.cache_info().currsize, ()
    if is_iterator(kind):
        return "place", place_of(value), made_by(value)
    if kind is object or issubclass(type(kind), EnumMeta) or module_name(kind) in _OF_VALUES:
        return "constant", None, (id(value), value)
    return "object", None, (id(value),)


def _attributes(prefix: str, names: Any, holder: Any) -> Iterator[Inner]:
    """Yield the attributes in a namespace, except those that Python itself sets."""
    for name, value in list(names.items()):
        if type(name) is str and name not in _BY_PYTHON and not _is_method_of_python(name, value):
            yield Inner(f"{prefix}{name}", value, holder, name)


def _is_method_of_python(name: str, value: object) -> bool:
    """Say whether to skip a name with double underscores: only data is looked at under these."""
    is_data = type(value) in PLAIN or base_of(value) is not None
    return name.startswith("__") and name.endswith("__") and not is_data


def _in_container(name: str, container: Any) -> Iterator[Inner]:
    """Yield the entries of a small container, named by their keys; nothing of a set."""
    base = base_of(container)
    if size_of(container) > _FEW:
        return
    if issubclass(base, dict):
        for key, each in entries_of(container):
            if type(each) not in PLAIN:
                yield Inner(f"{name}[{short(key) if type(key) in PLAIN else '...'}]", each)
    elif base is list or base is deque:
        for place, each in enumerate(entries_of(container)):
            if type(each) not in PLAIN:
                yield Inner(f"{name}[{place}]", each)


def short(value: object) -> str:
    """Return a plain value as text, cut to a few characters."""
    return written(value)[:_LONGEST]


def _held_by_function(function: FunctionType) -> Iterator[Inner]:
    """Yield the variables of outer functions that a function uses, and the defaults of its parameters."""
    code = function.__code__
    for variable, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield Inner(variable, cell.cell_contents, cell)
        except ValueError:  # it is not bound
            continue
    defaults = function.__defaults__ or ()
    for name, value in zip(
        code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount], defaults, strict=True
    ):
        yield Inner(name, value)
    keywords = function.__kwdefaults__ or {}
    yield from (Inner(name, value, keywords, name) for name, value in keywords.items())
