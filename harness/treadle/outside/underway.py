"""What is under way outside of the loop, and arrives when the environment decides, without a declaration.

A chunk of a stream, an attempt to connect, the work of a thread: each goes along a *way*. Things on one way arrive in
the order in which they were sent. Ways are independent of each other.
"""

from __future__ import annotations

from treadle.execution import Action

OUTSIDE = "outside"


class Way:
    """A way along which things are under way, one after the other.

    `since` is a counter value from when its first thing set out. `action` is the action of the environment by which
    that arrives; it exists as long as the execution.
    """

    __slots__ = ("action", "since")

    action: WayAction
    since: int

    def offers(self) -> str:
        """Say what would arrive next; empty if nothing is under way, or if nothing would react to it."""
        raise NotImplementedError

    def arrive(self) -> None:
        """Let the first thing arrive."""
        raise NotImplementedError


class WayAction(Action):
    """The action by which the next thing on a way arrives; `number` is that of the way in this execution."""

    __slots__ = ("number",)

    def __init__(self, way: Way, number: int) -> None:
        """Make the action of a way."""
        super().__init__("", way.arrive)
        self.number = number

    @property
    def key(self) -> tuple[str, int]:
        """What identifies it in another execution."""
        return OUTSIDE, self.number


class UnderWay:
    """All ways of one execution, in the order in which they were made."""

    __slots__ = ("_made", "_set_out", "ways")

    def __init__(self) -> None:
        """Begin with nothing under way."""
        self.begin()

    def begin(self) -> None:
        """Begin an execution."""
        self.ways: dict[int, Way] = {}
        self._made = 0
        self._set_out = 0

    def add(self, way: Way) -> None:
        """Give a way its number."""
        way.action = WayAction(way, self._made)
        way.since = 0
        self.ways[self._made] = way
        self._made += 1

    def sets_out(self, way: Way) -> None:
        """Note that the first thing on a way sets out now."""
        self._set_out += 1
        way.since = self._set_out

    def close(self, way: Way) -> None:
        """Drop a way on which nothing more will arrive."""
        self.ways.pop(way.action.number, None)

    def open(self) -> list[WayAction]:
        """Return the actions of all ways on which something may arrive, in the order in which that set out."""
        if not self.ways:
            return []
        found = []
        for way in self.ways.values():
            name = way.offers()
            if name:
                way.action.name = name
                found.append(way)
        if len(found) > 1:
            found.sort(key=_since)
        return [each.action for each in found]

    def find(self, number: int) -> WayAction | None:
        """Return the action of a way, if something may arrive on it."""
        way = self.ways.get(number)
        if way is None:
            return None
        way.action.name = way.offers()
        return way.action if way.action.name else None

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return all that belongs to a state: the ways, and the order in which their first things set out."""
        numbers = tuple(self.ways)
        order = tuple(way.action.number for way in sorted(self.ways.values(), key=_since))
        return (self._made, numbers, order), tuple(self.ways.values())


def _since(way: Way) -> int:
    return way.since
