"""Targets that lie about themselves and raise when they are looked at. `test_hostile_targets` judges them all.

Each does as one should, so each must be judged as such; or it fails, and then that is told.
"""

# They break what a type promises: that is the point.
# mypy: disable-error-code="misc, override, assignment"

from __future__ import annotations

import asyncio
import functools
import types
from typing import Any, NoReturn


async def good(task: Any) -> None:
    if not task.done():
        task.cancel()
        await asyncio.wait([task])


class _RaisesWhenAsked:
    def __getattr__(self, name: str) -> NoReturn:
        raise OSError(name)

    async def __call__(self, task: Any) -> None:
        await good(task)


class _RaisesAlways(_RaisesWhenAsked):
    def __getattribute__(self, name: str) -> NoReturn:
        raise OSError(name)


class _SaysThatItIsAFunction(_RaisesWhenAsked):
    __class__ = types.FunctionType


class _HasNoClass(_RaisesWhenAsked):
    @property
    def __class__(self) -> NoReturn:
        raise OSError


class _HidesItsNames(type):
    def __getattribute__(cls, name: str) -> Any:
        if name in {"__dict__", "__module__", "__mro__", "__name__", "__qualname__"}:
            raise OSError(name)
        return super().__getattribute__(name)


class _OfAnOddClass(metaclass=_HidesItsNames):
    async def __call__(self, task: Any) -> None:
        await good(task)


class _Signed:
    @property
    def __signature__(self) -> NoReturn:
        raise OSError

    async def __call__(self, task: Any) -> None:
        await good(task)


class _OddlySigned:
    __signature__ = 7

    async def __call__(self, task: Any) -> None:
        await good(task)


raises_when_asked = _RaisesWhenAsked()
raises_always = _RaisesAlways()
says_that_it_is_a_function = _SaysThatItIsAFunction()
has_no_class = _HasNoClass()
of_an_odd_class = _OfAnOddClass()
signed = _Signed()
oddly_signed = _OddlySigned()
part_of_a_part = functools.partial(functools.partial(_RaisesWhenAsked()))


async def wraps_itself(task: Any) -> None:
    await good(task)


async def wraps_nothing(task: Any) -> None:
    await good(task)


async def of_no_module(task: Any) -> None:
    await good(task)


class _Text(str):
    __slots__ = ()

    def __str__(self) -> NoReturn:
        raise OSError

    __format__ = __repr__ = split = __str__


async def of_an_odd_module(task: Any) -> None:
    await good(task)


wraps_itself.__wrapped__ = wraps_itself  # type: ignore[attr-defined]
wraps_nothing.__wrapped__ = 7  # type: ignore[attr-defined]
of_no_module.__module__ = None
of_an_odd_module.__module__ = of_an_odd_module.__qualname__ = _Text("odd")


def _hidden(_thing: object) -> NoReturn:
    raise OSError


_Nameless: Any = type("_Nameless", (type,), {"__name__": property(_hidden), "__module__": property(_hidden)})
_NamelessError: Any = _Nameless("_NamelessError", (Exception,), {})


class _MuteError(Exception):
    def __str__(self) -> NoReturn:
        raise OSError

    __repr__ = __str__


class _HidingError(Exception):
    @property
    def __traceback__(self) -> NoReturn:
        raise OSError

    __class__ = __cause__ = __context__ = __traceback__


class _HidingGroup(BaseExceptionGroup):
    @property
    def exceptions(self) -> NoReturn:
        raise OSError


async def fails_without_a_name(_task: Any) -> None:
    raise _NamelessError


async def fails_without_a_text(_task: Any) -> None:
    raise _MuteError


async def fails_without_a_trace(_task: Any) -> None:
    raise _HidingError


async def fails_with_a_group(_task: Any) -> None:
    told = "of one"
    raise _HidingGroup(told, [ValueError()])


async def fails_with_a_text_that_no_terminal_shows(_task: Any) -> None:
    raise ValueError("\udcff\x1b[31m" + "x" * 1_000_000)


class _Odd:
    def __eq__(self, other: object) -> NoReturn:
        raise OSError

    def __hash__(self) -> NoReturn:
        raise OSError

    __bool__ = __repr__ = __len__ = __hash__


async def returns_something_odd(task: Any) -> _Odd:
    await good(task)
    return _Odd()


async def leaves_nothing_to_write_to(task: Any) -> None:
    import sys  # noqa: PLC0415

    sys.stdout = sys.stderr = None
    sys.modules.pop(__name__, None)
    await good(task)
