"""Two things that look alike and are not one: where code can tell them apart, so do states.

In each program two of them are handed over in an order that the environment chooses, and with one outcome of many the
program is wrong if the second came first. A search that takes both orders for one state finds nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import decimal
import io
import marshal
import string
import struct
import types
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from treadle.explorer import Limits, enumerate_schedules, quiet, visit_states
from treadle.outside import simulated_surroundings
from treadle.programs import make_source
from treadle.programs.bounds import ProgramBounds
from treadle.programs.world import ProgramWorld
from treadle.schedule import TaskKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle import Env

    IsSecond = Callable[[Any], bool]


def text() -> str:
    """Return a string that is made anew each time."""
    return " ".join(list("abc"))


NAME = "ORDER_OF_ARRIVAL"  # of something that is bound, and looked up, by what comes out of that


class Gone:
    pass


def handles() -> tuple[Any, Any, IsSecond]:
    first, second = (asyncio.get_running_loop().call_soon(int) for _ in range(2))
    for each in (first, second):
        each.cancel()
    return first, second, lambda each: each is second


def references() -> tuple[Any, Any, IsSecond]:
    first, second = weakref.ref(Gone()), weakref.ref(Gone())
    return first, second, lambda each: each == second


def formats() -> tuple[Any, Any, IsSecond]:
    first, second = struct.Struct("i"), struct.Struct("i")
    return first, second, lambda each: each == second


def no_numbers() -> tuple[Any, Any, IsSecond]:
    first, second = decimal.Decimal("nan"), decimal.Decimal("nan")
    return first, second, lambda each: each in [second, 0]


def complex_ones() -> tuple[Any, Any, IsSecond]:
    first, second = complex("nan"), complex("nan")
    return first, second, lambda each: each in [second, 0]


def line_ends() -> tuple[Any, Any, IsSecond]:
    def is_second(each: io.StringIO) -> bool:
        each.write("a\r\n")
        return each.getvalue() == "a\n"

    return io.StringIO(), io.StringIO(newline=None), is_second


def aliases() -> tuple[Any, Any, IsSecond]:
    unpacked: Any = next(iter(tuple[int]))  # type: ignore[call-overload]
    return tuple[int], unpacked, lambda each: repr(each).startswith("*")


def modules() -> tuple[Any, Any, IsSecond]:
    first, second = types.ModuleType("m"), types.ModuleType("m")
    for number, each in enumerate((first, second)):
        each.__class__ = type("M", (types.ModuleType,), {"number": number})
    return first, second, lambda each: each.number == 1


def equal_texts() -> tuple[Any, Any, IsSecond]:
    first, second = text(), text()
    return first, second, lambda each: object.__eq__(each, second) is True


def hashes() -> tuple[Any, Any, IsSecond]:
    first, second = text(), text()
    return first, second, lambda each: object.__hash__(each) == object.__hash__(second)


def shared_texts() -> tuple[Any, Any, IsSecond]:
    first, second = text(), text()
    return first, second, lambda each: len(marshal.dumps([each, second])) < len(marshal.dumps([first, second]))


def names() -> tuple[Any, Any, IsSecond]:
    name = NAME.lower()
    setattr(string, name, [])
    first, second = "first", "second"

    def is_second(_: str) -> bool:
        return bool(getattr(string, name)[0] == "second")

    return first, second, is_second


MADE = (
    *(handles, references, formats, no_numbers, complex_ones, line_ends, aliases, modules, equal_texts, hashes),
    *(shared_texts, names),
)


@pytest.mark.parametrize("make", MADE)
def test_what_code_can_tell_apart_makes_another_state(make: Callable[[], tuple[Any, Any, IsSecond]]) -> None:
    async def program(env: Env) -> None:
        first, second, is_second = make()
        held = {"first": first, "second": second}
        order: list[Any] = []

        async def worker(name: str) -> None:
            await env.future(name)
            order.append(held.pop(name))
            if make is names:
                order.clear()
                getattr(string, NAME.lower()).append(name)
                order.append(None)

        await asyncio.gather(worker("first"), worker("second"))
        with contextlib.suppress(OSError):
            await env.future("a moment", error=OSError)  # in which both orders look the same
        number = env.choose(range(6))
        assert not (number == 4 and is_second(order[0]))

    source = make_source(program)
    bounds = ProgramBounds(events=2)
    with simulated_surroundings(TaskKind.C), quiet():
        every = enumerate_schedules(ProgramWorld(source, bounds), Limits())
        once = visit_states(ProgramWorld(source, bounds), Limits(), few=0, distrust=False)
    assert sum(bool(outcome) for outcome in every.tallies) == 1
    assert not once.opaque
    assert (once.tallies, once.schedules) == (every.tallies, every.schedules)
