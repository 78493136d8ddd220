"""What a suspended frame is the only one to know: positions, unbound names, handled exceptions, open contexts.

A keeper waits for the first name to arrive and must not remember it otherwise; then it waits for the end and says it.
"""

# ruff: noqa: E501 - texts of programs

from __future__ import annotations

from textwrap import indent

from kept.place import Place


def keeper(name: str, body: str, *, module: str = "", identified: bool = True) -> Place:
    """Return a place in the frame of `keep_N(which, rest)`: it awaits `which`, a future of a truth value, then `rest`."""
    return Place(
        name=f"a frame: {name}",
        module=f"{module}\nasync def keep_N(which, rest):\n{indent(body, '    ')}\n",
        begin="global which_N, rest_N, keeper_N\n"
        "which_N, rest_N = (asyncio.get_running_loop().create_future() for _ in range(2))\n"
        "keeper_N = asyncio.get_running_loop().create_task(keep_N([which_N], rest_N), name='keeper_N')",
        store="global which_N\nif first:\n    which_N.set_result(name == 'a')\n    which_N = None",
        load="rest_N.set_result('_')\nreturn await keeper_N",
        identified=identified,
        tasks=True,
    )


_CONTEXT = """\
class Context_N:
    def __init__(self, name): self.name = name
    def __enter__(self): return None
    def __exit__(self, *_): said_N.append(self.name)
    async def __aenter__(self): return None
    async def __aexit__(self, *_): said_N.append(self.name)
said_N = []
"""

FRAMES = (
    keeper("where it stands", "if await which.pop():\n    await rest\n    return 'a'\nawait rest\nreturn 'b'"),
    keeper(
        "which branch",
        "if await which.pop():\n    return 'a' + (await rest)[1:]\nelse:\n    return 'b' + (await rest)[1:]",
    ),
    keeper("a local name", "it = 'a' if await which.pop() else 'b'\nawait rest\nreturn it"),
    keeper(
        "an unbound name",
        "a = b = None\nif await which.pop():\n    del b\nelse:\n    del a\nawait rest\ntry:\n    a\nexcept NameError:\n    return 'b'\nreturn 'a'",
    ),
    keeper(
        "which of two names is bound",
        "if await which.pop():\n    x = None\nelse:\n    y = None\nawait rest\nreturn 'a' if 'x' in locals() else 'b'",
    ),
    keeper(
        "a bound None or nothing",
        "if await which.pop():\n    x = None\nawait rest\ntry:\n    x\nexcept NameError:\n    return 'b'\nreturn 'a'",
    ),
    keeper(
        "the position of a loop",
        "go = await which.pop()\ncount = 0\nfor step in [0, 0, 0, 0]:\n    if go is None or not go:\n        if go is not None:\n            go = None\n            await rest\n        count += 1\n    else:\n        go = False\nreturn 'a' if count == 3 else 'b'",
    ),
    keeper(
        "the position of a loop over a tuple",
        "go = await which.pop()\ncount = 0\nfor step in (0, 0, 0, 0):\n    if go is None or not go:\n        if go is not None:\n            go = None\n            await rest\n        count += 1\n    else:\n        go = False\nreturn 'a' if count == 3 else 'b'",
    ),
    keeper(
        "the position of a loop over numbers",
        "go = await which.pop()\ncount = 0\nfor _ in range(4):\n    _ = None\n    if go is None or not go:\n        if go is not None:\n            go = None\n            await rest\n        count += 1\n    else:\n        go = False\nreturn 'a' if count == 3 else 'b'",
    ),
    keeper(
        "the position of a loop over a dictionary",
        "go = await which.pop()\ncount = 0\nfor _ in {1: 0, 2: 0, 3: 0, 4: 0}:\n    _ = None\n    if go is None or not go:\n        if go is not None:\n            go = None\n            await rest\n        count += 1\n    else:\n        go = False\nreturn 'a' if count == 3 else 'b'",
    ),
    keeper(
        "the position of a loop over a generator",
        "go = await which.pop()\ncount = 0\nfor _ in (None for _ in '1234'):\n    if go is None or not go:\n        if go is not None:\n            go = None\n            await rest\n        count += 1\n    else:\n        go = False\nreturn 'a' if count == 3 else 'b'",
    ),
    keeper(
        "the position of an inner loop",
        "go = await which.pop()\ncount = 0\nfor _ in [0]:\n    for _ in [0, 0, 0]:\n        for _ in [0, 0]:\n            if go is None or not go:\n                if go is not None:\n                    go = None\n                    await rest\n                count += 1\n            else:\n                go = False\nreturn 'a' if count == 5 else 'b'",
    ),
    keeper(
        "over what a loop goes",
        "for each in ['_', 'a'] if await which.pop() else ['_', 'b']:\n    if each == '_':\n        each = await rest\nreturn each",
    ),
    keeper("a value on the stack", "return ('a' if await which.pop() else 'b') + (await rest)[1:]"),
    keeper("an argument on the stack", "return max(['a' if await which.pop() else 'b', *await rest][:1])"),
    keeper("a list on the stack", "return ['a' if await which.pop() else 'b', await rest][0]"),
    keeper("a dictionary on the stack", "return {'it': 'a' if await which.pop() else 'b', 'rest': await rest}['it']"),
    keeper(
        "which function on the stack",
        "return (a_N if await which.pop() else b_N)(await rest)",
        module="def a_N(_): return 'a'\ndef b_N(_): return 'b'",
    ),
    keeper(
        "which method on the stack",
        "return (str.lower if await which.pop() else str.upper)('A' + (await rest)[1:]).replace('A', 'b')",
    ),
    keeper("which object's method on the stack", "return ('a' if await which.pop() else 'b').replace(await rest, '')"),
    keeper("a number on the stack", "return 'ba'[(1 if await which.pop() else 0) * len(await rest)]"),
    keeper("a piece of a text on the stack", "return f\"{'a' if await which.pop() else 'b'}{(await rest)[1:]}\""),
    keeper("a comprehension", "return [(each, await rest)[0] for each in ['a' if await which.pop() else 'b']][0]"),
    keeper(
        "a handled exception",
        "try:\n    raise KeyError('a' if await which.pop() else 'b')\nexcept KeyError:\n    await rest\n    return sys.exc_info()[1].args[0]",
        module="import sys",
    ),
    keeper(
        "a handled exception that has a name",
        "try:\n    raise KeyError('a' if await which.pop() else 'b')\nexcept KeyError as error:\n    await rest\n    return error.args[0]",
    ),
    keeper(
        "a handled exception that is raised again",
        "try:\n    try:\n        raise KeyError('a' if await which.pop() else 'b')\n    except KeyError:\n        await rest\n        raise\nexcept KeyError as error:\n    return error.args[0]",
    ),
    keeper(
        "an exception that passes",
        "try:\n    try:\n        raise KeyError('a' if await which.pop() else 'b')\n    finally:\n        await rest\nexcept KeyError as error:\n    return error.args[0]",
    ),
    keeper(
        "whether an exception passes",
        "try:\n    try:\n        if await which.pop():\n            raise KeyError\n    finally:\n        await rest\nexcept KeyError:\n    return 'a'\nreturn 'b'",
    ),
    keeper(
        "what is returned past a finally",
        "try:\n    return 'a' if await which.pop() else 'b'\nfinally:\n    await rest",
    ),
    keeper(
        "an open context",
        "said_N.clear()\nwith Context_N('a' if await which.pop() else 'b'):\n    await rest\nreturn said_N.pop()",
        module=_CONTEXT,
    ),
    keeper(
        "an open asynchronous context",
        "said_N.clear()\nasync with Context_N('a' if await which.pop() else 'b'):\n    await rest\nreturn said_N.pop()",
        module=_CONTEXT,
    ),
    keeper(
        "whether a context is open",
        "said_N.clear()\nif await which.pop():\n    with Context_N('a'):\n        await hand_over_N(rest)\nelse:\n    await hand_over_N(rest)\nreturn (said_N or 'b').pop() if said_N else 'b'",
        module=f"{_CONTEXT}\nasync def hand_over_N(rest): await rest",
    ),
    keeper(
        "an asynchronous generator",
        "numbers = two_N()\nif await which.pop():\n    await anext(numbers)\nawait rest\nreturn await anext(numbers)",
        module="async def two_N():\n    yield 'b'\n    yield 'a'",
    ),
    keeper(
        "an asynchronous generator that waits",
        "async for each in numbers_N(await which.pop(), rest):\n    return each",
        module="async def numbers_N(is_a, rest):\n    is_a = 'a' if is_a else 'b'\n    yield is_a + (await rest)[1:]",
    ),
    keeper(
        "a coroutine that is awaited",
        "return await (a_N if await which.pop() else b_N)(rest)",
        module="async def a_N(rest):\n    await rest\n    return 'a'\nasync def b_N(rest):\n    await rest\n    return 'b'",
    ),
    keeper(
        "an argument of a coroutine that is awaited",
        "return await say_N('a' if await which.pop() else 'b', rest)",
        module="async def say_N(name, rest):\n    await rest\n    return name",
    ),
    keeper(
        "a coroutine that has not begun",
        "it = say_N('a' if await which.pop() else 'b')\nawait rest\nreturn await it",
        module="async def say_N(name): return name",
    ),
    keeper(
        "a generator that is delegated to",
        "return await outer_N('a' if await which.pop() else 'b', rest)",
        module="import types\ndef inner_N(name, rest):\n    yield from rest\n    return name\n@types.coroutine\ndef outer_N(name, rest): return (yield from inner_N(name, rest))",
    ),
    keeper(
        "the names of a frame, kept",
        "it = 'a' if await which.pop() else 'b'\nheld = locals()\ndel it\nawait rest\nreturn held['it']",
    ),
    keeper("a cell", "it = 'a' if await which.pop() else 'b'\ndef say(): return it\nawait rest\nreturn say()"),
    keeper(
        "a function that is being decorated",
        "return (lambda name: lambda _: name)('a' if await which.pop() else 'b')(await rest)",
    ),
    keeper(
        "a pattern that is being matched",
        "match ['a' if await which.pop() else 'b', await rest]:\n    case [it, _]:\n        return it",
    ),
    keeper("a chain of comparisons", "return 'a' if (2 if await which.pop() else 1) > len(await rest) > 0 else 'b'"),
    keeper(
        "a group of tasks",
        "async with asyncio.TaskGroup() as group:\n    it = group.create_task(say_N('a' if await which.pop() else 'b', rest))\nreturn it.result()",
        module="async def say_N(name, rest):\n    await rest\n    return name",
    ),
    keeper(
        "a lock that is held",
        "lock = asyncio.Lock()\nif await which.pop():\n    await lock.acquire()\nawait rest\nreturn 'a' if lock.locked() else 'b'",
    ),
    keeper(
        "who waits in a queue",
        "queue = asyncio.Queue()\nwaits = asyncio.ensure_future(queue.get()) if await which.pop() else None\nawait asyncio.sleep(0)\nif waits is not None:\n    await hand_over_N(queue, waits, rest)\n    return 'a'\nawait rest\nreturn 'b'",
        module="async def hand_over_N(queue, waits, rest):\n    await rest\n    queue.put_nowait(0)\n    await waits",
    ),
)
