"""Describe foreign objects in one line, whatever their own methods do.

An exception's `__str__` may raise, a class may have a metaclass that lies about its name, a text may have a million
characters, or some that no terminal can show. These descriptions are also part of documents that must be the same from
run to run, so addresses are left out.
"""

from __future__ import annotations

import json
import re
import shlex
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
        text = f"(its text cannot be read: {type_told(another)})"
    return f"{name}: {text}" if text else name


def repr_told(thing: object) -> str:
    """Return the `repr` of an object, or if that raises, the name of its type."""
    try:
        return line_told(repr(thing))
    except BaseException:  # noqa: BLE001 - the program's own, of any kind
        return f"an instance of {type_told(thing)}"


def line_told(text: str) -> str:
    """Return the first line of a text, shortened, without addresses and without unprintable characters."""
    start = str.__getitem__(text, slice(2 * _LONGEST)).strip()  # not by a method that a subclass may have replaced
    first = (start.splitlines() or [""])[0]
    printable = first if first.isprintable() else "".join(each if each.isprintable() else "?" for each in first)
    return _ADDRESS.sub("0x...", printable)[:_LONGEST]


def printable(text: str) -> str:
    r"""Return a text on one line, with an escape such as `\n` or `\x1b` for each unprintable character.

    These are all characters that have an effect on a terminal: control characters, ends of lines, characters that
    change the direction of others or have no width, lone surrogates.
    """
    if str.isprintable(text):
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def printable_lines(text: str) -> str:
    """Return a text of several lines in the same way, but keep its ends of lines and tabs."""
    return "".join(each if each.isprintable() or each in "\n\t" else printable(each) for each in text)


def quoted(text: str) -> str:
    r"""Return a text quoted as one word for a shell, so that nothing in it is executed.

    Unprintable characters are written in the form of bash, zsh and ksh: `$'a\nb'`.
    """
    if text.isprintable():
        return shlex.quote(text)
    told = "".join(map(_escaped, text))
    return f"$'{told}'"


def json_told(value: object, *, indent: int | None = None) -> str:
    """Return readable JSON: letters of any language as they are, and unprintable characters as escapes."""
    told = json.dumps(value, ensure_ascii=False, indent=indent)
    if told.isprintable():
        return told
    return "".join(each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in told)


def _escaped(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if character.isprintable():
        return character
    # Lone surrogates in this range stand for undecodable bytes of file names; others do not come from files.
    how = "surrogateescape" if "\udc80" <= character <= "\udcff" else "surrogatepass"
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", how))  # three digits end by themselves


def places_of(error: BaseException) -> list[tuple[str, int]]:
    """Return the files and lines that an exception came through, the outermost first."""
    places = []
    trace: TracebackType | None = _traceback_of(error)
    while trace is not None:
        places.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    return places
