"""Whether a world stands where it stood before, but for the time: then what was tried there need not be tried here.

A program that goes on and on cannot be interrupted in each of its gaps. That nothing is missed by that is certain only
where a gap in which nobody acts any more is one of those in which somebody could, and where nobody looks at the clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from treadle.execution.world import World
    from treadle.fingerprint import Fingerprint


_MANY = 2_000  # states in which nothing was tried, before it counts as lost

O = TypeVar("O")  # noqa: E741 - an outcome


class Standstill(Generic[O]):
    """Knows how a world stood while others could act: all that belongs to its state, and no time.

    `looking`: the state is taken for that; then what only counts up need not be told in full. `guessed`: some execution
    was taken to go round in a circle that does not stand where it stood. `calm`: it stands where it stood, as in all
    gaps that follow until something is done; whoever does something says that it is not.
    """

    __slots__ = ("_given_up", "_known", "_lost", "_world", "calm", "guessed", "looking")

    def __init__(self, world: World[O]) -> None:
        """Know nothing yet."""
        self._world = world
        self._known: set[Fingerprint] = set()
        self._given_up: set[Fingerprint] = set()
        self.calm = False
        self._lost = False  # where it stood cannot be known, or it stood in too many places
        self.guessed = self.looking = False

    @property
    def gave_up(self) -> bool:
        """Say whether, in some execution of a search so far, nothing was tried where it never stood else.

        Where it has stood may show later than where it was given up; so that is compared when somebody asks.
        """
        return self._lost or not self._given_up <= self._known

    def note(self) -> None:
        """Note how it stands now."""
        found = self._taken()
        if found is not None:
            self._known.add(found)

    def give_up(self) -> None:
        """Hear that nothing is tried now."""
        if not self.calm and not self._lost and self._world.engine.searches:
            found = self._taken()
            self.calm = True
            if found is None or len(self._given_up) > _MANY:
                self._lost = True
            elif found not in self._known:
                self._given_up.add(found)
                self.calm = False

    def goes_round(self) -> None:
        """Hear that it is taken to go round in a circle."""
        if not self.calm and not self.guessed and self._world.engine.searches:
            self.guessed = self._taken() not in self._known

    def _taken(self) -> Fingerprint | None:
        """Return the state, told from now on; None where it cannot be known, or somebody looks at the clock."""
        world = self._world
        engine = world.engine
        if engine.account.why_not:  # nobody knows which code has run
            return None
        taker = engine.taker()
        if taker.reads_clocks:
            return None
        plain, roots = world.standing()
        engine.identifying = self.looking = True
        try:
            return taker.take((engine.events_left, *plain), roots, since=world.loop.time())
        except Exception:  # noqa: BLE001 - opaque, or objects of the program's own that raise
            return None
        finally:
            engine.identifying = self.looking = False
