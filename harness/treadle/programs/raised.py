"""Describe an exception by its origin and text, so that faults are distinguished, and each is reported once.

Its origin is the chain of calls that led to it, within its task. So two faults that fail the same assertion, in a
function that both call, are both reported. Two statements on one line are distinguished by their columns. The origin of
an exception with a cause includes that of the cause; the origin of a group is those of its members.
"""

from __future__ import annotations

import asyncio
import functools
import linecache
import re
from dis import opmap
from typing import TYPE_CHECKING, NamedTuple

from treadle.programs.problems import WITH
from treadle.programs.telling import text_of, type_name
from treadle.trace import name_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import CodeType, TracebackType

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{4,}")
_LONGEST = 200
_DEEPEST = 5_000  # frames of a traceback that are looked at
_MOST = 3  # members of a group in a message, levels of nested groups, and causes of causes
_MANY = 20  # members of a group; in a larger one they are not distinguished
_RAISE = opmap["RAISE_VARARGS"]

Part = tuple[int, int]
"""The columns in which a part of a line begins and ends."""


class Frame(NamedTuple):
    """A frame of a traceback. `part` is the statement that raised, if its line has several that may."""

    file: str
    line: int
    function: str
    part: Part | None


class Where(NamedTuple):
    """The program of an exception: `shows` knows its files, `functions` are the names of its tasks' functions."""

    shows: Callable[[str], bool]
    functions: Sequence[str]


def told(where: Where, error: BaseException, deep: int = _MOST) -> tuple[str, str]:
    """Return the origin of an exception, and its text; of a group with one member, those of the member.

    The origin of a group with several members is that of all members, separated by `WITH`.
    """
    group = ""
    while _is_group(error) and len(_members(error)) == 1:
        group = f" (in {type_name(error)})"
        error = _members(error)[0]
    name = type_name(error)
    said = plain_line(text_of(error))
    says = f"{name}{f': {said}' if said else ''}{group}"
    own = _own_frames(where, error)
    place = f", {name_file(own[-1].file)} line {own[-1].line}" if own else ""
    if deep and _is_group(error) and len(_members(error)) <= _MANY:
        members = dict(told(where, each, deep - 1) for each in _members(error))
        more = f"; and {len(members) - _MOST} more" if len(members) > _MOST else ""
        text = "; ".join([*members.values()][:_MOST])
        return WITH.join(sorted(_origins(members))), f"{says}{place}: {text}{more}"
    if not own:
        return name, says
    code = _code(own[-1]) if isinstance(error, AssertionError) and not said else ""
    return f"{name}, {_origin(where, error, own)}", f"{says}{place}{code}"


def _own_frames(where: Where, error: BaseException) -> list[Frame]:
    """Return the frames of an exception that are the program's own code; all frames if there are none."""
    frames = frames_of(error)
    return [frame for frame in frames if where.shows(frame.file)] or frames


def _code(frame: Frame) -> str:
    """Return the code of the line that raised, or of the statement in it."""
    line = linecache.getline(frame.file, frame.line)
    if frame.part is None:
        return f": {line.strip()}" if line.strip() else ""
    part = line.encode()[slice(*frame.part)].decode(errors="replace").strip()
    return f": {part if part.startswith(('assert', 'raise')) else f'assert {part}'}"


def _origin(where: Where, error: BaseException, own: list[Frame]) -> str:
    """Name the lines in the traceback of an exception within its task, and those of its causes."""
    begins = max((index for index, frame in enumerate(own) if frame.function in where.functions), default=0)
    chain = ", ".join(dict.fromkeys(f"{name_file(frame.file)} line {frame.line}" for frame in own[begins:]))
    causes = [f"{type_name(each)} at {_place(where, each)}" for each in _causes(error)]
    return " from ".join([f"{chain}{_column(own[-1])}", *causes])


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the causes of an exception, without cancellations: those have one cause, wherever they arrive."""
    for _ in range(_MOST):
        cause: BaseException | None = BaseException.__dict__["__cause__"].__get__(error)
        if cause is None or issubclass(type(cause), asyncio.CancelledError):
            return
        yield cause
        error = cause


def _place(where: Where, error: BaseException) -> str:
    own = _own_frames(where, error)
    if not own:
        return "no line"
    return f"{name_file(own[-1].file)} line {own[-1].line}{_column(own[-1])}"


def _column(frame: Frame) -> str:
    return "" if frame.part is None else f" column {frame.part[0] + 1}"


def _origins(members: dict[str, str]) -> set[str]:
    return {each for about in members for each in about.split(WITH)}


def _is_group(error: BaseException) -> bool:
    return issubclass(type(error), BaseExceptionGroup)


def _members(group: BaseException) -> tuple[BaseException, ...]:
    """Return the members of a group, without calling a method of the program's own class."""
    members: tuple[BaseException, ...] = BaseExceptionGroup.exceptions.__get__(group)
    return members


def frames_of(error: BaseException) -> list[Frame]:
    """Return the frames of an exception's traceback, the innermost last."""
    trace: TracebackType | None = BaseException.__dict__["__traceback__"].__get__(error)
    frames: list[Frame] = []
    while trace is not None and len(frames) < _DEEPEST:
        code = trace.tb_frame.f_code
        part = None if trace.tb_next is not None else _parts(code).get(trace.tb_lasti // 2)
        frames.append(Frame(code.co_filename, trace.tb_lineno or 0, code.co_name, part))
        trace = trace.tb_next
    return frames


@functools.lru_cache(64)
def _parts(code: CodeType) -> dict[int, Part]:
    """Return the statements that raise, by instruction, for lines that have several of them."""
    by_line: dict[int, dict[int, Part]] = {}
    for index, (line, last, begin, end) in enumerate(code.co_positions()):
        if code.co_code[2 * index] == _RAISE and line is not None and begin is not None and end is not None:
            by_line.setdefault(line, {})[index] = begin, end if last == line else begin
    return {index: part for parts in by_line.values() if len({*parts.values()}) > 1 for index, part in parts.items()}


def plain_line(text: str) -> str:
    """Return the first line of a text, without addresses, which differ from run to run."""
    return _ADDRESS.sub("0x...", (text.splitlines() or [""])[0])[:_LONGEST]
