"""Find out what a program keeps from one execution to the next, to say why two runs under one schedule differ.

What the modules of the program's own hold is summed up before the first execution and before the second: plain values,
how many entries a container has, which object a name stands for; of classes and instances their attributes, too. What
differs was kept. Nothing of the program is called, and what cannot be summed up is left out: this only names a cause.

Plain values, small containers of them and what a function remembers can be set back to what the first execution found.
"""

from __future__ import annotations

import functools
import sys
from collections import OrderedDict, defaultdict, deque
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from treadle.programs.telling import plain
from treadle.trace import name_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Found = tuple[str, Any, tuple[object, ...]]  # what it is, a number or value, and what it holds
    Summary = dict[tuple[str, str], Found]

_PLAIN = (int, float, complex, str, bytes, bool, type(None))
_CONTAINERS = (dict, list, set, bytearray, OrderedDict, defaultdict, deque)
_ABSENT: Found = ("absent", None, ())
_ONE = {"entries": "entry", "remembered calls": "remembered call"}
_SMALL = 64  # of a container with no more entries than this the plain ones are looked at
_MOST = 3  # names that are told
_LONGEST = 40  # of a value that is told
_DEEPEST = 3


class _Place(NamedTuple):
    """Where a value stands: in a file, under a dotted name; what holds it, and its name there."""

    file: str
    name: str
    holder: Any
    key: str
    value: Any


def sum_up(shows: Callable[[str], bool]) -> Summary:
    """Sum up what is kept in the modules whose files are the program's own, by the file and the name."""
    return {(place.file, place.name): _find(place.value) for place in _places(shows)}


def set_back(summary: Summary, shows: Callable[[str], bool]) -> Callable[[], None]:
    """Set back what differs from a summary and can be: the values themselves, and what containers held.

    Returns what puts everything in its place again, but for what functions remember.
    """
    put_again: list[tuple[_Place, tuple[Any, ...]]] = []
    for place in list(_places(shows)):
        was = summary.get((place.file, place.name), _ABSENT)
        if repr(was) != repr(_find(place.value)) and _can_be_set_back(place, was):
            put_again.append((place, _contents(place.value)))
            _set_back(place, was)

    def put_all_again() -> None:
        for place, contents in put_again:
            _put(place, place.value)
            if type(place.value) in _CONTAINERS:
                _fill(place.value, contents)

    return put_all_again


def _can_be_set_back(place: _Place, was: Found) -> bool:
    what, value, held = was
    if what == "entries":
        return len(held) == value and type(place.value) in _CONTAINERS
    if what == "remembered calls":
        return not value
    return what == "value" or (what == "absent" and type(place.holder) is dict)


def _set_back(place: _Place, was: Found) -> None:
    what, value, held = was
    if what == "value":
        _put(place, value)
    elif what == "entries":
        _fill(place.value, held)
    elif what == "absent":
        del place.holder[place.key]
    else:
        place.value.cache_clear()


def _contents(value: Any) -> tuple[Any, ...]:
    return tuple(value.items() if isinstance(value, dict) else value) if type(value) in _CONTAINERS else ()


def _put(place: _Place, value: object) -> None:
    if type(place.holder) is dict:
        place.holder[place.key] = value
    else:
        type.__setattr__(place.holder, place.key, value)


def _fill(container: Any, held: tuple[Any, ...]) -> None:
    container.clear()
    if isinstance(container, dict | set):
        container.update(held)
    else:
        container.extend(held)


def _places(shows: Callable[[str], bool]) -> Iterator[_Place]:
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("treadle_models"):
            continue
        file = module.__dict__.get("__file__") if type(module) is ModuleType else None
        if type(file) is str and shows(file):
            for name, value in _entries(module.__dict__):
                if not name.startswith("__"):
                    yield from _reach(_Place(file, name, module.__dict__, name, value), _DEEPEST)


def _reach(place: _Place, deep: int) -> Iterator[_Place]:
    """Give a place, and those of the attributes of what stands there."""
    file, name, _, _, value = place
    if type(value) is functools._lru_cache_wrapper:
        yield place._replace(name=f"{name}()")
        return
    yield place
    kind = type(value)
    if kind in _PLAIN or kind in _CONTAINERS or not deep:
        return
    is_class = issubclass(kind, type)
    if kind is FunctionType or _is_own(value if is_class else kind, file):
        attributes = _attributes(value)
        for attribute, inner in _entries(attributes):
            if not attribute.startswith("__"):
                holder = value if is_class else attributes
                yield from _reach(_Place(file, f"{name}.{attribute}", holder, attribute, inner), deep - 1)


def _find(value: Any) -> Found:
    """Sum up one value. What a container holds is kept if that is little, and plain."""
    kind = type(value)
    if kind in _PLAIN:
        return "value", value, ()
    if kind in _CONTAINERS:
        held = _contents(value) if len(value) <= _SMALL else ()
        plain_ones = tuple(each for each in held if type(each) in _PLAIN or _is_plain_pair(each))
        return "entries", len(value), plain_ones
    if kind is functools._lru_cache_wrapper:
        return "remembered calls", value.cache_info().currsize, ()
    return "object", None, (id(value),)


def _is_plain_pair(entry: object) -> bool:
    return type(entry) is tuple and all(type(each) in _PLAIN for each in entry)


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
    if what == "object":
        return "was an object"
    if what == "value":
        return f"was {repr(value)[:_LONGEST]}"
    return f"had {value:,} {_ONE[what] if value == 1 else what}"
