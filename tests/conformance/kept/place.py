"""What a place is, and how a root, an object and a value are put together to one.

The text of a place is Python. `_N` at the end of a name stands for its number in the program that it becomes part of,
and OTHER for a module beside that program.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import indent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a program may keep which of two names came first, or last.

    `store` and `load` are the bodies of `store(name, first)` and of the coroutine function `load()`, `begin` and `end`
    those of functions that run before each execution and after the last. `identified`: a search must see it; else it
    may also say that it cannot, and run every schedule. `tasks`: its beginning makes a task or needs the loop.
    """

    name: str
    module: str = ""
    begin: str = "pass"
    store: str
    load: str
    end: str = "pass"
    files: Mapping[str, str] = field(default_factory=dict)
    identified: bool = True
    tasks: bool = False
    since: tuple[int, int] = (3, 11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """Where a name is bound: `begin` binds it to FRESH, `put` to VALUE, and `get` is an expression."""

    name: str
    module: str = ""
    begin: str
    put: str
    get: str
    end: str = "pass"
    files: Mapping[str, str] = field(default_factory=dict)
    identified: bool = True
    tasks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """To what a name may be bound: `encode` is an expression of `name`, `decode` one of `at` that gives it back."""

    name: str
    module: str = ""
    encode: str
    decode: str
    identified: bool = True
    since: tuple[int, int] = (3, 11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """An object that changes: `fresh` makes one, `store` are statements about `at`, and `load` is an expression."""

    name: str
    module: str = ""
    fresh: str
    store: str
    load: str
    identified: bool = True
    tasks: bool = False
    since: tuple[int, int] = (3, 11)


def bind(root: Root, value: Value) -> Place:
    """Keep it by what a name is bound to."""
    return Place(
        name=f"{root.name}: {value.name}",
        module=f"{value.module}\n{root.module}",
        begin=root.begin.replace("FRESH", "None"),
        store=root.put.replace("VALUE", value.encode),
        load=f"at = {root.get}\nreturn {value.decode}",
        end=root.end,
        files=root.files,
        identified=root.identified and value.identified,
        tasks=root.tasks,
        since=value.since,
    )


def hold(root: Root, thing: Thing) -> Place:
    """Keep it in an object that is always the same."""
    return Place(
        name=f"{root.name}: {thing.name}",
        module=f"{thing.module}\n{root.module}",
        begin=root.begin.replace("FRESH", thing.fresh),
        store=f"at = {root.get}\n{thing.store}",
        load=f"at = {root.get}\nreturn {thing.load}",
        end=root.end,
        files=root.files,
        identified=root.identified and thing.identified,
        tasks=root.tasks or thing.tasks,
        since=thing.since,
    )


_ACTOR = """\
async def serve_N(inbox):
    at = FRESH
    while (message := await inbox.get()) is not None:
        name, first = message
        del message
STORE
        del name, first
    return LOAD
"""


def hold_in_a_coroutine(thing: Thing) -> Place:
    """Keep it in an object that only a local name of a suspended coroutine refers to."""
    text = _ACTOR.replace("FRESH", thing.fresh).replace("LOAD", thing.load)
    return Place(
        name=f"a local name of a coroutine: {thing.name}",
        module=f"{thing.module}\n{text.replace('STORE', indent(thing.store, ' ' * 8))}",
        begin="global inbox_N, server_N\n"
        "inbox_N = asyncio.Queue()\n"
        "server_N = asyncio.get_running_loop().create_task(serve_N(inbox_N), name='server_N')",
        store="inbox_N.put_nowait((name, first))",
        load="inbox_N.put_nowait(None)\nreturn await server_N",
        identified=thing.identified,
        tasks=True,
        since=thing.since,
    )
