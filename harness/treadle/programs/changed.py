"""Reset what a program has kept, so that an execution is like the first one, and later restore it.

These can be reset to what the first execution found: plain values, the contents of containers as far as the objects
still exist, the caches of functions, and the plainest iterators.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from treadle.programs.contents import base_of, copy_of, fill, is_same, plain_part, thaw
from treadle.programs.holders import ABSENT, Place, holder_of, put, take_away
from treadle.programs.insides import Insides
from treadle.programs.kept import tell_name
from treadle.programs.process import forget_levels, is_library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from treadle.programs.holders import Found, Key
    from treadle.programs.kept import Summaries, Summary
    from treadle.programs.source import ProgramSource


class Changed:
    """The differences from a summary that can be reset: the values themselves, and the contents of containers."""

    def __init__(self, summaries: Summaries, shows: Callable[[str], bool], program: object = None) -> None:
        """Find the differences; the arguments are those of `sum_up`."""
        self.stuck: list[str] = []
        """Iterators that have advanced and cannot be reset, by name and file."""
        self.left: list[str] = []
        """Other values that cannot be reset."""
        self._ways: list[tuple[Callable[[], object], Callable[[], object]]] = []  # to reset, and to restore
        inside = Insides(shows, program)
        own = _differing(summaries.own, inside.places, inside.walked)
        shared = _differing(summaries.shared, inside.shared.places, inside.shared.walked)
        for name, place, was in (*own, *shared):
            back = _made_again(place, was)
            if back is not None:
                self._ways.append((back, _is_now(place)))
            elif was[0] == "place":
                self.stuck.append(tell_name(name))
            elif not is_library(name[0]) and _is_lost(place.found, was):
                self.left.append(tell_name(name))

    def __bool__(self) -> bool:
        """Say whether there is anything to reset."""
        return bool(self._ways)

    def set_back(self) -> None:
        """Reset everything to what it was in the summary."""
        for back, _ in self._ways:
            back()
        forget_levels()

    def put_again(self) -> None:
        """Restore everything as it was when this object was made, except the caches of functions."""
        for _, again in self._ways:
            again()
        forget_levels()


def _differing(
    summary: Summary, places: dict[Key, Place], walked: dict[Key, object]
) -> Iterator[tuple[Key, Place, Found]]:
    """Yield the names whose values have changed, but nothing inside an object that has replaced another one."""
    replaced = set()
    for name, place in places.items():
        was = summary.was(name, place.within, place.before)
        if place.within in replaced:
            replaced.add(name)
        elif not is_same(was, place.found):
            if place.found[0] == "object" or was[0] == "object":
                replaced.add(name)
            yield name, place, was
    for name, was in summary.found.items():
        within, key = summary.keys[name]
        if name not in places and within in walked and within not in replaced:
            space = walked[within]
            holder = None if space is None else holder_of(space, key)
            if holder is not None:
                yield name, Place(ABSENT, None, holder, key, ABSENT, within), was


def _made_again(place: Place, was: Found) -> Callable[[], object] | None:
    """Return a function that resets a place; None if it cannot be reset."""
    what, value, _ = was
    if what == "entries":
        return _filled_again(place, was)
    if what == "remembered calls":
        return place.value.cache_clear if not value and place.found[0] == what else None
    return None if place.holder is None else _set_again(place, was)


def _set_again(place: Place, was: Found) -> Callable[[], object] | None:
    what, value, held = was
    set_there = partial(put, place.holder, place.key)
    if what == "absent":
        return partial(take_away, place.holder, place.key)
    if what == "place" and held:
        make: Callable[..., object] = held[0]
        return lambda: set_there(make(*held[1:]))
    if what == "constant":
        return partial(set_there, held[1])
    return partial(set_there, value) if what == "value" else None


def _filled_again(place: Place, was: Found) -> Callable[[], object] | None:
    size, (base, held) = was[1:]
    if place.found[0] != "entries" or base_of(place.value) is not base or len(held) != size:
        return None
    entries = thaw(held, place.value)
    if entries is None:
        return None

    def fill_again() -> None:
        put(place.holder, place.key, place.value)
        fill(place.value, entries)

    return fill_again


def _is_now(place: Place) -> Callable[[], object]:
    """Return a function that restores a place as it is now, except the caches of functions."""
    if place.found[0] == "absent":
        return partial(take_away, place.holder, place.key)
    if place.found[0] != "entries":
        return partial(put, place.holder, place.key, place.value)
    contents = copy_of(place.value)

    def fill_again() -> None:
        put(place.holder, place.key, place.value)
        fill(place.value, contents)

    return fill_again


def _is_lost(now: Found, was: Found) -> bool:
    """Say whether a place differs from what it was in more than the identity of an object."""
    if was[0] == "object":
        return now[0] not in {"object", "place"}
    if was[0] != "entries":
        return False
    if was[:2] != now[:2]:
        return True
    before, after = was[2][1], now[2][1]
    return len(before) == len(after) and not is_same(plain_part(before), plain_part(after))


def leave_as_after_one(source: ProgramSource, run_it: Callable[[], object]) -> None:
    """Leave what a program keeps as its first execution left it: reset it, and run the program once."""
    changed = Changed(source.before[0], source.shows, source.function)
    if changed:
        changed.set_back()
        run_it()
