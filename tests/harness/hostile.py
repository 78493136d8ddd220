"""Programs whose objects do not want to be asked: each ends in a verdict on the program, and in no error of Treadle's.

`FOUND` says what is found in each: properties, or "misuse".
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle import Env


class RefusalError(ZeroDivisionError):
    """What a hostile object raises."""


class RaisesInStr(Exception):  # noqa: N818 - as the others
    def __str__(self) -> str:
        raise RefusalError

    __repr__ = __str__


class SaysNoText(Exception):  # noqa: N818
    def __str__(self) -> str:
        return 3  # type: ignore[return-value]  # noqa: PLE0307 - that is the point


class _Nameless(type):
    @property
    def __name__(cls) -> str:  # type: ignore[override]
        raise RefusalError

    def __instancecheck__(cls, _found: object) -> bool:
        raise RefusalError


class OfOddType(Exception, metaclass=_Nameless):  # noqa: N818
    """Its class has no name to tell."""


class Text(str):
    """A text with methods of its own."""

    __slots__ = ()

    def __str__(self) -> str:
        return self

    def _refuse(self, *_: object) -> Any:
        raise RefusalError

    splitlines = startswith = __format__ = __eq__ = __add__ = __contains__ = _refuse  # type: ignore[assignment]
    __hash__ = _refuse


class SaysHostileText(Exception):  # noqa: N818
    def __str__(self) -> str:
        return Text("x")


class HidesItsMembers(ExceptionGroup[Exception]):
    @property
    def exceptions(self) -> Any:
        raise RefusalError


class HidesItsTraceback(Exception):  # noqa: N818
    @property
    def __traceback__(self) -> Any:  # type: ignore[override]
        raise RefusalError


class CallsItself(Exception):  # noqa: N818
    def __str__(self) -> str:
        return str(self)


class Liar:
    """Raises whatever it is asked."""

    def _refuse(self, *_: object) -> Any:
        raise RefusalError

    __class__ = property(_refuse)
    __repr__ = __eq__ = __getattr__ = _refuse
    __hash__ = _refuse


class ClaimsToBeATask:
    __class__ = asyncio.Task  # type: ignore[assignment]

    def __repr__(self) -> str:
        raise RefusalError


class Thing(BaseException):
    """Neither an `Exception` nor a cancellation."""


FOUND: dict[Callable[[Env], Any], list[str]] = {}


def finds(*properties: str) -> Callable[[Any], Any]:
    def note(program: Any) -> Any:
        FOUND[program] = list(properties)
        return program

    return note


def _raising(error: Callable[[], BaseException]) -> None:
    async def program(_env: Env) -> None:
        raise error()

    program.__qualname__ = program.__name__ = f"raises_{getattr(error, '__qualname__', 'an_error')}"
    FOUND[program] = ["raises"]


for _kind in (RaisesInStr, SaysNoText, OfOddType, SaysHostileText, HidesItsTraceback, CallsItself, Thing):
    _raising(_kind)


def a_group() -> BaseException:
    return HidesItsMembers("x", [ValueError("y")])


def an_assertion() -> BaseException:
    return AssertionError(Liar())


_raising(a_group)
_raising(an_assertion)
_raising(StopIteration)
_raising(GeneratorExit)
_raising(RecursionError)


@finds("unretrieved")
async def fails_unheard(_env: Env) -> None:
    async def worker() -> None:
        raise RaisesInStr

    await asyncio.wait([asyncio.create_task(worker())])


@finds("swallowed")
async def has_a_result_that_lies(env: Env) -> None:
    async def worker() -> object:
        try:
            return await env.future()
        except asyncio.CancelledError:
            return Liar()

    await asyncio.wait([env.cancellable(asyncio.create_task(worker()))])


@finds("left-running", "left-running")
async def has_hostile_names(env: Env) -> None:
    async def worker() -> None:
        await env.future(Text("reply"), never=True)

    _ = asyncio.create_task(worker(), name=Text("one"))  # noqa: RUF006 - that is the fault
    other = asyncio.create_task(asyncio.Event().wait())
    other.set_name(Text("other"))
    await asyncio.sleep(0)


@finds("always")
async def has_a_predicate_without_a_truth(env: Env) -> None:
    class Condition:
        def __bool__(self) -> bool:
            raise RaisesInStr

    env.always(Condition, Text("it holds"))
    await env.future()


@finds("always")
async def has_a_predicate_that_raises(env: Env) -> None:
    def predicate() -> bool:
        raise Thing

    env.always(predicate, "it holds")
    await env.future()


@finds("reported")
async def acts_and_raises(env: Env) -> None:
    def act() -> None:
        raise RaisesInStr

    env.may(act)
    await env.future()


@finds("raises")
async def acts_and_exits(env: Env) -> None:
    env.may(sys.exit)
    await env.future()


@finds("raises")
async def exits_in_a_callback(env: Env) -> None:
    asyncio.get_running_loop().call_soon(sys.exit)
    await env.future()


@finds("reported")
async def raises_in_a_callback(env: Env) -> None:
    def callback() -> None:
        raise RaisesInStr

    asyncio.get_running_loop().call_soon(callback)
    await env.future()


@finds("reported")
async def raises_in_its_exception_handler(env: Env) -> None:
    def handler(_loop: object, _context: object) -> None:
        raise RaisesInStr

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(handler)
    loop.call_exception_handler({"message": "something"})
    await env.future()


@finds()
async def has_an_exception_handler_of_its_own(env: Env) -> None:
    loop = asyncio.get_running_loop()
    assert loop.get_exception_handler() is None
    loop.set_exception_handler(lambda _loop, _context: None)
    loop.call_exception_handler({"message": "something"})
    await env.future()


@finds("reported")
async def reports_what_lies(env: Env) -> None:
    asyncio.get_running_loop().call_exception_handler({"message": Liar(), "exception": Liar()})
    await env.future()


@finds("raises")
async def has_a_task_factory_that_raises(_env: Env) -> None:
    def factory(_loop: object, coroutine: Any, **_options: object) -> Any:
        coroutine.close()
        raise RaisesInStr

    asyncio.get_running_loop().set_task_factory(factory)
    await asyncio.create_task(asyncio.sleep(1))


@finds("reported")
async def raises_in_a_done_callback(env: Env) -> None:
    def done(_task: object) -> None:
        raise RaisesInStr

    task = asyncio.create_task(asyncio.sleep(0))
    task.add_done_callback(done)
    await task
    await env.future()


@finds("deadlock")
async def waits_for_a_future_without_a_hash(_env: Env) -> None:
    class Future(asyncio.Future[None]):
        def _refuse(self, *_: object) -> Any:
            raise RefusalError

        __eq__ = __repr__ = _refuse
        __hash__ = _refuse

    async def worker() -> None:
        await Future()

    await asyncio.wait([asyncio.create_task(worker())])


@finds("deadlock")
async def waits_below_an_awaitable_of_its_own(env: Env) -> None:
    class Wait:
        def __init__(self) -> None:
            self.future: Any = asyncio.get_running_loop().create_future()

        def __await__(self) -> Any:
            return self

        def __iter__(self) -> Wait:
            return self

        def __next__(self) -> Any:
            self.future._asyncio_future_blocking = True
            return self.future

        def __getattr__(self, name: str) -> Any:
            if name in {"send", "throw", "close"}:  # these are asked for by a task
                raise AttributeError
            raise RefusalError

    async def worker() -> None:
        await Wait()

    task = asyncio.create_task(worker())
    await asyncio.sleep(0)
    _ = env.background(task)
    await asyncio.Event().wait()


@finds("deadlock")
async def waits_for_a_lock_that_lies(_env: Env) -> None:
    class Lock(asyncio.Lock):
        def locked(self) -> bool:
            raise RefusalError

    lock = Lock()
    await lock.acquire()
    await lock.acquire()


@finds("raises")
async def queues_a_callback_that_lies(env: Env) -> None:
    class Callback:
        def __call__(self) -> None:
            """Do nothing."""

        def __getattr__(self, name: str) -> Any:
            raise RefusalError

    asyncio.get_running_loop().call_soon(Callback())
    await env.future()
    raise AssertionError


@finds("raises")
async def declares_a_future_that_raises(env: Env) -> None:
    class Future(asyncio.Future[None]):
        def done(self) -> bool:
            raise RefusalError

    _ = env.cancellable(Future())
    await env.future()


@finds("raises")
async def deletes_its_module(env: Env) -> None:
    module = sys.modules.pop(__name__)
    try:
        await env.future()
    finally:
        sys.modules[__name__] = module
    raise AssertionError


def _misused(name: str, call: Callable[[Env], object]) -> None:
    async def program(env: Env) -> None:
        call(env)

    program.__qualname__ = program.__name__ = name
    FOUND[program] = ["misuse"]


_misused("cancels_what_lies", lambda env: env.cancellable(Liar()))
_misused("cancels_what_claims_to_be_a_task", lambda env: env.cancellable(ClaimsToBeATask()))
_misused("leaves_what_lies", lambda env: env.background(Liar()))
_misused("may_do_what_lies", lambda env: env.may(Liar()))  # type: ignore[arg-type]
_misused("holds_what_lies", lambda env: env.always(Liar(), "x"))  # type: ignore[arg-type]
_misused("cancels_so_often", lambda env: env.cancellable(asyncio.current_task(), times=Liar()))  # type: ignore[arg-type]
_misused("fails_with_what_lies", lambda env: env.future(error=Liar()))  # type: ignore[arg-type]
_misused("fails_with_a_number", lambda env: env.future(error=3))  # type: ignore[arg-type]
