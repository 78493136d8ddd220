"""Random targets from all constructs of the subset: whole source files, each with an async function `target`.

A seed makes one and the same file always. Most statements are ones that a helper of this kind might have, so that most
targets do something; what comes of them is for the engines to agree on.
"""

from __future__ import annotations

import random

PREAMBLE = '''"""A random target."""
import asyncio
import asyncio as aio
import logging
from asyncio import CancelledError as Stop
from collections.abc import Sized
from contextlib import asynccontextmanager, suppress

logger = logging.getLogger(__name__)


class Swallows:
    def __init__(self, kind):
        self.kind = kind
        self.seen = False

    async def __aenter__(self):
        return self

    async def __aexit__(self, kind, error, trace):
        self.seen = kind is not None
        return kind is not None and issubclass(kind, self.kind)


class Awaits:
    def __init__(self, task):
        self.task = task

    async def __aenter__(self):
        return self.task

    async def __aexit__(self, *error):
        await asyncio.wait({self.task})


class Guard:
    count = 0

    def __enter__(self):
        self.count += 1
        return self.count

    def __exit__(self, kind, error, trace):
        return isinstance(error, ValueError)


class Stopping:
    @staticmethod
    async def stop(task, **names):
        for name, each in names.items():
            if name != "task":
                each.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def held(task):
    try:
        yield task
    except ValueError:
        await asyncio.sleep(0)
    finally:
        await asyncio.wait([task])


async def child(task):
    await asyncio.wait([task])


async def steady(task, *, again=True):
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            if not again:
                raise


'''

WAITS = (
    "await asyncio.wait([task])",
    "await asyncio.wait([task])",
    "done, pending = await aio.wait({task}, timeout=0.01)",
    "await asyncio.wait([task], timeout=0)",
    "await asyncio.gather(*{task}, return_exceptions=True)",
    "await asyncio.gather(*(child(each) for each in [task]))",
    "await Stopping.stop(task, other=other)",
    "await asyncio.wait([task, other], return_when=asyncio.FIRST_COMPLETED)",
    "await asyncio.wait([asyncio.shield(task)])",
    "await task",
    "await asyncio.shield(task)",
    "await asyncio.gather(task, return_exceptions=True)",
    "await asyncio.gather(task, asyncio.sleep(0))",
    "await asyncio.wait_for(task, 0.01)",
    "await asyncio.wait_for(asyncio.shield(task), timeout=0.02)",
    "await asyncio.wait_for(asyncio.wait([task]), None)",
    "await asyncio.sleep(0)",
    "await asyncio.sleep(0.01)",
    "await child(task)",
    "await steady(task)",
    "await steady(task, again=False)",
    "await asyncio.create_task(child(task), name='child')",
    "other = asyncio.create_task(child(task))",
)
SIMPLE = (
    "task.cancel()",
    "task.cancel()",
    "flag = True",
    "flag = not flag",
    "count += 1",
    "before = me.cancelling()",
    "me.uncancel()",
    "me.cancel()",
    "raise asyncio.CancelledError",
    "raise ValueError",
    "raise ValueError(f'{task}') from None",
    "return",
    "task.add_done_callback(note)",
    "task.remove_done_callback(note)",
    "error = task.exception() if task.done() and not task.cancelled() else None",
    "task.result()",
    "pass",
    "tell = lambda: flag",
    "waiting = [each for each in [task] if not each.done()]",
    "failed = error = None",
    "logger.debug('told %s', note(task))",
    "found |= {task}",
    "found = found - {task}",
    "ended = task.get_loop().create_future()",
)
TESTS = (
    "task.done()",
    "not task.done()",
    "task.cancelled()",
    "flag",
    "flag and task.done()",
    "me.cancelling() > before",
    "me.cancelling() - before",
    "before < me.cancelling() < before + 2",
    "count > 1",
    "noted",
    "tell()",
    "isinstance(error, asyncio.CancelledError)",
    "error is not None",
    "getattr(task, 'cancelling', None)",
    "waiting",
    "any([task.done(), flag])",
    "task in waiting or count",
    "isinstance(task, Sized)",
    "any(each.done() for each in found)",
    "found",
)
CAUGHT = (
    "asyncio.CancelledError",
    "asyncio.CancelledError",
    "Stop",
    "BaseException",
    "Exception",
    "ValueError",
    "(ValueError, asyncio.CancelledError)",
    "TimeoutError",
    "OSError",
)
ENTERED = (
    "async with asyncio.timeout(0.01):",
    "async with asyncio.timeout(None):",
    "async with asyncio.TaskGroup() as group:",
    "async with Swallows(asyncio.CancelledError):",
    "async with Swallows(Exception) as box:",
    "async with Awaits(task) as same, Swallows(ValueError):",
    "with suppress(asyncio.CancelledError):",
    "with suppress(ValueError, TimeoutError):",
    "with Guard() as times:",
    "async with held(task) as same:",
)


class Drawing:
    """Draws one target."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - drawn again from the same seed
        self.left = self.random.randint(3, 9)

    def source(self) -> str:
        """Return the whole file."""
        lines = [
            "async def target(task):",
            "    me = asyncio.current_task()",
            "    flag = noted = False",
            "    count = before = 0",
            "    error = failed = None",
            "    waiting = []",
            "    other = task",
            "    found = set()",
            "",
            "    def note(future):",
            "        nonlocal noted",
            "        noted = future.done()",
            "",
            "    def tell():",
            "        return noted or flag",
            "",
        ]
        if self.random.random() < 0.9:
            lines.append("    task.cancel()")
        while self.left > 0:
            lines += self.statement(1, loops=False, catches=False)
        return PREAMBLE + "\n".join(lines) + "\n"

    def block(self, depth: int, *, loops: bool, catches: bool) -> list[str]:
        """Draw the statements of a block."""
        lines: list[str] = []
        for _ in range(self.random.choice((1, 1, 2))):
            lines += self.statement(depth, loops=loops, catches=catches)
        return lines

    def statement(self, depth: int, *, loops: bool, catches: bool) -> list[str]:
        """Draw a statement; `loops`: inside a loop, `catches`: inside an except clause."""
        self.left -= 1
        pad = "    " * depth
        kind = self.random.random()
        if kind < 0.28 or depth > 3 or self.left < 0:
            return [pad + self.random.choice(WAITS)]
        if kind < 0.5:
            more = (*(("break", "continue") if loops else ()), *(("raise", "raise") if catches else ()))
            return [pad + self.random.choice((*SIMPLE, *more, *more))]
        make = self.random.choice((self.branch, self.attempt, self.attempt, self.attempt, self.loop, self.within))
        return make(depth, loops=loops, catches=catches)

    def branch(self, depth: int, *, loops: bool, catches: bool) -> list[str]:
        """Draw an if."""
        pad = "    " * depth
        lines = [f"{pad}if {self.random.choice(TESTS)}:", *self.block(depth + 1, loops=loops, catches=catches)]
        if self.random.random() < 0.3:
            lines += [f"{pad}else:", *self.block(depth + 1, loops=loops, catches=catches)]
        return lines

    def attempt(self, depth: int, *, loops: bool, catches: bool) -> list[str]:
        """Draw a try."""
        pad = "    " * depth
        lines = [f"{pad}try:", *self.block(depth + 1, loops=loops, catches=catches)]
        if self.random.random() < 0.25:
            return [*lines, f"{pad}finally:", *self.block(depth + 1, loops=False, catches=False)]
        name = " as error" if self.random.random() < 0.3 else ""
        lines += [f"{pad}except {self.random.choice(CAUGHT)}{name}:", *self.block(depth + 1, loops=loops, catches=True)]
        if self.random.random() < 0.2:
            lines += [f"{pad}else:", *self.block(depth + 1, loops=loops, catches=catches)]
        if self.random.random() < 0.2:
            lines += [f"{pad}finally:", *self.block(depth + 1, loops=False, catches=False)]
        return lines

    def loop(self, depth: int, *, loops: bool, catches: bool) -> list[str]:
        """Draw a loop: until the task is done, for a few times, or over a list."""
        del loops
        pad = "    " * depth
        head = self.random.choice(
            (
                "while not task.done():",
                "while not task.done():",
                "while count < 2:",
                "while not noted:",
                "for each in [task]:",
                "for each in (1, 2):",
            )
        )
        lines = [f"{pad}{head}", *self.block(depth + 1, loops=True, catches=catches)]
        if head == "while count < 2:":
            lines.append(f"{pad}    count += 1")
        if self.random.random() < 0.2:
            lines += [f"{pad}else:", *self.block(depth + 1, loops=False, catches=catches)]
        return lines

    def within(self, depth: int, *, loops: bool, catches: bool) -> list[str]:
        """Draw a with."""
        pad = "    " * depth
        head = self.random.choice(ENTERED)
        lines = [f"{pad}{head}"]
        if "TaskGroup" in head:
            lines.append(f"{pad}    other = group.create_task({self.random.choice(('child', 'steady'))}(task))")
        return [*lines, *self.block(depth + 1, loops=loops, catches=catches)]


def drawn(seed: int) -> str:
    """Return the source of the target of a seed."""
    return Drawing(seed).source()
