"""The classes `date` and `datetime`, for programs: today and now are those of the loop that runs in the calling thread.

They stand where a module has the names of the real ones, and make objects of the real ones: nothing that a program
holds is of another type. Each says that it is equal to the class that it stands for, and knows its objects and its
subclasses; only by `is` it is another. Where no loop of Treadle's runs they do what the real ones do.
"""

from __future__ import annotations

import datetime as dt
from asyncio import events

from treadle.loop.clock import EPOCH, ThreadTime
from treadle.loop.loop import Loop

_DATE = dt.date
_DATETIME = dt.datetime


def _now() -> float | None:
    """Return the seconds since 1970 that the loop shows; None for the real clock."""
    loop: object = events._get_running_loop() or ThreadTime.current
    return EPOCH + loop._time if isinstance(loop, Loop | ThreadTime) else None


class _StandsFor(type):
    """The class of a class that stands for its base; a subclass of that, which a program makes, is one as any other."""

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
    """Return the class that one stands for; None where it stands for itself."""
    base = kind.__base__
    return base if base is _DATE or base is _DATETIME else None


class Date(dt.date, metaclass=_StandsFor):
    """Stands for `datetime.date`."""

    @classmethod
    def today(cls) -> dt.date:  # type: ignore[override]  # it makes objects of the real class
        """Return the day that the loop shows."""
        now = _now()
        return _DATE.today() if now is None else _DATE.fromtimestamp(now)


class DateTime(dt.datetime, metaclass=_StandsFor):
    """Stands for `datetime.datetime`."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
        """Return the moment that the loop shows."""
        now = _now()
        return _DATETIME.now(tz) if now is None else _DATETIME.fromtimestamp(now, tz)

    @classmethod
    def today(cls) -> dt.datetime:  # type: ignore[override]
        """Return the same."""
        return cls.now()

    @classmethod
    def utcnow(cls) -> dt.datetime:  # type: ignore[override]
        """Return it in UTC, without saying so."""
        return cls.now(dt.UTC).replace(tzinfo=None)


DATES: tuple[tuple[type, type], ...] = ((_DATE, Date), (_DATETIME, DateTime))
"""The classes, each with what takes its place."""

for _for, _stands in DATES:
    _stands.__name__, _stands.__qualname__, _stands.__module__ = _for.__name__, _for.__qualname__, _for.__module__
