"""Say what a program keeps from one execution to the next, to explain why two runs of one schedule differ.

The values in the program's own modules, and in the process, are summed up before the first execution and before the
second: plain values, the contents of containers, how far iterators have advanced, which object a name stands for; see
`insides`. What differs was kept. What cannot be summed up is left out, because this only names possible causes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from treadle.programs.contents import is_same
from treadle.programs.holders import ABSENT, UNKNOWN, Found, Key
from treadle.programs.insides import Insides, short
from treadle.programs.process import is_library
from treadle.trace import name_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from treadle.programs.holders import Place
    from treadle.programs.insides import Shared

_ONE = {"entries": "entry", "remembered calls": "remembered call"}
_MOST = 3  # names in a message


@dataclass(frozen=True, slots=True)
class Summary:
    """What was found under each name, the place around it and the key there, and the places searched completely."""

    found: dict[Key, Found]
    keys: dict[Key, tuple[Key, object]]
    before: dict[Key, Found]
    walked: frozenset[Key]

    @classmethod
    def of(cls, places: dict[Key, Place], walked: dict[Key, object]) -> Summary:
        """Make a summary of these places."""
        return cls(
            found={name: place.found for name, place in places.items()},
            keys={name: (place.within, place.key) for name, place in places.items()},
            before={name: place.before for name, place in places.items() if place.before is not ABSENT},
            walked=frozenset(walked),
        )

    def was(self, name: Key, within: Key, before: Found) -> Found:
        """Return what was under a name that exists now; `UNKNOWN` if its place was not searched."""
        return self.found.get(name, before if within in self.walked else UNKNOWN)


class Summaries(NamedTuple):
    """What is kept in the program's own modules, and in the library's; the latter is one object until it changes."""

    own: Summary
    shared: Summary


_last: list[tuple[Shared, Summary]] = []


def sum_up(shows: Callable[[str], bool], program: object = None) -> Summaries:
    """Sum up what is kept in the program's own modules (see `reached`), by its function, and in the process."""
    inside = Insides(shows, program)
    shared = inside.shared
    if not _last or _last[0][0] is not shared:
        _last[:] = [(shared, Summary.of(shared.places, shared.walked))]
    return Summaries(Summary.of(inside.places, inside.walked), _last[0][1])


def tell_name(name: Key) -> str:
    """Return a name for a message, with its file if that is one of the program."""
    file, told = name
    return f"`{told}`" if is_library(file) else f"`{told}` in {name_file(file)}"


def differences(before: Summaries, after: Summaries, first: str, second: str) -> list[str]:
    """Say what differs between two summaries; `first` and `second` say in words when each was made."""
    told = []
    pairs = [*_pairs(before.own, after.own)]
    if before.shared is not after.shared:
        pairs += _pairs(before.shared, after.shared)
    for name, was, now in pairs:
        what = tell_name(name)
        if {was[0], now[0]} <= {"object", "constant"}:
            told.append(f"{what} stood for one object {first} and for another {second}")
        elif was[0] == now[0] == "place":
            told.append(f"{what} stood at one place {first} and at another {second}")
        elif was[:2] == now[:2] and was[0] == "entries":
            told.append(f"{what} had other entries {first} than {second}")
        else:
            told.append(f"{what} {_said(was)} {first} and {_said(now)} {second}")
    return told[:_MOST]


def _pairs(before: Summary, after: Summary) -> Iterator[tuple[Key, Found, Found]]:
    for name in dict.fromkeys((*before.found, *after.found)):
        was, now = before.found.get(name), after.found.get(name)
        was, now = was or after.before.get(name, ABSENT), now or before.before.get(name, ABSENT)
        if not is_same(was, now):
            yield name, was, now


def _said(found: Found) -> str:
    what, value, _ = found
    if what == "absent":
        return "was not there"
    if what in {"object", "constant", "place"}:
        return f"was an {'iterator' if what == 'place' else 'object'}"
    if what == "value":
        return f"was {short(value)}"
    return f"had {value:,} {_ONE[what] if value == 1 else what}"
