"""Today and now are those of the loop, whoever names the classes and however; and they are classes as they were."""

# ruff: noqa: DTZ001, DTZ002, DTZ003, DTZ005, DTZ007, DTZ011, ICN001 - what is said without a zone is what this is about

from __future__ import annotations

import asyncio
import datetime
from datetime import date, timedelta
from datetime import datetime as moment
from typing import TYPE_CHECKING

from treadle.fingerprint import why_unsupported
from treadle.loop.clock import EPOCH
from treadle.programs import explore
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from treadle import Env

REAL = moment
BEFORE = moment(2020, 1, 1)


class Mine(moment):
    """A class that a program has made before."""


async def waits(env: Env) -> None:
    began, day, there = moment.now(), date.today(), datetime.datetime.now(datetime.UTC)
    assert there.timestamp() >= EPOCH
    assert moment.utcnow() == there.replace(tzinfo=None)
    await asyncio.gather(asyncio.sleep(10), env.future("a"), env.future("b"))
    assert moment.now() - began == moment.today() - began == timedelta(seconds=10)
    assert datetime.datetime.now(datetime.UTC) - there == timedelta(seconds=10)
    await asyncio.sleep(2 * 86_400)
    assert date.today() - day == timedelta(days=2)


async def asks_for_types(env: Env) -> None:
    class Late(moment):
        pass

    now = moment(2020, 1, 1)
    assert now == BEFORE == moment.fromisoformat("2020-01-01") == moment.strptime("2020", "%Y")
    assert moment.combine(date(2020, 1, 1), datetime.time()) == now
    assert type(now) == moment  # noqa: E721 - people say so
    assert type(now) in {moment, date}
    assert {type(BEFORE): 1}[type(now)] == 1
    assert isinstance(now, moment)
    assert isinstance(now, date)
    assert isinstance(Mine(2020, 1, 1), moment)
    assert isinstance(Late(2020, 1, 1), moment)
    assert not isinstance(date(2020, 1, 1), moment)
    assert not isinstance(now, Late)
    assert type(Late(2020, 1, 1)) is Late
    assert issubclass(Mine, moment)
    assert issubclass(moment, date)
    assert repr(moment) == repr(type(BEFORE))
    match now:
        case moment():
            pass
        case _:
            raise AssertionError
    await env.future()


def test_dates_are_those_of_the_loop() -> None:
    explored = explore(waits)
    assert explored.verdict is Verdict.HOLDS, str(explored)
    assert explored.schedules > 1
    assert not explored.opaque or why_unsupported()


def test_classes_of_dates_are_as_they_were() -> None:
    explored = explore(asks_for_types)
    assert explored.verdict is Verdict.HOLDS, str(explored)


def test_the_classes_are_given_back() -> None:
    explore(waits, events=0)
    assert moment is REAL is datetime.datetime is type(BEFORE)
    assert abs(moment.now() - datetime.datetime.now()) < timedelta(days=1)
    assert moment.now().timestamp() > EPOCH
