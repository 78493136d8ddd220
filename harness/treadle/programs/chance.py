"""Find out what may make two runs of a program differ: clocks, chance, sets of objects that hash to their addresses.

The program is run once more with a profile function, which notes the C functions that it calls, and looks at the local
variables of its own functions, and what they hold, as they return. That is slow, so it is done only after two runs have
differed. A set that no variable holds is not seen, as in `for each in {one, two}`. So it is also noted where code makes
sets, whatever their members are.
"""

from __future__ import annotations

import dis
import functools
import itertools
import math
import sys
from typing import TYPE_CHECKING, TypeVar

from treadle.fingerprint.looking import is_kind_of, mro
from treadle.inspecting import Kinds
from treadle.programs.contents import hashes_to_address
from treadle.programs.telling import plain, type_name_of
from treadle.trace import name_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType

T = TypeVar("T")

_SETS = Kinds(set, frozenset)

_CLOCKS = (
    "time",
    "time_ns",
    "monotonic",
    "monotonic_ns",
    "perf_counter",
    "perf_counter_ns",
    "process_time",
    "localtime",
)
_CALLS = {
    **{("time", name): f"time.{name}()" for name in _CLOCKS},
    ("posix", "urandom"): "os.urandom()",
    ("nt", "urandom"): "os.urandom()",
    ("posix", "getpid"): "os.getpid()",
    ("builtins", "id"): "id()",
    ("_uuid", "generate_time_safe"): "uuid.uuid1()",
    ("gc", "collect"): "gc.collect()",
}
_METHODS = {
    ("datetime", "now"): "datetime.now()",
    ("datetime", "utcnow"): "datetime.utcnow()",
    ("date", "today"): "date.today()",
}
_SET = "the set "
_RANDOM = ("random", "getrandbits", "seed")
_MOST = 3
_DEEPEST = 2  # attributes and entries between a local name and a set
_SMALL = 32  # entries or attributes that are looked at
_MANY = 100_000  # calls and returns, after which the search for a set is given up


def find_chance(run: Callable[[], object], shows: Callable[[str], bool]) -> list[str]:
    """Run a program once, and name the sources of chance that it has used, and where; at most `_MOST`."""
    _, found, made = _find(run, shows)
    return list((found or made).values())[:_MOST]


def look_for_sets(run: Callable[[], T], shows: Callable[[str], bool]) -> tuple[T, bool]:
    """Run a program once; also return whether it may have a set whose order depends on addresses.

    Of a long execution only the beginning is looked at.
    """
    result, found, made = _find(run, shows, _MANY)
    return result, bool(made) or any(what.startswith(_SET) for what in found)


def _find(
    run: Callable[[], T], shows: Callable[[str], bool], most: float = math.inf
) -> tuple[T, dict[str, str], dict[str, str]]:
    """Run a program and watch its first `most` calls and returns; find nothing if another profiler is active.

    Return also what was seen, and where sets are made that may never be seen.
    """
    found: dict[str, str] = {}
    made: dict[str, str] = {}
    heard = itertools.count()

    def look(frame: FrameType, event: str, argument: object) -> None:
        if next(heard) >= most:
            sys.setprofile(None)
        elif event == "c_call":
            call = _name(argument)
            place = _place(frame, shows) if call and call not in found else ""
            if place:
                found[call] = f"{call} is called at {place}"
        elif event == "call" and shows(frame.f_code.co_filename):
            made.update(_sets_made_in(frame.f_code))
        elif event == "return" and shows(frame.f_code.co_filename):
            for name in (each for pair in list(frame.f_locals.items()) for each in _unstable_in(*pair)):
                what = f"{_SET}`{name}`"
                if what not in found:
                    where = f"{name_file(frame.f_code.co_filename)} line {frame.f_lineno}"
                    found[what] = f"{what} at {where} has no order: its members hash to their addresses"

    if sys.getprofile() is not None:
        return run(), found, made
    sys.setprofile(look)
    try:
        return run(), found, made
    finally:
        sys.setprofile(None)


@functools.lru_cache(maxsize=1_000)
def _sets_made_in(code: CodeType) -> dict[str, str]:
    """Name the lines in which a function makes sets of several members, or may do so."""
    made: dict[str, str] = {}
    line = code.co_firstlineno
    for each in dis.get_instructions(code):
        line = (each.positions and each.positions.lineno) or line
        makes = each.opname in ("SET_ADD", "SET_UPDATE") or (each.opname == "BUILD_SET" and (each.arg or 0) > 1)
        calls = each.opname in ("LOAD_GLOBAL", "LOAD_NAME") and each.argval in ("set", "frozenset")
        if makes or calls:
            where = f"{name_file(code.co_filename)} line {line}"
            made[where] = f"the set that is made at {where} may have no order"
    return made


def _name(function: object) -> str:
    """Name a C function, if it may return something else in another run; else an empty text."""
    name = plain(getattr(function, "__name__", ""))
    owner = getattr(function, "__self__", None)
    if issubclass(type(owner), type):
        return _METHODS.get((type_name_of(owner), name), "")  # type: ignore[arg-type]
    if name in _RANDOM and any(type_name_of(each) == "Random" for each in mro(type(owner))):
        return "random"
    module = plain(getattr(function, "__module__", "")) or plain(getattr(owner, "__name__", ""))
    return _CALLS.get((module, name), "")


def _place(frame: FrameType | None, shows: Callable[[str], bool]) -> str:
    """Name the line of the program that a call comes from; empty if none is near."""
    for _ in range(_NEAR):
        if frame is None:
            break
        if shows(frame.f_code.co_filename):
            return f"{name_file(frame.f_code.co_filename)} line {frame.f_lineno}"
        frame = frame.f_back
    return ""


_NEAR = 4  # calls between the program and a function of C: `uuid.uuid4` calls `os.urandom`


def _unstable_in(name: str, value: object, deep: int = _DEEPEST) -> Iterator[str]:
    """Name the sets whose members hash to their addresses, in a value and its entries and attributes."""
    if _is_unstable(value):
        yield name
    if not deep:
        return
    if is_kind_of(value, dict):
        for key, each in list(dict.items(value))[:_SMALL]:
            yield from _unstable_in(f"{name}[{key!r}]" if type(key) is str else f"{name}[...]", each, deep - 1)
    elif not issubclass(type(value), type):
        try:
            attributes = object.__getattribute__(value, "__dict__")
        except AttributeError:
            return
        for key, each in list(attributes.items())[:_SMALL] if type(attributes) is dict else ():
            yield from _unstable_in(f"{name}.{key}", each, deep - 1)


def _is_unstable(value: object) -> bool:
    """Say whether a set has two members that hash to their addresses."""
    if type(value) not in _SETS:
        return False
    return sum(hashes_to_address(type(each)) for each in list(value)) > 1  # type: ignore[call-overload]
