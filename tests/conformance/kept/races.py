"""Pieces of random programs: who stores, what runs between, and how what was stored decides the end.

Each piece is the body of an `async def` of its own that is called with what it needs. STORE stands for the call that
stores a name: `STORE("a", first)`.
"""

# ruff: noqa: E501 - texts of programs

from __future__ import annotations

TOOLS = """\
async def wait(answer):
    return await answer


async def work(lock, answer):
    async with lock:
        await answer


async def passing(steps):
    for _ in range(steps):
        await asyncio.sleep(0)


class Turn:
    \"\"\"Says whether nothing was stored before, and does not remember by whom.\"\"\"

    def __init__(self):
        self.stored = 0

    def first(self):
        self.stored += 1
        return self.stored == 1
"""

_WRITE = """\
async def write(answer, name):
    await answer
    STORE(name, turn.first())
"""

_TWO = 'write(env.future("a"), "a"), write(env.future("b"), "b")'

RACES: dict[str, str] = {
    "gather": f"{_WRITE}\nawait asyncio.gather({_TWO})",
    "a group of tasks": f"{_WRITE}\nasync with asyncio.TaskGroup() as group:\n    for each in ({_TWO}):\n        group.create_task(each)\n    del each",
    "wait": f"{_WRITE}\nawait asyncio.wait([asyncio.create_task(each) for each in ({_TWO})])",
    "a failing answer": "async def write(answer, name):\n    try:\n        await answer\n    except OSError:\n        pass\n    STORE(name, turn.first())\n\n"
    'await asyncio.gather(write(env.future("a", error=OSError), "a"), write(env.future("b"), "b"))',
    "a failing answer that decides": "async def write(answer):\n    try:\n        await answer\n    except OSError:\n        name = 'a'\n    else:\n        name = 'b'\n    STORE(name, turn.first())\n\n"
    'await write(env.future("answer", error=OSError))',
    "a cancelled answer": "async def write(answer):\n    name = 'b'\n    try:\n        await answer\n    except asyncio.CancelledError:\n        name = 'a'\n    STORE(name, turn.first())\n\n"
    'await write(env.future("answer", cancels=True))',
    "callbacks": 'answers = {name: env.future(name) for name in "ab"}\n'
    "for name, answer in answers.items():\n    answer.add_done_callback(lambda _, name=name: STORE(name, turn.first()))\n"
    "await asyncio.gather(*answers.values())",
    "a choice": 'for name in env.choose(("ab", "ba", "bb")):\n    STORE(name, turn.first())\ndel name',
    "a branch": "STORE('a' if env.branch() else 'b', turn.first())",
    "a lock": "lock = asyncio.Lock()\n\nasync def write(answer, name):\n    await answer\n    async with lock:\n        STORE(name, turn.first())\n        await asyncio.sleep(0)\n\n"
    f"await asyncio.gather({_TWO})",
    "a queue": "queue = asyncio.Queue()\n\nasync def write(answer, name):\n    await answer\n    queue.put_nowait(name)\n\nasync def serve():\n    for _ in range(2):\n        STORE(await queue.get(), turn.first())\n\n"
    f"await asyncio.gather(serve(), {_TWO})",
    "a timer": f"{_WRITE}\nawait asyncio.gather(write(env.future('a'), 'a'), write(asyncio.sleep(1), 'b'))",
    "a timeout": "try:\n    await asyncio.wait_for(env.future('a'), 1)\nexcept TimeoutError:\n    name = 'b'\nelse:\n    name = 'a'\nSTORE(name, turn.first())\ndel name",
    "a timeout scope": "name = 'b'\ntry:\n    async with asyncio.timeout(1):\n        await env.future('a')\n        name = 'a'\nexcept TimeoutError:\n    pass\nSTORE(name, turn.first())\ndel name",
    "a cancellation": "async def write(answer):\n    try:\n        await answer\n    except asyncio.CancelledError:\n        STORE('a', turn.first())\n        raise\n    STORE('b', turn.first())\n\n"
    "task = asyncio.create_task(write(env.future('answer')))\nawait asyncio.sleep(0)\nawait asyncio.wait([env.cancellable(task)])\ndel task",
    "an event": "event = asyncio.Event()\n\nasync def write(name):\n    await event.wait()\n    STORE(name, turn.first())\n\nasync def tell(answer):\n    await answer\n    event.set()\n\n"
    "writers = [asyncio.create_task(write(name)) for name in (env.choose(('ab', 'ba')))]\nawait tell(env.future('go'))\nawait asyncio.wait(writers)\ndel writers",
    "the first of two": "first = env.future('a'), env.future('b')\ndone, _ = await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)\n"
    "STORE('a' if first[0] in done else 'b', turn.first())\ndel done, _\nawait asyncio.gather(*first)\ndel first",
    "what the environment may do": "env.may(lambda: STORE('a', turn.first()), name='store')\nawait env.future('b')\nSTORE('b', turn.first())",
}

BETWEEN: dict[str, tuple[int, str]] = {
    "two waits": (2, "await asyncio.gather(*(wait(env.future()) for _ in range(2)))"),
    "three waits": (3, "await asyncio.gather(*(wait(env.future()) for _ in range(3)))"),
    "waits in a row": (2, "for _ in range(2):\n    await env.future()"),
    "a group": (
        2,
        "async with asyncio.TaskGroup() as group:\n    for _ in range(2):\n        group.create_task(wait(env.future()))",
    ),
    "a shared lock": (
        2,
        "lock = asyncio.Lock()\nawait asyncio.gather(work(lock, env.future()), work(lock, env.future()))",
    ),
    "a queue": (
        2,
        "queue = asyncio.Queue()\n\nasync def put(answer):\n    queue.put_nowait(await answer)\n\nawait asyncio.gather(put(env.future()), put(env.future()), queue.get(), queue.get())",
    ),
    "an event": (
        2,
        "event = asyncio.Event()\n\nasync def tell(answer):\n    await answer\n    event.set()\n\nawait asyncio.gather(event.wait(), tell(env.future()), wait(env.future()))",
    ),
    "a semaphore": (
        2,
        "semaphore = asyncio.Semaphore(1)\nawait asyncio.gather(work(semaphore, env.future()), work(semaphore, env.future()))",
    ),
    "a timeout": (
        2,
        "try:\n    async with asyncio.timeout(1):\n        await env.future()\nexcept TimeoutError:\n    await asyncio.sleep(0)",
    ),
    "sleeping": (2, "await asyncio.gather(asyncio.sleep(1), wait(env.future()))"),
    "passing": (1, "await asyncio.gather(passing(2), wait(env.future()))"),
    "a task that may be cancelled": (
        2,
        "await asyncio.wait([env.cancellable(asyncio.create_task(wait(env.future())))])",
    ),
    "a failing future": (2, "try:\n    await env.future(error=OSError)\nexcept OSError:\n    pass"),
    "a future that may never come": (
        3,
        "forgotten = asyncio.create_task(wait(env.future(never=True)))\nenv.background(forgotten)\nawait asyncio.gather(wait(env.future()), asyncio.sleep(0))",
    ),
    "a branch": (1, "if env.branch():\n    await asyncio.sleep(0)"),
    "a shield": (1, "await asyncio.shield(asyncio.create_task(wait(env.future())))"),
    "an asynchronous generator": (
        2,
        "async def each():\n    for _ in range(2):\n        yield await env.future()\n\nasync for _ in each():\n    await asyncio.sleep(0)",
    ),
    "a callback": (
        1,
        "called = asyncio.Event()\nenv.future().add_done_callback(lambda _: called.set())\nawait called.wait()",
    ),
    "a thing that is handled": (
        2,
        "try:\n    raise KeyError\nexcept KeyError:\n    await asyncio.gather(wait(env.future()), wait(env.future()))",
    ),
}

ENDS: dict[str, str] = {
    "an assertion": "assert await LOAD() == 'b', 'a'",
    "an error": "if (name := await LOAD()) != 'b':\n    raise LookupError(name)",
    "more choices": "if await LOAD() == 'a':\n    env.choose(range(3))",
    "more waits": "if await LOAD() == 'a':\n    await asyncio.gather(wait(env.future()), wait(env.future()))",
    "a deadlock": "if await LOAD() == 'a':\n    await asyncio.get_running_loop().create_future()",
    "a task that goes on": "if await LOAD() == 'a':\n    asyncio.create_task(wait(asyncio.get_running_loop().create_future()), name='left')",
    "more callbacks": "if await LOAD() == 'a':\n    await passing(3)",
    "a task that fails": "async def fail(name):\n    raise LookupError(name)\n\nif await LOAD() == 'a':\n    failing = asyncio.create_task(fail('a'), name='fails')\n    await asyncio.sleep(0)",
}

LITTLE_ENDS = (
    "if await LOAD() == 'a':\n    env.branch()",
    "if await LOAD() == 'a':\n    await passing(2)",
    "if await LOAD() == 'a':\n    env.choose(range(3))",
    "assert await LOAD() in ('b', env.choose(('a', 'c')))",
)

# Of targets, which are called with a task that they shall cancel and await.

CALLS: dict[str, str] = {
    "a cancellation that is taken back": "task.cancel()\nwhile not task.done():\n    try:\n        await asyncio.wait([task])\n    except asyncio.CancelledError:\n"
    "        STORE('a', turn.first())\n        asyncio.current_task().uncancel()\nif not turn.stored:\n    STORE('b', turn.first())\nturn.stored = 0",
    "when a cancellation comes": "for each in 'abab':\n    try:\n        await asyncio.sleep(0)\n    except asyncio.CancelledError:\n"
    "        STORE(each, turn.first())\n        asyncio.current_task().uncancel()\ndel each\nturn.stored = 0\ntask.cancel()\nawait asyncio.wait([task])",
    "when a cancellation comes, beside a helper": "helper = asyncio.create_task(passing(3))\nfor each in 'ab':\n    try:\n        await asyncio.sleep(0)\n    except asyncio.CancelledError:\n"
    "        STORE(each, turn.first())\n        asyncio.current_task().uncancel()\ndel each\nturn.stored = 0\ntask.cancel()\nawait asyncio.wait([task, helper])\ndel helper",
    "when a cancellation of the helper comes": "async def help():\n    for each in 'abab':\n        try:\n            await asyncio.sleep(0)\n        except asyncio.CancelledError:\n            STORE(each, turn.first())\n\n"
    "helper = asyncio.create_task(help())\nwhile not helper.done():\n    try:\n        await asyncio.wait([helper])\n    except asyncio.CancelledError:\n        helper.cancel()\n        asyncio.current_task().uncancel()\n"
    "del helper\nturn.stored = 0\ntask.cancel()\nawait asyncio.wait([task])",
    "when a cancellation comes meanwhile": "task.cancel()\nfor each in 'abab':\n    try:\n        await asyncio.wait([task], timeout=0)\n    except asyncio.CancelledError:\n"
    "        STORE(each, turn.first())\n        asyncio.current_task().uncancel()\ndel each\nturn.stored = 0\nwhile not task.done():\n    await asyncio.wait([task])",
    "how many turns it takes": "is_a = False\ntask.cancel()\nwhile not task.done():\n    is_a = not is_a\n    try:\n        await asyncio.wait([task], timeout=1)\n    except asyncio.CancelledError:\n"
    "        is_a = not is_a\n        asyncio.current_task().uncancel()\nSTORE('a' if is_a else 'b', turn.first())\ndel is_a",
    "polling": "is_a = False\ntask.cancel()\nwhile not task.done():\n    is_a = not is_a\n    await asyncio.sleep(0)\nSTORE('a' if is_a else 'b', turn.first())\ndel is_a",
    "a race with a helper": "async def count():\n    for _ in range(2):\n        await asyncio.sleep(0)\n    STORE('a', turn.first())\n\nhelper = asyncio.create_task(count())\ntask.cancel()\n"
    "while not task.done():\n    try:\n        await asyncio.wait([task])\n    except asyncio.CancelledError:\n        asyncio.current_task().uncancel()\n"
    "STORE('b', turn.first())\nawait asyncio.wait([helper])\ndel helper\nturn.stored = 0",
    "a race with a timer": "async def count():\n    await asyncio.sleep(1)\n    STORE('a', turn.first())\n\nhelper = asyncio.create_task(count())\ntask.cancel()\n"
    "await asyncio.wait([task])\nSTORE('b', turn.first())\nawait asyncio.wait([helper])\ndel helper\nturn.stored = 0",
    "a helper": "async def help():\n    await asyncio.wait([task])\n    STORE('b', turn.first())\n\ntask.cancel()\nhelper = asyncio.create_task(help())\nwhile not helper.done():\n"
    "    try:\n        await asyncio.shield(helper)\n    except asyncio.CancelledError:\n        STORE('a', turn.first())\n        asyncio.current_task().uncancel()\ndel helper\nturn.stored = 0",
}

PAUSES: dict[str, str] = {
    "nothing": "pass",
    "giving way": "for _ in range(2):\n    await asyncio.sleep(0)",
    "giving way, whatever comes": "for _ in range(3):\n    try:\n        await asyncio.sleep(0)\n    except asyncio.CancelledError:\n        asyncio.current_task().uncancel()",
    "a pause": "await asyncio.sleep(1)",
    "a pause, whatever comes": "try:\n    await asyncio.sleep(1)\nexcept asyncio.CancelledError:\n    asyncio.current_task().uncancel()",
    "a helper": "await asyncio.wait([asyncio.create_task(asyncio.sleep(0))])",
}

ANSWERS: dict[str, str] = {
    "an error": "if await LOAD() == 'a':\n    raise LookupError",
    "another error": "if await LOAD() != 'a':\n    raise LookupError",
    "a cancellation": "if await LOAD() == 'a':\n    raise asyncio.CancelledError",
    "another cancellation of the task": "if await LOAD() == 'a':\n    task.cancel()\n    await asyncio.sleep(0)",
    "more turns": "if await LOAD() == 'a':\n    for _ in range(3):\n        await asyncio.sleep(0)",
    "a cancellation of itself": "if await LOAD() == 'a':\n    asyncio.current_task().cancel()\n    await asyncio.sleep(0)",
}
