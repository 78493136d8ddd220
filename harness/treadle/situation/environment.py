"""The actions that the environment can do in a gap.

The options of a gap follow from a few yes-or-no facts. They are written as one number, the *key*, with a bit for each
fact; the options for a key are computed once. Their order is part of the meaning of a schedule.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from treadle.execution import Action
from treadle.situation.actions import ActionName, SituationAction
from treadle.situation.scopes import ChildFailedError
from treadle.situation.stage import Stage

if TYPE_CHECKING:
    from treadle.execution import Standstill
    from treadle.situation.call import Call
    from treadle.situation.outcome import Outcome
    from treadle.situation.patience import Patience
    from treadle.situation.subject import Staging, StagingByName

_COMPLETABLE = 1
_INSIDE = 2, 4  # a bit for each controller, as in `Stage.inside`
_WITHDRAWABLE = 8, 16
_DEPENDENCY_LIVES = 32
_CHILD_LIVES = 64
_TIMER_WAITS = 128


class _OptionsByKey(dict[int, tuple[SituationAction, ...]]):
    """The options for each key, computed at the first request."""

    def __init__(self, actions: tuple[tuple[int, SituationAction], ...]) -> None:
        super().__init__()
        self._actions = actions

    def __missing__(self, key: int) -> tuple[SituationAction, ...]:
        self[key] = options = tuple(action for bit, action in self._actions if key & bit)
        return options


class _OptionsAtRest(dict[tuple[Action | None, int], tuple[tuple[Action | None, ...], int]]):
    """The options at rest, by default action and key, each with the number of last ones that take an event."""

    def __init__(self, options: _OptionsByKey, free: int) -> None:
        super().__init__()
        self._options = options
        self._free = free

    def __missing__(self, asked: tuple[Action | None, int]) -> tuple[tuple[Action | None, ...], int]:
        default, key = asked
        options = self._options[key]
        priced = len(options) - (self._free if key & _COMPLETABLE else 0)
        self[asked] = found = (default, *options), priced
        return found


class Environment(Stage):
    """The stage with its environment. While a call `polls`, no time passes at rest."""

    lasting = True
    remembers = True
    resting: bool
    circling: bool
    polls: bool
    waits: Patience
    standstill: Standstill[Outcome] | None

    __slots__ = (
        "_at_rest",
        "_cancels",
        "_in_vain",
        "_options",
        "_third_party",
        "_time_passes",
        "_uncancel",
        "circling",
        "polls",
        "resting",
        "timers_left",
        "waits",
    )

    def __init__(self, *arguments: *Staging, **options: Unpack[StagingByName]) -> None:
        """Prepare; see `Stage`."""
        super().__init__(*arguments, **options)
        # Created once: the options of a gap are tuples of these.
        free = (
            SituationAction(ActionName.COMPLETE, self._complete),
            SituationAction(ActionName.FAIL, self._fail),
            SituationAction(ActionName.CANCEL_WAIT, self._cancel_wait),
        )
        self._cancels, uncancels = (
            tuple(SituationAction(name, partial(do, number), number) for number in (0, 1))
            for name, do in (
                (ActionName.CANCEL_CONTROLLER, self._cancel_controller),
                (ActionName.UNCANCEL_CONTROLLER, self._uncancel_controller),
            )
        )
        self._time_passes = SituationAction(ActionName.FIRE_TIMER, self._fire_timer)
        self._in_vain = Action(ActionName.FIRE_TIMER, self.loop.fire_timer, progress=False)
        actions: tuple[tuple[int, SituationAction], ...] = (
            *((_COMPLETABLE, action) for action in free),
            (_INSIDE[0], self._cancels[0]),
            (_WITHDRAWABLE[0], uncancels[0]),
            (_INSIDE[1], self._cancels[1]),
            (_WITHDRAWABLE[1], uncancels[1]),
            (_DEPENDENCY_LIVES, SituationAction(ActionName.CANCEL_DEPENDENCY, self._cancel_dependency)),
            (_CHILD_LIVES, SituationAction(ActionName.FAIL_CHILD, self._fail_child)),
            (_TIMER_WAITS, self._time_passes),
        )
        self._options = _OptionsByKey(actions)
        self._at_rest = _OptionsAtRest(self._options, len(free))
        self._third_party = self.situation.third_party
        self._uncancel = self.situation.uncancel

    def begin(self) -> None:
        """Begin an execution."""
        super().begin()
        self.timers_left = self.bounds.events + self.bounds.steps

    # The options

    def offers(self) -> tuple[SituationAction, ...]:
        """Return what the environment can do while callbacks are left; each is an event."""
        key = self._requestable()
        wait = self.actor.wait
        if wait is not None and not wait.done():
            key += _COMPLETABLE
        if self.timers_left and self.loop.may_pass:
            key += _TIMER_WAITS
        return self._options[key]

    def at_rest(self) -> tuple[tuple[Action | None, ...], int]:
        """Return what it can do when no callback is left, the default first: time passes, if it can.

        Completions are free; the other actions are possible while events are left.
        """
        engine = self.engine
        timer = self.loop.next_timer()
        if not engine.events_left or (timer is not None and not self.timers_left):
            engine.cut = True
        tired = self.standstill is not None and engine.idle > self.waits.idle
        key = self._requestable() if engine.events_left and not tired else 0
        wait = self.actor.wait
        if wait is not None and not wait.done():
            key += _COMPLETABLE
        default: Action | None = None
        if timer is not None:
            if self.timers_left > 0 and not self.polls:
                default = self._time_passes
            elif engine.idle <= self.waits.limit and self._waits_in_vain():
                default = self._in_vain  # nothing acts, so this is one more gap without an event
            if self.standstill is not None and not self.polls:
                self._note_what_is_not_tried(self.standstill, default, tired=tired)
        return self._at_rest[default, key]

    def _note_what_is_not_tried(self, standstill: Standstill[Outcome], default: Action | None, *, tired: bool) -> None:
        """Note the state if time passes and others may act; report a gap in which they do not although they could."""
        if default is not None and not tired:
            standstill.note()
        elif (default is None and not self._waits_in_vain()) or (self.engine.events_left and self._requestable()):
            standstill.give_up()

    def rests(self) -> None:
        """Note how the execution ends without an action: at rest, or repeating itself."""
        self.circling = self.polls or (self.loop.next_timer() is not None and self._waits_in_vain())
        self.resting = not self.circling
        if self.circling and self.standstill is not None:
            self.standstill.assume_repetition()

    def _waits_in_vain(self) -> bool:
        """Say whether a call is still inside although its dependency is done, so that it waits for time to pass."""
        return any(call.inside and call.dependency is not None and call.dependency.done() for call in self.calls)

    def _requestable(self) -> int:
        """Return the key of the requests that others than the call can make."""
        key = self.inside * _INSIDE[0]
        if self._uncancel:
            for call, withdrawable in zip(self.calls, _WITHDRAWABLE, strict=False):
                if call.inside and _withdrawable(call):
                    key += withdrawable
        if self._third_party:
            dependency = self.dependency  # None until an owner has created it
            if dependency is not None and not dependency.done():
                key += _DEPENDENCY_LIVES
        if self.child is not None and not self.child.done() and self.calls[0].inside:
            key += _CHILD_LIVES
        return key

    # Doing an action

    def _complete(self) -> None:
        self.actor.wait.set_result(None)  # type: ignore[union-attr]

    def _fail(self) -> None:
        self.actor.wait.set_exception(self.actor.failing.make())  # type: ignore[union-attr]

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
        """Let the dependency cancel a controller, which takes an event."""
        self.engine.act(self._cancels[number], 1)


def _withdrawable(call: Call) -> bool:
    """Say whether there is still a request that the call did not make."""
    return call.count_entry + call.requests - call.withdrawals > 0 and call.task.cancelling() > 0
