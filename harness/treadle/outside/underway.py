"""What is under way outside of the loop: what the environment completes without having been asked to.

A chunk of a stream, an attempt to connect, the work of a thread: each goes along a *way*, and what goes along one way
arrives in the order in which it set out. Ways are independent of each other.
"""

from __future__ import annotations

from treadle.execution import Action

OUTSIDE = "outside"


class Way:
    """A way along which things are under way, one behind the other.

    `since` is when its first set out, as a number that counts up. `action` is what the environment does when that
    arrives; it lives as long as the execution does.
    """

    __slots__ = ("action", "since")

    action: WayAction
    since: int

    def offers(self) -> str:
        """Say what would arrive next, in words; nothing where nothing is under way, or nobody would notice."""
        raise NotImplementedError

    def arrive(self) -> None:
        """Let the first arrive."""
        raise NotImplementedError


class WayAction(Action):
    """That the next thing arrives at the end of a way; `number` is that of the way in this execution."""

    __slots__ = ("number",)

    def __init__(self, way: Way, number: int) -> None:
        """Be the action of a way."""
        super().__init__("", way.arrive)
        self.number = number

    @property
    def key(self) -> tuple[str, int]:
        """By what it is found again in another execution."""
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
        """Forget a way along which nothing will come any more."""
        self.ways.pop(way.action.number, None)

    def open(self) -> list[WayAction]:
        """Return what may arrive, in the order in which it set out."""
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
        """Return the action of a way, if something may arrive along it."""
        way = self.ways.get(number)
        if way is None:
            return None
        way.action.name = way.offers()
        return way.action if way.action.name else None

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return all that belongs to a state: which ways there are, and in which order their first set out."""
        numbers = tuple(self.ways)
        order = tuple(way.action.number for way in sorted(self.ways.values(), key=_since))
        return (self._made, numbers, order), tuple(self.ways.values())


def _since(way: Way) -> int:
    return way.since
