"""Say what foreign objects are, in one line, whatever their own methods do.

An exception's `__str__` may raise, a class may have a metaclass that lies about its name, a text may have a million
characters or such as no terminal can show. What is said here also ends up in documents that must be the same from run
to run, so addresses are left out.
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


def printable(text: str) -> str:
    r"""Return a text on one line, with an escape as `\n` or `\x1b` for each character that is not to be shown as such.

    That is all by which a name could do more on a terminal than be read: control characters, ends of lines, characters
    that change the direction of others or have no width, halves of surrogate pairs.
    """
    if str.isprintable(text):
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def printable_lines(text: str) -> str:
    """Return a text of several lines in the same way: it may have ends of lines and tabs, and nothing else of that."""
    return "".join(each if each.isprintable() or each in "\n\t" else printable(each) for each in text)


def quoted(text: str) -> str:
    r"""Return a text as a word of a command: pasted into a shell it is this text again, and nothing of it runs.

    What cannot be printed is written as bash, zsh and ksh read it: `$'a\nb'`.
    """
    if text.isprintable():
        return shlex.quote(text)
    told = "".join(map(_escaped, text))
    return f"$'{told}'"


def json_told(value: object, *, indent: int | None = None) -> str:
    """Return JSON for people, too: letters of any language as they are, and what is not to be shown as an escape."""
    told = json.dumps(value, ensure_ascii=False, indent=indent)
    if told.isprintable():
        return told
    return "".join(each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in told)


def _escaped(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if character.isprintable():
        return character
    # A file name that is no text has halves of surrogate pairs for its bytes; others are of no file.
    how = "surrogateescape" if "\udc80" <= character <= "\udcff" else "surrogatepass"
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", how))  # three digits, which end by themselves


def places_of(error: BaseException) -> list[tuple[str, int]]:
    """Return the files and lines that an exception came through, the outermost first."""
    places = []
    trace: TracebackType | None = _traceback_of(error)
    while trace is not None:
        places.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    return places
