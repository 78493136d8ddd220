"""One place as a minimal program; and random programs, each from a number.

In the minimal program two answers come in either order and store their names; some waits that have nothing to do with
that give a search the time to meet states that differ in the place alone; then what was stored decides how it ends.
A random one varies the places, who stores and how, what runs between, and how it ends.
"""

from __future__ import annotations

import random
import re
import sys
from dataclasses import dataclass, field
from textwrap import indent
from typing import TYPE_CHECKING

from kept.catalogue import ALL_PLACES, PLACES, THINGS
from kept.place import Place, bind, hold, hold_in_a_coroutine
from kept.races import BETWEEN, ENDS, LITTLE_ENDS, RACES, TOOLS
from kept.roots import ROOTS
from kept.spellings import SPELLINGS
from kept.values import VALUES

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Written:
    """The files of a program or a target, the first of which has it, and what it was made of."""

    name: str
    files: dict[str, str]
    places: tuple[Place, ...]
    events: int = 2
    any_order: bool = False
    parts: tuple[str, ...] = field(default=())

    def write(self, folder: Path) -> str:
        """Write the files; return the path of the first."""
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_text(text, encoding="utf-8")
        return str(folder / next(iter(self.files)))

    def __str__(self) -> str:
        return "\n".join(f"# ==== {name}\n{text}" for name, text in self.files.items())


_PLACE = """\
MODULE


def begin_N():
BEGIN


def store_N(name, first):
STORE


async def load_N():
LOAD


def end_N():
END
"""


def text_of(place: Place, suffix: str, other: str) -> str:
    """Return the functions of a place; the suffix tells their names from those of other places."""
    texts = {
        "MODULE": place.module,
        "BEGIN": indent(place.begin, "    "),
        "STORE": indent(place.store, "    "),
        "LOAD": indent(place.load, "    "),
        "END": indent(place.end, "    "),
    }
    text = re.sub("MODULE|BEGIN|STORE|LOAD|END", lambda found: texts[found[0]], _PLACE)
    return text.replace("OTHER", other).replace("_N", suffix)


def files_beside(place: Place, suffix: str, other: str) -> dict[str, str]:
    return {
        name.replace("OTHER", other): text.replace("OTHER", other).replace("_N", suffix)
        for name, text in place.files.items()
    }


_MINIMAL = '''\
"""{name}."""

import asyncio

{place}

async def write(answer, name, said):
    await answer
    first = not said
    said.append(0)
    store(name, first)
    del first


async def wait(answer):
    await answer


async def program(env):
    begin()
    said = []
    await asyncio.gather(write(env.future("a"), "a", said), write(env.future("b"), "b", said))
    del said
    await asyncio.gather(*(wait(env.future(f"n{{i}}")) for i in range({others})))
    assert await load() == "b", "a"
'''


def minimal(place: Place, events: int = 2, others: int = 3) -> Written:
    """Return the plain program of a place, with so many waits that have nothing to do with it."""
    slug = "kept_" + re.sub(r"\W+", "_", place.name)
    other = f"{slug}_beside"
    text = _MINIMAL.format(name=place.name, place=text_of(place, "", other), others=others)
    return Written(slug, {f"{slug}.py": text, **files_beside(place, "", other)}, (place,), events)


_RANDOM = '''\
"""Random program {number}, to be explored with events={events}, any_order={any_order}.

{parts}
"""

import asyncio

{places}


{tools}

async def race(env, turn):
{race}


async def orders(env):
{orders}


async def between(env):
{between}


async def finish(env):
{ends}


async def program(env):
    turn = Turn()
{begin}
    await race(env, turn)
    await orders(env)
    await between(env)
    await finish(env)
'''

_ORDER = """\
for index, name in enumerate(env.choose(("ab", "ba"))):
    store_N(name, index == 0)
del index, name"""

_ANY_ORDER = 0.1
_ROOM = {0: 5, 1: 4, 2: 3}
_ROOM_IN_ANY_ORDER = 2
_ONE_MORE = 0.3
SAMPLE = -(-len(ALL_PLACES) // 2)
"""So many programs with consecutive numbers have every place of the catalogue."""


def random_program(number: int) -> Written:
    """Return a random program. Two places come from the catalogue in turn, and some have another one.

    In the first place, whichever it is, a race stores; in each other, a choice. So what one of them keeps says nothing
    of the others, and each of them decides something at the end.
    """
    draw = random.Random(number)  # noqa: S311 - no secret
    places = [next_place(2 * number), next_place(2 * number + 1)]
    if draw.random() < _ONE_MORE:
        places.append(drawn_place(draw, identified=all(place.identified for place in places)))
    draw.shuffle(places)
    suffixes = [f"_{index}" for index in range(1, len(places) + 1)]
    race, end = draw.choice([*RACES]), draw.choice([*ENDS])
    any_order = draw.random() < _ANY_ORDER
    events = 0 if any_order else draw.choice((0, 1, 1, 2))
    between = _pieces(draw, _ROOM_IN_ANY_ORDER if any_order else _ROOM[events])
    name = f"kept_{number}"
    files: dict[str, str] = {}
    texts = []
    for place, suffix in zip(places, suffixes, strict=True):
        texts.append(_put_somewhere(draw, text_of(place, suffix, f"{name}_beside{suffix}"), suffix, name, files))
        files |= files_beside(place, suffix, f"{name}_beside{suffix}")
    ends = [(draw.choice(LITTLE_ENDS), suffix) for suffix in suffixes[1:]] + [(ENDS[end], suffixes[0])]
    parts = (*(place.name for place in places), race, *between, end)
    text = _RANDOM.format(
        number=number,
        parts="\n".join(f"- {part}" for part in parts),
        events=events,
        any_order=any_order,
        places="\n\n".join(texts),
        tools=TOOLS,
        race=indent(RACES[race].replace("STORE", f"store{suffixes[0]}"), "    "),
        orders=indent("\n".join(_ORDER.replace("_N", suffix) for suffix in suffixes[1:]), "    "),
        between=indent("\n".join(BETWEEN[piece][1] for piece in between), "    "),
        ends=indent("\n".join(text.replace("LOAD", f"load{suffix}") for text, suffix in ends), "    "),
        begin=indent("\n".join(f"begin{suffix}()" for suffix in suffixes), "    "),
    )
    return Written(name, {f"{name}.py": text, **files}, tuple(places), events, any_order, parts)


_FUNCTIONS = ("begin", "store", "load", "end")


def _put_somewhere(draw: random.Random, text: str, suffix: str, name: str, files: dict[str, str]) -> str:
    """Put a place into the program's own file, or into another that it imports, now or late; return what stays."""
    where = draw.choice(("here", "here", "here", "imported", "imported late"))
    if where == "here":
        return text
    module = f"{name}_part{suffix}"
    files[f"{module}.py"] = f"import asyncio\n\n{text}"
    if where == "imported":
        return f"from {module} import {', '.join(function + suffix for function in _FUNCTIONS)}"
    return _LATE.replace("MODULE", module).replace("_N", suffix)


_LATE = """\
def begin_N():
    import MODULE
    MODULE.begin_N()


def store_N(name, first):
    import MODULE
    MODULE.store_N(name, first)


async def load_N():
    from MODULE import load_N
    return await load_N()


def end_N():
    import MODULE
    MODULE.end_N()
"""


def _in_turn() -> list[str]:
    """Return the names of all places: those that are identified, then the others, so that they do not meet."""
    names = sorted(ALL_PLACES)
    random.Random(0).shuffle(names)  # noqa: S311 - no secret
    return sorted(names, key=lambda name: not ALL_PLACES[name].identified)


_IN_TURN = _in_turn()


def next_place(number: int) -> Place:
    """Return another place of the catalogue for each number, until all were there."""
    name = _IN_TURN[number % len(_IN_TURN)]
    return PLACES[name] if name in PLACES else next_place(number + 1)


def drawn_place(draw: random.Random, *, identified: bool) -> Place:
    """Draw a place: one of the catalogue, or another root with another value or thing.

    It must be identified if the other is, or states would be opaque because of it and the other go untested.
    """
    while True:
        made = draw.choice((_from_catalogue, _from_catalogue, _bound, _held, _held, _in_a_coroutine))(draw)
        if made.since <= sys.version_info and made.identified >= identified:
            return made


def _from_catalogue(draw: random.Random) -> Place:
    return draw.choice([*PLACES.values()])


def _bound(draw: random.Random) -> Place:
    return bind(draw.choice((*ROOTS, *SPELLINGS)), draw.choice(VALUES))


def _held(draw: random.Random) -> Place:
    return hold(draw.choice((*ROOTS, *SPELLINGS)), draw.choice(THINGS))


def _in_a_coroutine(draw: random.Random) -> Place:
    return hold_in_a_coroutine(draw.choice(THINGS))


def _pieces(draw: random.Random, room: int) -> list[str]:
    pieces: list[str] = []
    while True:
        piece = draw.choice([*BETWEEN])
        room -= BETWEEN[piece][0]
        if room < 0 and pieces:
            return pieces
        pieces.append(piece)
