"""Whether a world is in an earlier state apart from the time: then what was tried there need not be tried again.

A program that never ends cannot be interrupted in each of its gaps. It is certain that this misses nothing only if each
gap in which nothing is tried any more has the same state as one in which others could act, and no code reads the clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from treadle.execution.world import World
    from treadle.fingerprint import Fingerprint


_MANY = 2_000  # states in which nothing was tried; above this number it counts as lost

O = TypeVar("O")  # noqa: E741 - an outcome


class Standstill(Generic[O]):
    """Knows the states of a world in which others could act: all that belongs to the state, without the time.

    `looking`: a state is being taken for this comparison, in which pure counters need not be exact. `guessed`: in
    some execution the world was assumed to repeat itself, without being in an earlier state. `calm`: it is in an
    earlier state, as in all gaps that follow until something is done; the caller that does something resets it.
    """

    __slots__ = ("_given_up", "_known", "_lost", "_world", "calm", "guessed", "looking")

    def __init__(self, world: World[O]) -> None:
        """Start with no known states."""
        self._world = world
        self._known: set[Fingerprint] = set()
        self._given_up: set[Fingerprint] = set()
        self.calm = False
        self._lost = False  # its state cannot be taken, or there were too many states
        self.guessed = self.looking = False

    @property
    def gave_up(self) -> bool:
        """Say whether, in any execution of a search so far, nothing was tried in a state that is not known.

        The same state may become known after it was given up, so the two sets are compared only here.
        """
        return self._lost or not self._given_up <= self._known

    @property
    def lasting(self) -> tuple[object, ...]:
        """What executions have noted so far, as plain values: how much of each kind."""
        return len(self._known), len(self._given_up), self._lost, self.guessed

    def note(self) -> None:
        """Note the present state."""
        found = self._taken()
        if found is not None:
            self._known.add(found)

    def give_up(self) -> None:
        """Note that nothing is tried from now on."""
        if not self.calm and not self._lost and self._world.engine.searches:
            found = self._taken()
            self.calm = True
            if found is None or len(self._given_up) > _MANY:
                self._lost = True
            elif found not in self._known:
                self._given_up.add(found)
                self.calm = False

    def assume_repetition(self) -> None:
        """Note that the world is assumed to repeat itself."""
        if not self.calm and not self.guessed and self._world.engine.searches:
            self.guessed = self._taken() not in self._known

    def _taken(self) -> Fingerprint | None:
        """Return the state, with times relative to now; None if it cannot be taken, or if code reads the clock."""
        world = self._world
        engine = world.engine
        if engine.account.why_not:  # it is not known which code has run
            return None
        taker = engine.taker()
        if taker.reads_clocks:
            return None
        plain, roots = world.standing()
        engine.identifying = self.looking = True
        try:
            return taker.take((engine.events_left, *plain), roots, since=world.loop.time())
        except Exception:  # noqa: BLE001 - opaque, or objects of the program raise
            return None
        finally:
            engine.identifying = self.looking = False
