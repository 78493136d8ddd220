"""An engine that has everything it does written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from treadle.execution import Engine

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from treadle.execution import Action

O = TypeVar("O")  # noqa: E741 - an outcome


class Scribe(Protocol):
    """A world that writes down what happens in it."""

    def write_callback(self) -> None:
        """Write down the callback that has run, if one has since the last gap."""

    def expect_callback(self) -> None:
        """Get ready for the callback that is about to run."""

    def writing(self, action: Action, price: int) -> AbstractContextManager[None]:
        """Write down the action that the block does."""

    def write_out_of_turn(self) -> None:
        """Write down that the next callback runs before its turn."""


class RecordingEngine(Engine[O]):
    """Runs a world that is a `Scribe`, and tells it of all that it does. Does nothing again without asking."""

    __slots__ = ()

    may_repeat = False

    @property
    def _scribe(self) -> Scribe:
        scribe: Scribe = self.world  # type: ignore[assignment]  # whoever makes such an engine sees to it
        return scribe

    def gap(self) -> int:
        """Have the callback that has run written down, and get ready for the next."""
        scribe = self._scribe
        scribe.write_callback()
        going_on = super().gap()
        if going_on:
            scribe.expect_callback()
        return going_on

    def act(self, action: Action, price: int) -> None:
        """Act, and have it written down."""
        if not action.progress:
            super().act(action, price)
            return
        with self._scribe.writing(action, price):
            super().act(action, price)

    def take_out_of_turn(self, place: int) -> None:
        """Have it written down that a callback runs before its turn."""
        super().take_out_of_turn(place)
        self._scribe.write_out_of_turn()
