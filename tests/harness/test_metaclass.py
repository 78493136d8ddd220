"""A metaclass may refuse to compare, to hash and to name its classes: nothing of Treadle's asks it, wherever one is."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

import treadle
from treadle.explorer import Limits, enumerate_schedules, visit_states
from treadle.programs import make_source
from treadle.programs.bounds import ProgramBounds
from treadle.programs.world import ProgramWorld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from treadle import Env


class AskedError(ZeroDivisionError):
    """What the metaclass raises."""


REFUSES: list[bool] = []
"""Not empty while a test runs: libraries that are imported later go through all classes of exceptions."""


@pytest.fixture(autouse=True)
def refuses() -> Iterator[None]:
    REFUSES.append(True)
    yield
    REFUSES.clear()


class Refusing(type):
    """Raises whatever it is asked."""

    def _refuse(cls, *_: object) -> Any:
        raise AskedError

    def __hash__(cls) -> int:
        return cls._refuse() if REFUSES else id(cls)

    def __eq__(cls, other: object) -> bool:
        return cls._refuse() if REFUSES else cls is other

    __instancecheck__ = __subclasscheck__ = __repr__ = __bool__ = _refuse
    __name__ = __module__ = __mro__ = __bases__ = property(_refuse)
    __dict__: Any = property(_refuse)  # type: ignore[misc]


class AnswersPython(Refusing):
    """Refuses but where Python itself asks, when an exception of the class is raised or caught."""

    __instancecheck__ = type.__instancecheck__  # type: ignore[assignment]
    __subclasscheck__ = type.__subclasscheck__  # type: ignore[assignment]


class Thing(metaclass=Refusing):
    number = 0

    def __call__(self, *_: object) -> None:
        type.__setattr__(type(self), "number", 1)


class OddError(Exception, metaclass=AnswersPython):
    pass


class OddFuture(asyncio.Future[None], metaclass=Refusing):
    pass


class OddLock(asyncio.Lock, metaclass=Refusing):
    pass


class OddPool(ThreadPoolExecutor, metaclass=Refusing):
    pass


THING = Thing()
HELD: list[Any] = [Thing(), (Thing(),), {"one": Thing()}, OddError()]
BY_NAME = {"one": Thing(), "two": [Thing()]}
PARTIAL = functools.partial(THING, THING)
VARIABLE: contextvars.ContextVar[Thing] = contextvars.ContextVar("VARIABLE", default=THING)

FOUND: dict[Callable[[Env], Any], list[str]] = {}


def finds(*properties: str) -> Callable[[Any], Any]:
    def note(program: Any) -> Any:
        FOUND[program] = list(properties)
        return program

    return note


@finds()
async def keeps_them(env: Env) -> None:
    inside, default = Thing(), functools.partial(PARTIAL, Thing())
    VARIABLE.set(Thing())

    async def worker(own: Thing = inside) -> Thing:
        await env.future()
        HELD[0], BY_NAME["one"] = own, Thing()
        return own

    task = env.cancellable(asyncio.create_task(worker()))
    await asyncio.wait([task])
    default()
    await env.future()
    del inside


@finds()
async def calls_them_back(env: Env) -> None:
    loop = asyncio.get_running_loop()
    for each in (THING, PARTIAL, THING.__call__):
        loop.call_soon(each)
        loop.call_later(1, each)
    task = asyncio.create_task(asyncio.sleep(2))
    task.add_done_callback(THING)
    await task
    await env.future()


@finds("raises")
async def raises_one(env: Env) -> None:
    await env.future()
    raise OddError(THING)


@finds("unretrieved")
async def fails_unheard(env: Env) -> None:
    async def worker() -> None:
        await env.future()
        raise OddError

    await asyncio.wait([asyncio.create_task(worker())])


@finds("raises")
async def is_given_one(env: Env) -> None:
    with contextlib.suppress(OddError):
        await env.future(error=OddError())
    assert await env.future(result=THING) is THING
    raise AssertionError(OddError())


@finds("deadlock")
async def waits_for_one(_env: Env) -> None:
    lock = OddLock()
    await lock.acquire()
    task = asyncio.create_task(lock.acquire())
    await asyncio.sleep(0)
    await asyncio.gather(task, OddFuture())


@finds()
async def runs_in_threads(env: Env) -> None:
    loop = asyncio.get_running_loop()
    with OddPool(1) as pool:
        await loop.run_in_executor(pool, THING)
    await asyncio.to_thread(THING)
    await env.future()


@finds("reported")
async def reports_one(env: Env) -> None:
    asyncio.get_running_loop().call_exception_handler({"message": "x", "exception": OddError(), "thing": THING})
    await env.future()


each_program = pytest.mark.parametrize("program", FOUND, ids=lambda program: program.__name__)


@each_program
@pytest.mark.parametrize("options", [{}, {"random": 10}, {"task": "Py"}], ids=["all", "at random", "Py"])
def test_nothing_is_asked(program: Callable[[Env], Any], options: dict[str, Any]) -> None:
    explored = treadle.explore(program, **options)
    assert "AskedError" not in str(explored)
    assert [str(each.property) for each in explored.violations] == FOUND[program], str(explored)


@each_program
def test_both_searches_find_the_same(program: Callable[[Env], Any]) -> None:
    source, bounds = make_source(program), ProgramBounds(events=2)
    every = enumerate_schedules(ProgramWorld(source, bounds), Limits())
    once = visit_states(ProgramWorld(source, bounds), Limits(), few=0)
    assert (every.schedules, set(every.tallies)) == (once.schedules, set(once.tallies)), (every, once)
