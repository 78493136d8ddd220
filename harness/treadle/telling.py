"""Say what foreign objects are, in one line, whatever their own methods do.

An exception's `__str__` may raise, a class may have a metaclass that lies about its name, a text may have a million
characters or such as no terminal can show. What is said here also ends up in documents that must be the same from run
to run, so addresses are left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

_LONGEST = 200
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{4,}")
_name_of = type.__dict__["__name__"].__get__
_traceback_of = BaseException.__dict__["__traceback__"].__get__


def type_told(thing: object) -> str:
    """Return the name of an object's type."""
    return line_told(_name_of(type(thing)))


def error_told(error: BaseException) -> str:
    """Return the type of an exception and, if it has one, the first line of its text."""
    name = type_told(error)
    try:
        text = line_told(str(error))
    except BaseException as another:  # noqa: BLE001 - the program's own, of any kind
        text = f"(and its text cannot be had: {type_told(another)})"
    return f"{name}: {text}" if text else name


def repr_told(thing: object) -> str:
    """Return how an object shows itself, or what it is an instance of where it cannot."""
    try:
        return line_told(repr(thing))
    except BaseException:  # noqa: BLE001 - the program's own, of any kind
        return f"an instance of {type_told(thing)}"


def line_told(text: str) -> str:
    """Return the first line of a text, without addresses and without what cannot be printed, cut where it is long."""
    start = str.__getitem__(text, slice(2 * _LONGEST)).strip()  # not by a method that a subclass may have replaced
    first = (start.splitlines() or [""])[0]
    printable = first if first.isprintable() else "".join(each if each.isprintable() else "?" for each in first)
    return _ADDRESS.sub("0x...", printable)[:_LONGEST]


def places_of(error: BaseException) -> list[tuple[str, int]]:
    """Return the files and lines that an exception came through, the outermost first."""
    places = []
    trace: TracebackType | None = _traceback_of(error)
    while trace is not None:
        places.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    return places
