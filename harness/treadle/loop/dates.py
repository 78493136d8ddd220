"""Replacements of `date` and `datetime`, for programs: today and now are those of the loop in the calling thread.

They replace the real classes in the namespaces of modules, and create objects of the real classes, so a program never
holds an object of another type. Each is equal to the class that it replaces, and accepts its instances and subclasses;
only `is` tells the two apart. If no loop of Treadle runs, they do what the real ones do.
"""

from __future__ import annotations

import datetime as dt
from asyncio import events

from treadle.loop.clock import EPOCH, ThreadTime
from treadle.loop.loop import Loop

_DATE = dt.date
_DATETIME = dt.datetime


def _now() -> float | None:
    """Return the seconds since 1970 by the loop's clock; None for the real clock."""
    loop: object = events._get_running_loop() or ThreadTime.current
    return EPOCH + loop._time if isinstance(loop, Loop | ThreadTime) else None


class _StandsFor(type):
    """The metaclass of classes that replace their base; a subclass that a program derives is an ordinary class."""

    def __call__(cls, *arguments: object, **options: object) -> object:
        base = _real(cls)
        return super().__call__(*arguments, **options) if base is None else base(*arguments, **options)

    def __instancecheck__(cls, instance: object) -> bool:
        base = _real(cls)
        return super().__instancecheck__(instance) if base is None else isinstance(instance, base)

    def __subclasscheck__(cls, subclass: type) -> bool:
        base = _real(cls)
        return super().__subclasscheck__(subclass) if base is None else issubclass(subclass, base)

    def __eq__(cls, other: object) -> bool:
        return other is cls or (other is not None and other is _real(cls))

    def __hash__(cls) -> int:
        return type.__hash__(_real(cls) or cls)


def _real(kind: type) -> type | None:
    """Return the class that this one replaces; None if it replaces none."""
    base = kind.__base__
    return base if base is _DATE or base is _DATETIME else None


class Date(dt.date, metaclass=_StandsFor):
    """Replaces `datetime.date`."""

    @classmethod
    def today(cls) -> dt.date:  # type: ignore[override]  # it makes objects of the real class
        """Return the date by the loop's clock."""
        now = _now()
        return _DATE.today() if now is None else _DATE.fromtimestamp(now)


class DateTime(dt.datetime, metaclass=_StandsFor):
    """Replaces `datetime.datetime`."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
        """Return the time by the loop's clock."""
        now = _now()
        return _DATETIME.now(tz) if now is None else _DATETIME.fromtimestamp(now, tz)

    @classmethod
    def today(cls) -> dt.datetime:  # type: ignore[override]
        """Return the same as `now()`."""
        return cls.now()

    @classmethod
    def utcnow(cls) -> dt.datetime:  # type: ignore[override]
        """Return it in UTC, without a time zone."""
        return cls.now(dt.UTC).replace(tzinfo=None)


DATES: tuple[tuple[type, type], ...] = ((_DATE, Date), (_DATETIME, DateTime))
"""The classes, each with its replacement."""

for _for, _stands in DATES:
    _stands.__name__, _stands.__qualname__, _stands.__module__ = _for.__name__, _for.__qualname__, _for.__module__
