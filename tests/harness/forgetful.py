"""Programs that keep which of two answers came last in one place each, and look at it when all else is over.

Whoever identifies states and leaves out that place takes two states for one: what follows differs, and nothing before.
"""

from __future__ import annotations

import asyncio
import contextlib
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from treadle.programs import Env

FIRST, SECOND = "the first answer", "the second answer"

LAST: ContextVar[str] = ContextVar("last")
last = ""


class Note:
    text = ""


async def _note(answer: asyncio.Future[None], note: Callable[[str], object], name: str) -> None:
    await answer
    note(name)


async def _wait(answer: asyncio.Future[None]) -> None:
    await answer


async def _last_of_two(env: Env) -> str:
    answers: list[str] = []
    await asyncio.gather(
        _note(env.future("a"), answers.append, FIRST),
        _note(env.future("b"), answers.append, SECOND),
    )
    return answers.pop()


async def _three_others(env: Env) -> None:
    await asyncio.gather(*(_wait(env.future(f"n{number}")) for number in range(3)))


async def in_a_local_name(env: Env) -> None:
    kept = await _last_of_two(env)
    await _three_others(env)
    assert kept == FIRST


async def in_a_global_name(env: Env) -> None:
    global last  # noqa: PLW0603 - that is what it is about
    last = ""
    last = await _last_of_two(env)
    await _three_others(env)
    assert last == FIRST


async def in_an_attribute(env: Env) -> None:
    note = Note()
    note.text = await _last_of_two(env)
    await _three_others(env)
    assert note.text == FIRST


async def in_an_exception(env: Env) -> None:
    error = LookupError(await _last_of_two(env))
    await _three_others(env)
    assert error.args == (FIRST,)


async def in_a_callback(env: Env) -> None:
    heard: list[str] = []
    end = asyncio.get_running_loop().create_future()
    end.add_done_callback(partial(_hear, heard, await _last_of_two(env)))
    await _three_others(env)
    end.set_result(None)
    await asyncio.sleep(0)
    assert heard == [FIRST]


def _hear(heard: list[str], text: str, _future: object) -> None:
    heard.append(text)


async def in_a_result(env: Env) -> None:
    end = asyncio.get_running_loop().create_future()
    end.set_result(await _last_of_two(env))
    await _three_others(env)
    assert end.result() == FIRST


async def in_the_context(env: Env) -> None:
    LAST.set(await _last_of_two(env))
    await _three_others(env)
    assert LAST.get() == FIRST


async def in_a_generator(env: Env) -> None:
    generator = _generate(await _last_of_two(env))
    next(generator)
    await _three_others(env)
    assert next(generator) == FIRST


def _generate(text: str) -> Generator[str]:
    yield ""
    yield text


async def in_the_queue_of_the_loop(env: Env) -> None:
    heard: list[str] = []
    loop = asyncio.get_running_loop()
    first = await _last_of_two(env)
    for text in (first, FIRST if first == SECOND else SECOND):
        loop.call_soon(heard.append, text)
    del first, text
    await _three_others(env)
    assert heard == [FIRST, SECOND]


async def in_where_it_stands(env: Env) -> None:
    if await _last_of_two(env) == FIRST:
        await _three_others(env)
        right = True
    else:
        await _three_others(env)
        right = False
    assert right


async def in_the_time(env: Env) -> None:
    began = asyncio.get_running_loop().time()
    await asyncio.sleep(1 if await _last_of_two(env) == FIRST else 2)
    await _three_others(env)
    assert asyncio.get_running_loop().time() == began + 1


kept: list[str] = []


async def in_a_list_that_grows(env: Env) -> None:
    kept.extend(["an answer"] * 4)
    await asyncio.gather(*(_wait(env.future(f"n{number}")) for number in range(4)))
    assert kept


async def in_a_list_that_is_cleared(env: Env) -> None:
    kept.clear()
    await in_a_list_that_grows(env)


async def reads_how_often_it_was_cancelled(task: asyncio.Task[None]) -> None:
    """Be a target whose end depends on how many requests the dependency has had."""
    while not task.done():
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([task])
    if task.cancelling() > 1:
        raise LookupError
