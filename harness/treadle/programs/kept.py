"""Find out what a program keeps from one execution to the next, to say why two runs under one schedule differ.

What the modules of the program's own hold is summed up before the first execution and before the second: plain values,
how many entries a container has, how far an iterator has come, which object a name stands for; also of what is in a
container, of the attributes of classes and instances, and of what functions hold: the variables of those around them,
and defaults. What differs was kept. Nothing of the program is called, and what cannot be summed up is left out: this
only names a cause.

Plain values, small containers of them, what a function remembers and the plainest iterators can be set back to what the
first execution found.
"""

from __future__ import annotations

import functools
import gc
import itertools
import re
import sys
from collections import OrderedDict, defaultdict, deque
from types import CellType, FunctionType, GeneratorType, ModuleType, WrapperDescriptorType
from typing import TYPE_CHECKING, Any, NamedTuple

from treadle.fingerprint.iterators import words_of
from treadle.fingerprint.looking import namespace
from treadle.fingerprint.stack import WORD, UnreadableError
from treadle.inspecting import layers
from treadle.programs.reached import reached_modules
from treadle.programs.telling import plain
from treadle.trace import name_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Found = tuple[str, Any, tuple[object, ...]]  # what it is, a number or value, and what it holds
    Summary = dict[tuple[str, str], Found]

_PLAIN = (int, float, complex, str, bytes, bool, type(None))
_CONTAINERS = (dict, list, set, bytearray, OrderedDict, defaultdict, deque)
_ABSENT: Found = ("absent", None, ())
_UNKNOWN: Found = ("unknown", None, ())
_ONE = {"entries": "entry", "remembered calls": "remembered call"}
_SMALL = 64  # of a container with no more entries than this the plain ones are looked at
_LARGEST = 5_000  # names in a summary, after which it has only plain values
_OF_ITERATORS = ("builtins", "itertools", "collections", "_collections")
_MOST = 3  # names that are told
_LONGEST = 40  # of a value that is told
_DEEPEST = 3


class _Place(NamedTuple):
    """What stands under a name: in words, itself, and what has it under which key, where that can be set."""

    found: Found
    value: Any
    holder: Any
    key: Any


def sum_up(shows: Callable[[str], bool], program: object = None) -> Summary:
    """Sum up what is kept in modules of the program's own (see `reached`), and by its function, by file and name."""
    return {name: place.found for name, place in _find_places(shows, program).items()}


class Changed:
    """What differs from a summary now and can be set back: the values themselves, and what containers held."""

    def __init__(self, summary: Summary, shows: Callable[[str], bool], program: object = None) -> None:
        """Find it; see `sum_up`."""
        self._places: list[tuple[_Place, Found, tuple[Any, ...]]] = []
        self.stuck: list[str] = []
        """Iterators that have come further and cannot be set back, by name and file."""
        # Of a file that was not looked at then, or not to the end, nobody knows what was not there.
        files = {file for file, _ in summary} if len(summary) <= _LARGEST else set()
        for name, place in _find_places(shows, program).items():
            was = summary.get(name, _ABSENT if name[0] in files else _UNKNOWN)
            if repr(was) == repr(place.found):
                continue
            if _can_be_set_back(place, was):
                self._places.append((place, was, _contents(place.value)))
            elif was[0] == "place":
                self.stuck.append(f"`{name[1]}` in {name_file(name[0])}")

    def __bool__(self) -> bool:
        """Say whether there is anything."""
        return bool(self._places)

    def set_back(self) -> None:
        """Set it back to what it was in the summary."""
        for place, was, _ in self._places:
            _set_back(place, was)

    def put_again(self) -> None:
        """Make everything what it is now, but for what functions remember."""
        for place, _, contents in self._places:
            _put(place, place.value)
            if type(place.value) in _CONTAINERS:
                _fill(place.value, contents)


def _can_be_set_back(place: _Place, was: Found) -> bool:
    what, value, held = was
    if what == "entries":
        return len(held) == value and type(place.value) in _CONTAINERS
    if what == "remembered calls":
        return not value
    if what == "place":
        return place.holder is not None and bool(held)
    return place.holder is not None if what == "value" else what == "absent" and type(place.holder) is dict


def _set_back(place: _Place, was: Found) -> None:
    what, value, held = was
    if what == "value":
        _put(place, value)
    elif what == "entries":
        _put(place, place.value)
        _fill(place.value, held)
    elif what == "absent":
        place.holder.pop(place.key, None)
    elif what == "place":
        make: Any = held[0]
        _put(place, make(*held[1:]))
    else:
        place.value.cache_clear()


def _put(place: _Place, value: object) -> None:
    holder = place.holder
    if type(holder) is dict:
        holder[place.key] = value
    elif type(holder) is CellType:
        holder.cell_contents = value
    elif holder is not None:
        type.__setattr__(holder, place.key, value)


def _fill(container: Any, held: tuple[Any, ...]) -> None:
    container.clear()
    if isinstance(container, dict | set):
        container.update(held)
    else:
        container.extend(held)


def _find_places(shows: Callable[[str], bool], program: object) -> dict[tuple[str, str], _Place]:
    kept = _Kept(shows)
    for module_name, module in reached_modules(shows, program).items():
        if module_name.startswith("treadle_models"):
            continue
        for name, value in _entries(module.__dict__):
            if not name.startswith("__"):
                kept.add(module.__dict__["__file__"], _Inner(name, value, module.__dict__, name), _DEEPEST)
    for each in layers(program):
        if type(each) is FunctionType:
            kept.add(each.__code__.co_filename, _Inner(each.__name__, each), _DEEPEST)
    return kept.places


class _Inner(NamedTuple):
    """What can be reached from something else: its name, itself, and what has it under which key if it can be set."""

    name: str
    value: Any
    holder: Any = None
    key: Any = None


class _Kept:
    """Finds what names stand for, each object once, under the first of its names."""

    def __init__(self, shows: Callable[[str], bool]) -> None:
        self.places: dict[tuple[str, str], _Place] = {}
        self._shows = shows
        self._seen: set[int] = set()

    def add(self, file: str, inner: _Inner, deep: int) -> None:
        """Add what a name stands for, and what can be reached from that."""
        name, value, holder, key = inner
        found = _find(value)
        if found[0] != "value" and len(self.places) > _LARGEST:
            return
        if type(value) is not tuple:
            name_here = f"{name}()" if found[0] == "remembered calls" else name
            self.places[file, name_here] = _Place(found, value, holder, key)
        if found[0] != "value" and deep and id(value) not in self._seen:
            self._seen.add(id(value))
            for each in self._reach(file, name, value, found):
                self.add(file, each, deep - 1)

    def _reach(self, file: str, name: str, value: Any, found: Found) -> Iterator[_Inner]:
        """Give what is in something that is no plain value."""
        kind, what = type(value), found[0]
        if kind is tuple:
            yield from (_Inner(f"{name}[{place}]", each) for place, each in enumerate(value[:_SMALL]))
        elif what == "entries":
            for place, each in _entries_of(value):
                if type(each) not in _PLAIN:
                    yield _Inner(f"{name}[{place}]", each)
        elif what == "place":
            yield from (_Inner(name, each) for each in gc.get_referents(value) if _is_iterator(type(each)))
        elif what == "object":
            yield from self._held_by(file, name, value, kind)

    def _held_by(self, file: str, name: str, value: Any, kind: Any) -> Iterator[_Inner]:
        """Give what the attributes of an object stand for; of a function, also what it holds itself."""
        if kind is FunctionType and self._shows(value.__code__.co_filename):
            for each in _held_by_function(value):
                yield each._replace(name=f"{each.name} of {name}()")
        if kind is functools.partial:
            yield _Inner(f"{name}.func", value.func)
            yield _Inner(f"{name}.args", value.args)
        is_class = issubclass(kind, type)
        if kind is FunctionType or _is_own(value if is_class else kind, file):
            attributes = _attributes(value)
            for attribute, inner in _entries(attributes):
                if not attribute.startswith("__"):
                    yield _Inner(f"{name}.{attribute}", inner, value if is_class else attributes, attribute)


def _find(value: Any) -> Found:
    """Sum up one value. What a container holds is kept if that is little, and plain."""
    kind = type(value)
    if kind in _PLAIN:
        return "value", value, ()
    if kind in _CONTAINERS:
        held = _contents(value) if len(value) <= _SMALL else ()
        return "entries", len(value), tuple(each for each in held if type(each) in _PLAIN or _is_plain_pair(each))
    if kind is functools._lru_cache_wrapper:
        return "remembered calls", value.cache_info().currsize, ()
    if _is_iterator(kind):
        return "place", _place(value), _made_by(value)
    return "object", None, (id(value),)


def _contents(value: Any) -> tuple[Any, ...]:
    return tuple(value.items() if isinstance(value, dict) else value) if type(value) in _CONTAINERS else ()


def _is_plain_pair(entry: object) -> bool:
    return type(entry) is tuple and all(type(each) in _PLAIN for each in entry)


def _held_by_function(function: FunctionType) -> Iterator[_Inner]:
    """Give the variables of other functions that a function uses, and the defaults of its parameters."""
    code = function.__code__
    for variable, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield _Inner(variable, cell.cell_contents, cell)
        except ValueError:  # it is not bound
            continue
    defaults = function.__defaults__ or ()
    for name, value in zip(
        code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount], defaults, strict=True
    ):
        yield _Inner(name, value)
    keywords = function.__kwdefaults__ or {}
    yield from (_Inner(name, value, keywords, name) for name, value in keywords.items())


def _entries_of(container: Any) -> Iterator[tuple[object, object]]:
    """Give the entries of a small container with their keys, as they are written; a set has none."""
    if len(container) > _SMALL:
        return
    if isinstance(container, dict):
        for key, each in list(container.items()):
            yield repr(key)[:_LONGEST] if type(key) in _PLAIN else "...", each
    elif type(container) in (list, deque):
        yield from enumerate(list(container))


def _is_iterator(kind: type) -> bool:
    """Say whether a type is one of an iterator in C code, or of a generator."""
    names = namespace(kind)
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


def _made_by(iterator: Any) -> tuple[Any, ...]:
    """Return what makes an iterator that has come as far, if that takes nothing but numbers: how, and of which."""
    if type(iterator) is type(iter(range(0))):
        parts: Any = iterator.__reduce__()
        (numbers,), gone = parts[1:]  # before 3.12 all its numbers, and how many are gone
        return iter, numbers[gone or 0 :]
    if type(iterator) is itertools.count:
        said = re.fullmatch(r"count\((-?\d+)(?:, (-?\d+))?\)", repr(iterator))
        return (itertools.count, *map(int, filter(None, said.groups()))) if said else ()
    return ()


def _is_own(kind: Any, file: str) -> bool:
    """Say whether a class was made in the module of a file."""
    module = sys.modules.get(plain(namespace(kind).get("__module__")))
    return type(module) is ModuleType and module.__dict__.get("__file__") == file


def _attributes(value: object) -> Mapping[str, object]:
    if issubclass(type(value), type):
        return namespace(value)  # type: ignore[no-any-return]
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
