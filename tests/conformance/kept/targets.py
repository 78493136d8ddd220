"""Random targets, each from a number: what is called with a task that it shall cancel and await.

What comes in the gaps decides what such a target stores, what it does next has nothing to do with that, and then what
was stored decides how it ends.
"""

from __future__ import annotations

import random
from textwrap import indent
from typing import TYPE_CHECKING

from kept.programs import Written, drawn_place, files_beside, next_place, text_of
from kept.races import ANSWERS, CALLS, PAUSES, TOOLS

if TYPE_CHECKING:
    from kept.place import Place

# Each with the bounds of events and steps that leave some hundred schedules.
SITUATIONS = {
    "plain": (2, 1),
    "cleanup/1": (2, 1),
    "pending": (2, 1),
    "third-party": (1, 1),
    "shared": (1, 1),
    "uncancel/1": (2, 1),
    "timeout": (2, 1),
    "group": (2, 1),
    "nested": (2, 1),
}

_TARGET = '''\
"""Random target {number}.

{parts}
"""

import asyncio

{place}

{tools}

async def call(task, turn):
{call}


async def pause(task):
{pause}


async def answer(task):
{answer}


async def target(task):
    begin_1()
    turn = Turn()
    await call(task, turn)
    await pause(task)
    await answer(task)
'''


def random_target(number: int) -> tuple[Written, str]:
    """Return a random target, and the situation to judge it in."""
    draw = random.Random(number)  # noqa: S311 - no secret
    place: Place = next_place(number)
    while "create_task" in place.begin:  # what is left running is another matter
        place = drawn_place(draw, identified=True)
    name = f"kept_{number}"
    call, pause, answer = (draw.choice([*pieces]) for pieces in (CALLS, PAUSES, ANSWERS))
    situation = draw.choice([*SITUATIONS])
    text = _TARGET.format(
        number=number,
        parts="\n".join(f"- {part}" for part in (place.name, call, pause, answer, situation)),
        place=text_of(place, "_1", f"{name}_beside"),
        tools=TOOLS,
        call=indent(CALLS[call].replace("STORE", "store_1"), "    "),
        pause=indent(PAUSES[pause], "    "),
        answer=indent(ANSWERS[answer].replace("LOAD", "load_1"), "    "),
    )
    files = {f"{name}.py": text, **files_beside(place, "_1", f"{name}_beside")}
    return Written(name, files, (place,), parts=(place.name, call, pause, answer, situation)), situation
