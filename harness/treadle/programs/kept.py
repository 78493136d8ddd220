"""Find out what a program keeps from one execution to the next, to say why two runs under one schedule differ.

What the modules of the program's own hold is summed up before the first execution and before the second: plain values,
how many entries a container has, how far an iterator has come, which object a name stands for; also of what is in a
container, of the attributes of classes and instances, and of what functions hold: the variables of those around them,
and defaults. What differs was kept. Nothing of the program is called, and what cannot be summed up is left out: this
only names a cause.
"""

from __future__ import annotations

import functools
import gc
import sys
from collections import OrderedDict, defaultdict, deque
from types import FunctionType, GeneratorType, ModuleType, WrapperDescriptorType
from typing import TYPE_CHECKING, Any

from treadle.fingerprint.iterators import words_of
from treadle.fingerprint.stack import WORD, UnreadableError
from treadle.inspecting import layers
from treadle.programs.telling import plain
from treadle.trace import name_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Found = tuple[str, Any, tuple[object, ...]]  # what it is, a number or value, and what it holds
    Summary = dict[tuple[str, str], Found]

_PLAIN = (int, float, complex, str, bytes, bool, type(None))
_CONTAINERS = (dict, list, set, bytearray, OrderedDict, defaultdict, deque)
_ABSENT: Found = ("absent", None, ())
_ONE = {"entries": "entry", "remembered calls": "remembered call"}
_SMALL = 64  # of a container with no more entries than this the plain ones are looked at
_LARGEST = 5_000  # names in a summary, after which it has only plain values
_OF_ITERATORS = ("builtins", "itertools", "collections", "_collections")
_MOST = 3  # names that are told
_LONGEST = 40  # of a value that is told
_DEEPEST = 3


def sum_up(shows: Callable[[str], bool], program: object = None) -> Summary:
    """Sum up what is kept in the modules whose files are the program's own, and by its function, by file and name."""
    kept = _Kept(shows)
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("treadle_models"):
            continue
        file = module.__dict__.get("__file__") if type(module) is ModuleType else None
        if type(file) is str and shows(file):
            for name, value in _entries(module.__dict__):
                if not name.startswith("__"):
                    kept.add(file, name, value, _DEEPEST)
    for each in layers(program):
        if type(each) is FunctionType:
            kept.add(each.__code__.co_filename, each.__name__, each, _DEEPEST)
    return kept.summary


class _Kept:
    """Adds what names stand for to a summary, each object once, under the first of its names."""

    def __init__(self, shows: Callable[[str], bool]) -> None:
        self.summary: Summary = {}
        self._shows = shows
        self._seen: set[int] = set()

    def add(self, file: str, name: str, value: Any, deep: int) -> None:
        """Add what a name stands for, and what can be reached from that."""
        kind, summary = type(value), self.summary
        if kind in _PLAIN:
            summary[file, name] = "value", value, ()
            return
        if len(summary) > _LARGEST:
            return
        inside: Iterable[tuple[str, object]] = ()
        if kind in _CONTAINERS:
            held = tuple(value.values() if isinstance(value, dict) else value) if len(value) <= _SMALL else ()
            summary[file, name] = "entries", len(value), tuple(each for each in held if type(each) in _PLAIN)
            inside = ((f"{name}[{place}]", each) for place, each in _places(value, held) if type(each) not in _PLAIN)
        elif kind is tuple:
            inside = ((f"{name}[{place}]", each) for place, each in enumerate(value[:_SMALL]))
        elif kind is functools._lru_cache_wrapper:
            summary[file, f"{name}()"] = "remembered calls", value.cache_info().currsize, ()
        elif _is_iterator(kind):
            summary[file, name] = "place", _place(value), ()
            inside = ((name, each) for each in gc.get_referents(value) if _is_iterator(type(each)))
        else:
            summary[file, name] = "object", None, (id(value),)
            inside = self._held_by(file, name, value, kind)
        if deep and id(value) not in self._seen:
            self._seen.add(id(value))
            for inner_name, inner in inside:
                self.add(file, inner_name, inner, deep - 1)

    def _held_by(self, file: str, name: str, value: Any, kind: Any) -> Iterator[tuple[str, object]]:
        """Give what the attributes of an object stand for; of a function, also what it holds itself."""
        if kind is FunctionType and self._shows(value.__code__.co_filename):
            for variable, inner in _held_by_function(value):
                yield f"{variable} of {name}()", inner
        if kind is functools.partial:
            yield f"{name}.func", value.func
            yield f"{name}.args", value.args
        if kind is FunctionType or _is_own(kind if not issubclass(kind, type) else value, file):
            for attribute, inner in _entries(_attributes(value)):
                if not attribute.startswith("__"):
                    yield f"{name}.{attribute}", inner


def _held_by_function(function: FunctionType) -> Iterator[tuple[str, object]]:
    """Give the variables of other functions that a function uses, and the defaults of its parameters."""
    code = function.__code__
    for variable, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield variable, cell.cell_contents
        except ValueError:  # it is not bound
            continue
    defaults = function.__defaults__ or ()
    yield from zip(code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount], defaults, strict=True)
    yield from (function.__kwdefaults__ or {}).items()


def _places(container: Any, held: tuple[object, ...]) -> Iterator[tuple[object, object]]:
    """Give the entries of a container with their keys, as they are written; a set has none."""
    if isinstance(container, dict):
        for key, each in zip(container, held, strict=False):
            yield repr(key)[:_LONGEST] if type(key) in _PLAIN else "...", each
    elif type(container) in (list, deque):
        yield from enumerate(held)


def _is_iterator(kind: type) -> bool:
    """Say whether a type is one of an iterator in C code, or of a generator."""
    names = type.__dict__["__dict__"].__get__(kind)
    in_c = type(names.get("__next__")) is WrapperDescriptorType and names.get("__module__", "builtins") in _OF_ITERATORS
    return kind is GeneratorType or in_c


def _place(iterator: Any) -> tuple[object, ...]:
    """Return what is not the same if an iterator has come further, without asking it."""
    if type(iterator) is GeneratorType:
        frame = iterator.gi_frame
        held = gc.get_referents(iterator)
        return (None if frame is None else frame.f_lasti, *(each for each in held if type(each) in _PLAIN))
    words = (type(iterator).__basicsize__ - object.__basicsize__) // WORD
    try:
        return words_of(iterator, words)
    except UnreadableError:
        return ()


def _is_own(kind: Any, file: str) -> bool:
    """Say whether a class was made in the module of a file."""
    module = sys.modules.get(plain(type.__dict__["__dict__"].__get__(kind).get("__module__")))
    return type(module) is ModuleType and module.__dict__.get("__file__") == file


def _attributes(value: object) -> Mapping[str, object]:
    if issubclass(type(value), type):
        return type.__dict__["__dict__"].__get__(value)  # type: ignore[no-any-return]
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return found if type(found) is dict else {}


def _entries(names: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    return iter([(name, value) for name, value in list(names.items()) if type(name) is str])


def differences(before: Summary, after: Summary, first: str, second: str) -> list[str]:
    """Say what differs between two summaries, of which one was taken at the `first` moment, one at the `second`."""
    told = []
    for (file, name), (was, now) in _pairs(before, after):
        what = f"`{name}` in {name_file(file)}"
        if was[0] == now[0] == "object":
            told.append(f"{what} stood for one object {first} and for another {second}")
        elif was[0] == now[0] == "place":
            told.append(f"{what} stood at one place {first} and at another {second}")
        else:
            told.append(f"{what} {_said(was)} {first} and {_said(now)} {second}")
    return told[:_MOST]


def _pairs(before: Summary, after: Summary) -> Iterator[tuple[tuple[str, str], tuple[Found, Found]]]:
    for key in dict.fromkeys((*before, *after)):
        pair = before.get(key, _ABSENT), after.get(key, _ABSENT)
        if repr(pair[0]) != repr(pair[1]):  # not by `==`: a value may be no number
            yield key, pair


def _said(found: Found) -> str:
    what, value, _ = found
    if what == "absent":
        return "was not there"
    if what in {"object", "place"}:
        return f"was an {'object' if what == 'object' else 'iterator'}"
    if what == "value":
        return f"was {repr(value)[:_LONGEST]}"
    return f"had {value:,} {_ONE[what] if value == 1 else what}"
