"""Find out how far an iterator has advanced, without calling it, and how to make one that has advanced as far."""

from __future__ import annotations

import gc
import itertools
import re
from types import GeneratorType, WrapperDescriptorType

from treadle.fingerprint.iterators import words_of
from treadle.fingerprint.looking import namespace
from treadle.fingerprint.stack import WORD, UnreadableError
from treadle.programs.contents import PLAIN

_OF_ITERATORS = ("builtins", "itertools", "collections", "_collections")


def is_iterator(kind: type) -> bool:
    """Say whether a type is that of an iterator in C, or of a generator."""
    names = namespace(kind)
    in_c = type(names.get("__next__")) is WrapperDescriptorType and names.get("__module__", "builtins") in _OF_ITERATORS
    return kind is GeneratorType or in_c


def place_of(iterator: object) -> tuple[object, ...]:
    """Return values that change when an iterator advances."""
    if type(iterator) is GeneratorType:
        frame = iterator.gi_frame
        held = gc.get_referents(iterator)
        return (None if frame is None else frame.f_lasti, *(each for each in held if type(each) in PLAIN))
    words = (type(iterator).__basicsize__ - object.__basicsize__) // WORD
    try:
        return words_of(iterator, words)
    except UnreadableError:
        return ()


def made_by(iterator: object) -> tuple[object, ...]:
    """Return a function and its arguments that make an equal iterator, if numbers suffice for that; else nothing."""
    if type(iterator) is type(iter(range(0))):
        _, (numbers,), gone = tuple(iterator.__reduce__())  # before 3.12 all its numbers, and how many are gone
        return iter, numbers[gone or 0 :]
    if type(iterator) is itertools.count:
        said = re.fullmatch(r"count\((-?\d+)(?:, (-?\d+))?\)", repr(iterator))
        return (itertools.count, *map(int, filter(None, said.groups()))) if said else ()
    return ()
