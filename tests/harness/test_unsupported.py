"""What the loop refuses, it names, with who makes such a call and the way out."""

from __future__ import annotations

import asyncio
import inspect
import threading
from typing import TYPE_CHECKING

import pytest

from treadle.errors import UnsupportedError
from treadle.loop import Loop
from treadle.loop.unsupported import _CALLS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


@pytest.mark.parametrize("call", _CALLS)
def test_a_refused_call_is_named_with_what_is_missing_and_the_way_out(call: str) -> None:
    loop = Loop()
    with pytest.raises(UnsupportedError) as refused:
        getattr(loop, call)()
    (what, way_out), used_by = _CALLS[call]
    assert str(refused.value).startswith(f"loop.{call}()")
    assert f"Treadle's loop is deterministic and has no {what}. {way_out}" in str(refused.value)
    assert (f"(which {used_by} uses)" in str(refused.value)) == bool(used_by)
    assert getattr(loop, call).__name__ == call


def test_nothing_that_a_loop_can_be_asked_for_is_left_unanswered() -> None:
    """A method that asyncio's abstract loop has and ours does not would raise NotImplementedError without a word."""
    unanswered = [
        name
        for name, method in inspect.getmembers(asyncio.AbstractEventLoop, inspect.isfunction)
        if not name.startswith("__") and getattr(Loop, name) is method
    ]
    assert [name for name in unanswered if name != "_timer_handle_cancelled"] == []


@pytest.mark.parametrize(
    ("start", "names"),
    [
        (lambda: asyncio.to_thread(print), ["loop.run_in_executor()", "asyncio.to_thread", "threads"]),
        (lambda: asyncio.open_connection("localhost", 1), ["asyncio.open_connection", "real I/O"]),
        (lambda: asyncio.start_server(print, port=1), ["loop.create_server()", "asyncio.start_server"]),
        (lambda: asyncio.create_subprocess_exec("true"), ["loop.subprocess_exec()", "subprocesses"]),
        (lambda: asyncio.create_subprocess_shell("true"), ["loop.subprocess_shell()", "subprocesses"]),
    ],
    ids=["to_thread", "open_connection", "start_server", "create_subprocess_exec", "create_subprocess_shell"],
)
def test_what_a_program_usually_calls_is_named_too(start: Callable[[], Awaitable[object]], names: list[str]) -> None:
    async def main() -> object:
        return await start()

    with pytest.raises(UnsupportedError) as refused:
        Loop().run_until_complete(main())
    for name in names:
        assert name in str(refused.value)


def test_a_refusal_that_the_program_swallows_is_remembered() -> None:
    async def main() -> str:
        for call in (asyncio.to_thread(print), asyncio.create_subprocess_exec("true")):
            try:
                await call
            except Exception:  # noqa: BLE001, S112 - as programs do
                continue
        return "nothing happened"

    loop = Loop()
    assert loop.run_until_complete(main()) == "nothing happened"
    assert str(loop.unsupported).startswith("loop.run_in_executor()")


def test_a_call_from_another_thread_is_refused_there() -> None:
    refused: list[str] = []

    def elsewhere(loop: Loop) -> None:
        try:
            loop.call_soon_threadsafe(pytest.fail)
        except UnsupportedError as error:
            refused.append(str(error))

    async def main(log: list[str]) -> None:
        loop = asyncio.get_running_loop()
        thread = threading.Thread(target=elsewhere, args=(loop,))
        thread.start()
        thread.join()
        loop.call_soon_threadsafe(log.append, "from its own thread")
        await asyncio.sleep(0)

    log: list[str] = []
    Loop().run_until_complete(main(log))
    assert log == ["from its own thread"]
    (message,) = refused
    assert message == (
        "loop.call_soon_threadsafe(): Treadle's loop is deterministic and has no other threads. "
        "Keep the program under test in one thread."
    )
