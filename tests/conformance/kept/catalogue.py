"""Every place, once, by its name: each root with one value, each value and each thing in a global, and the rest."""

from __future__ import annotations

import sys

from kept.awaited import AWAITED
from kept.beside import BESIDE
from kept.containers import CONTAINERS, LIST
from kept.frames import FRAMES
from kept.hidden import HIDDEN
from kept.instances import CACHES, INSTANCES
from kept.iterators import ITERATORS
from kept.place import Place, Thing, bind, hold, hold_in_a_coroutine
from kept.process import OUTSIDE, PROCESS, TABLES
from kept.roots import GLOBAL, ROOTS
from kept.spellings import SPELLINGS
from kept.values import TEXT, VALUES

THINGS: tuple[Thing, ...] = (*CONTAINERS, *INSTANCES, *CACHES, *ITERATORS, *AWAITED)

ALL_PLACES: dict[str, Place] = {
    place.name: place
    for place in (
        *(bind(root, TEXT) for root in (*ROOTS, *SPELLINGS)),
        *(bind(GLOBAL, value) for value in VALUES),
        *(hold(GLOBAL, thing) for thing in THINGS),
        hold_in_a_coroutine(LIST),
        *PROCESS,
        *TABLES,
        *OUTSIDE,
        *FRAMES,
        *BESIDE,
        *HIDDEN,
    )
}

PLACES = {name: place for name, place in ALL_PLACES.items() if place.since <= sys.version_info}
"""What the interpreter that runs this has."""
