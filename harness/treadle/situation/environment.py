"""What the environment may do in a gap, and doing it.

The options of a gap follow from a few yes-or-no facts. They are written as one number, its *key*, a bit a fact; what
may be done under a key is worked out once. The order of the options is part of what a schedule means.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from treadle.situation.actions import Action, ActionName
from treadle.situation.actor import FailureError
from treadle.situation.stage import ChildFailedError, Stage

if TYPE_CHECKING:
    from treadle.explorer import Scheduler
    from treadle.situation.call import Call

_COMPLETABLE = 1
_INSIDE = 2, 4  # a bit for each controller, as in `Stage.inside`
_WITHDRAWABLE = 8, 16
_DEPENDENCY_LIVES = 32
_CHILD_LIVES = 64
_TIMER_WAITS = 128


class _OptionsByKey(dict[int, tuple[Action, ...]]):
    """The options under each key, worked out when they are asked for the first time."""

    def __init__(self, actions: tuple[tuple[int, Action], ...]) -> None:
        super().__init__()
        self._actions = actions

    def __missing__(self, key: int) -> tuple[Action, ...]:
        self[key] = options = tuple(action for bit, action in self._actions if key & bit)
        return options


class Environment(Stage):
    """The stage, and everybody else on it."""

    __slots__ = (
        "_cancels",
        "_free",
        "_options",
        "_third_party",
        "_time_passes",
        "_uncancel",
        "events_left",
        "idle",
        "timers_left",
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Prepare; see `Stage`."""
        super().__init__(*arguments, **options)
        # Made once: the options of a gap are tuples of these.
        self._free: tuple[Action, ...] = (
            Action(ActionName.COMPLETE, self._complete),
            Action(ActionName.FAIL, self._fail),
            Action(ActionName.CANCEL_WAIT, self._cancel_wait),
        )
        self._cancels, uncancels = (
            tuple(Action(name, partial(do, number), number) for number in (0, 1))
            for name, do in (
                (ActionName.CANCEL_CONTROLLER, self._cancel_controller),
                (ActionName.UNCANCEL_CONTROLLER, self._uncancel_controller),
            )
        )
        self._time_passes = Action(ActionName.FIRE_TIMER, self._fire_timer)
        actions: tuple[tuple[int, Action], ...] = (
            *((_COMPLETABLE, action) for action in self._free),
            (_INSIDE[0], self._cancels[0]),
            (_WITHDRAWABLE[0], uncancels[0]),
            (_INSIDE[1], self._cancels[1]),
            (_WITHDRAWABLE[1], uncancels[1]),
            (_DEPENDENCY_LIVES, Action(ActionName.CANCEL_DEPENDENCY, self._cancel_dependency)),
            (_CHILD_LIVES, Action(ActionName.FAIL_CHILD, self._fail_child)),
            (_TIMER_WAITS, self._time_passes),
        )
        self._options = _OptionsByKey(actions)
        self._third_party = self.situation.third_party
        self._uncancel = self.situation.uncancel

    def reset(self, scheduler: Scheduler) -> None:
        """Begin anew."""
        super().reset(scheduler)
        bounds = self.bounds
        self.events_left = bounds.events
        self.timers_left = bounds.events + bounds.steps
        self.idle = 0  # gaps since something was done

    # Which options there are

    def _options_in_gap(self) -> tuple[Action, ...]:
        """Return what the environment may do while callbacks are left: each is an event."""
        key = self._requestable()
        wait = self.actor.wait
        if wait is not None and not wait.done():
            key += _COMPLETABLE
        if self.timers_left and self.loop.next_timer() is not None:
            key += _TIMER_WAITS
        return self._options[key]

    def _options_at_rest(self) -> tuple[Action, ...]:
        """Return what it may do when no callback is left: completions are free, the rest is possible while it pays."""
        key = self._requestable() if self.events_left else 0
        wait = self.actor.wait
        if wait is not None and not wait.done():
            key += _COMPLETABLE
        return self._options[key]

    def _priced(self, options: tuple[Action, ...]) -> int:
        """Return how many of these, at rest, take an event: those after the completions."""
        free = self._free
        return len(options) - len(free) if options[0] is free[0] else len(options)

    def _requestable(self) -> int:
        """Return the key of the requests that others than the call may make."""
        key = self.inside * _INSIDE[0]
        if self._uncancel:
            for call, withdrawable in zip(self.calls, _WITHDRAWABLE, strict=False):
                if call.inside and _withdrawable(call):
                    key += withdrawable
        if self._third_party:
            dependency = self.dependency  # None while an owner has not made it
            if dependency is not None and not dependency.done():
                key += _DEPENDENCY_LIVES
        if self.child is not None and not self.child.done() and self.calls[0].inside:
            key += _CHILD_LIVES
        return key

    # Doing it

    def act(self, action: Action, *, price: int) -> None:
        """Let the environment do something, which costs it so many events."""
        self.events_left -= price
        self.idle = 0
        action.do()

    def _complete(self) -> None:
        self.actor.wait.set_result(None)  # type: ignore[union-attr]

    def _fail(self) -> None:
        self.actor.wait.set_exception(FailureError())  # type: ignore[union-attr]

    def _cancel_wait(self) -> None:
        self.actor.wait_cancelled = True
        self.actor.wait.cancel()  # type: ignore[union-attr]

    def _cancel_controller(self, number: int) -> None:
        call = self.calls[number]
        before = call.requests
        call.task.cancel()
        call.by_environment += call.requests - before

    def _uncancel_controller(self, number: int) -> None:
        self.calls[number].task.uncancel()

    def _cancel_dependency(self) -> None:
        self.dependency.cancel()  # type: ignore[union-attr]

    def _fail_child(self) -> None:
        self.child.set_exception(ChildFailedError())  # type: ignore[union-attr]

    def _fire_timer(self) -> None:
        self.timers_left -= 1
        self.loop.fire_timer()

    def cancel_from_step(self, number: int) -> None:
        """Let the dependency cancel a controller; an event."""
        self.act(self._cancels[number], price=1)


def _withdrawable(call: Call) -> bool:
    """Say whether a request is left that the call did not make."""
    return call.count_entry + call.requests - call.withdrawals > 0 and call.task.cancelling() > 0
