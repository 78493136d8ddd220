"""Lock, Semaphore, Condition and Queue, each task cancelled any number of times: how far that is known.

    python unbounded.py SECONDS [LOCK:TASKS ...]

What these primitives do does not depend on `cancelling()`, which none of them reads; so it is taken back with each
request, and the states of a program are finitely many. The bound on events is raised as long as there is time; where
the number of states does not grow any more, more cancellations seem to reach nothing that fewer do not. That is no
proof, as the number of states that a search tells apart depends on the events that are left: the verdict is *unknown*,
with how far the properties hold. For any number of tasks nothing is known either.

Prints one line of JSON for each.
"""

from __future__ import annotations

import asyncio
import json
import platform
import sys
import time
from typing import TYPE_CHECKING, Any

from treadle.programs import Settings, explore_source, make_source
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from treadle import Env

    Program = Callable[[Env], Coroutine[Any, Any, None]]

MOST = 12


class Users:
    """Tasks of a program, each of which may be cancelled any number of times once it has begun."""

    def __init__(self, env: Env) -> None:
        self.env = env
        self.tasks: list[asyncio.Task[None]] = []
        self.requested: set[str] = set()

    def add(self, kind: str, number: int, body: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Add so many tasks, the last of which begins when the environment says so."""
        for each in range(number):
            name = f"{kind} {each}"
            run = self._run(name, body, late=each + 1 == number)
            self.tasks.append(asyncio.create_task(run, name=name))

    async def _run(self, name: str, body: Callable[[], Coroutine[Any, Any, None]], *, late: bool) -> None:
        task = asyncio.current_task()
        assert task is not None
        # From here on its count is 1: since 3.13 a count of 0 would take a request back that is to be delivered.
        task.cancel()
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            self._may_be_cancelled(name, task)
        if late:
            await self.env.future(f"{name} goes")
        await body()

    def _may_be_cancelled(self, name: str, task: asyncio.Task[None]) -> None:
        def cancel() -> None:
            if not task.done():
                self.requested.add(name)
                task.cancel()
                task.uncancel()
                self._may_be_cancelled(name, task)

        self.env.may(cancel, name=f"{name} is cancelled")

    async def see_their_end(self) -> None:
        """Wait for all of them; see that exactly those that were asked to end cancelled did."""
        await asyncio.wait(self.tasks)
        for task in self.tasks:
            if not task.cancelled():
                task.result()
                assert task.get_name() not in self.requested, "lost: a task was cancelled, and did not end cancelled"
            else:
                assert task.get_name() in self.requested, "phantom: a task ended cancelled, and nobody had cancelled it"


def lock(number: int) -> Program:
    """Return so many users of a lock."""

    async def program(env: Env) -> None:
        it = asyncio.Lock()
        await _share(env, it, number, room=1)
        assert not it.locked(), "permits: the lock is taken, and nobody has it"

    return program


def semaphore(number: int) -> Program:
    """Return so many users of a semaphore with one permit less than there are users, but one at least."""

    async def program(env: Env) -> None:
        room = max(1, number - 1)
        it = asyncio.Semaphore(room)
        await _share(env, it, number, room=room)
        for _ in range(room):
            assert not it.locked(), "permits: a permit is taken, and nobody has it"
            await it.acquire()
        assert it.locked(), "permits: there are more permits than in the beginning"

    return program


async def _share(env: Env, it: asyncio.Lock | asyncio.Semaphore, number: int, *, room: int) -> None:
    users = Users(env)
    inside: list[int] = []

    async def use() -> None:
        async with it:
            inside.append(1)
            assert len(inside) <= room, "exclusion: more are inside than there is room for"
            try:
                await asyncio.sleep(0)
            finally:
                inside.pop()

    users.add("user", number, use)
    await users.see_their_end()


def condition(number: int) -> Program:
    """Return so many consumers that wait for one item; it goes to one of those that are left."""

    async def program(env: Env) -> None:
        it = asyncio.Condition()
        items: list[int] = []
        users = Users(env)

        async def consume() -> None:
            async with it:
                while not items:
                    await it.wait()
                    assert it.locked(), "exclusion: wait() has ended, and the lock is not held"
                items.pop()
                items.extend([1] * closed.count(1))

        closed: list[int] = []
        users.add("consumer", number, consume)
        await env.future("an item")
        async with it:
            items.append(1)
            it.notify()
        waiting = set(users.tasks)
        while items and waiting:
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        async with it:
            closed.append(1)
            items[:] = [1]
            it.notify_all()
        await users.see_their_end()
        assert not it.locked(), "exclusion: the lock is taken, and nobody has it"

    return program


def queue(number: int) -> Program:
    """Return so many getters of a queue with one item; it goes to one of those that are left."""

    async def program(env: Env) -> None:
        it: asyncio.Queue[int] = asyncio.Queue(1)
        users = Users(env)
        got: list[int] = []

        async def get() -> None:
            got.append(await it.get())

        users.add("getter", number, get)
        await env.future("an item")
        await it.put(1)
        waiting = set(users.tasks)
        while not it.empty() and waiting:
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        assert len(got) + it.qsize() == 1, "items: the item is lost, or was had twice"
        while waiting:
            if it.empty():
                it.put_nowait(2)
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        await users.see_their_end()

    return program


PROGRAMS = {"lock": lock, "semaphore": semaphore, "condition": condition, "queue": queue}


def raise_bound(name: str, number: int, seconds: float) -> dict[str, Any]:
    """Search with more and more events as long as there is time; return how far the properties hold."""
    until = time.monotonic() + seconds
    told: dict[str, Any] = {"primitive": name, "tasks": number, "python": platform.python_version()}
    told |= {"verdict": "unknown", "holds_up_to": 0, "states": [], "schedules": 0}
    for events in range(1, MOST + 1):
        source = make_source(PROGRAMS[name](number), name=f"{name} of {number}")
        explored = explore_source(source, Settings(events=events, seconds=max(until - time.monotonic(), 1)))
        if explored.violations:
            return told | {"verdict": "violated", "found": [each.text for each in explored.violations]}
        if explored.verdict is not Verdict.HOLDS:
            break
        told["states"].append(explored.states)
        told |= {"holds_up_to": events, "schedules": explored.schedules}
    return told


def main(arguments: list[str]) -> int:
    """Search what the command line names."""
    for argument in arguments[1:]:
        name, _, number = argument.partition(":")
        sys.stdout.write(json.dumps(raise_bound(name, int(number), float(arguments[0]))) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
