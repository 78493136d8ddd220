"""An engine that has its execution recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from treadle.execution import Engine

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from treadle.execution import Action

O = TypeVar("O")  # noqa: E741 - an outcome


class Scribe(Protocol):
    """A world that records what happens in it."""

    def write_callback(self) -> None:
        """Record the callback that has run since the last gap, if there is one."""

    def expect_callback(self) -> None:
        """Prepare for the callback that is about to run."""

    def writing(self, action: Action, price: int) -> AbstractContextManager[None]:
        """Record the action that the block takes."""

    def write_out_of_turn(self) -> None:
        """Record that the next callback runs before its turn."""


class RecordingEngine(Engine[O]):
    """Runs a world that is a `Scribe`, and has it record everything. It repeats nothing from memory."""

    __slots__ = ()

    may_repeat = False

    @property
    def _scribe(self) -> Scribe:
        scribe: Scribe = self.world  # type: ignore[assignment]  # the maker of the engine ensures that
        return scribe

    def gap(self) -> int:
        """Have the last callback recorded, and prepare for the next."""
        scribe = self._scribe
        scribe.write_callback()
        going_on = super().gap()
        if going_on:
            scribe.expect_callback()
        return going_on

    def act(self, action: Action, price: int) -> None:
        """Take an action, and have it recorded."""
        if not action.progress:
            super().act(action, price)
            return
        with self._scribe.writing(action, price):
            super().act(action, price)

    def take_out_of_turn(self, place: int) -> None:
        """Have it recorded that a callback runs before its turn."""
        super().take_out_of_turn(place)
        self._scribe.write_out_of_turn()
