"""The most general dependency: every task, not an example. The same one as that of the harness, step for step.

In each step it may do whatever makes sense after the way in which it was resumed (`CHOICES`). Before that it may cancel
a controller, which is an event, and itself if the situation allows that. A dependency that has to choose stops the
machine in the middle of its step: a choice is a separate action, so a step with any number of events is a path and not
one huge action.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle_models.machine.things import Error, Future, Thing

if TYPE_CHECKING:
    from treadle_models.machine.code import Value
    from treadle_models.machine.world import Actor

FAILURES = {
    "": "FailureError",
    "timeout": "TimeoutError",
    "group": "ExceptionGroup",
    "cancelled": "StoppedError",
    "base": "BrokenError",
}
"""The class of the exception with which a dependency fails, by the field `failure` of a situation."""
WAITS = ("wait", "uncancel")
CHOICES: dict[str, tuple[str, ...]] = {
    "first": ("return", "raise", "wait"),
    "normally": ("return", "wait"),
    "failed": ("raise",),
    "wait-cancelled": ("reraise",),
    "cancelled": ("reraise", "return", "raise", "wait", "uncancel"),
    "afterwards": ("reraise", "return", "wait"),
}
"""What a dependency may do, by how it was resumed."""


class ActorFrame(Thing):
    """The coroutine of the dependency. `act`: what it did last; `waits_first`: its first step is set-up, and waits."""

    FIELDS = ("act", "error", "future", "taken", "waits_first")

    def __init__(self, *, waits_first: bool) -> None:
        self.waits_first = waits_first
        self.taken = False
        self.act = ""
        self.error: Error | None = None
        self.future: Future | None = None


class EndedFrame(Thing):
    """The coroutine of a dependency that ends in its first step: in result, exception or cancelled."""

    FIELDS = ("how", "taken")

    def __init__(self, how: str) -> None:
        self.how = how
        self.taken = False


def options(actor: Actor) -> tuple[str, ...]:
    """Return what the dependency may do to end the current step; in its last step it cannot wait again."""
    choices = CHOICES[actor.deciding]
    if actor.steps_left is None:
        return (*choices, "forever") if set(choices) & set(WAITS) else choices
    if actor.steps_left > 0:
        return choices
    ends = tuple(act for act in choices if act not in WAITS)
    return (*ends, "forever") if len(ends) < len(choices) else ends


def is_failure(error: Error | None, failure: str) -> bool:
    """Say whether an exception is one with which the dependency fails in a situation with this `failure`."""
    return error is not None and error.is_a(FAILURES[failure])


def how_resumed(frame: ActorFrame, actor: Actor, error: Error | None, failure: str) -> str:
    """Say how the dependency was resumed, and keep the exception."""
    if error is None:
        return "normally" if frame.error is None else "afterwards"
    frame.error = error
    if error.is_a("CancelledError") and not is_failure(error, failure):
        return "wait-cancelled" if actor.wait_cancelled else "cancelled"
    return "failed"


def ending(frame: ActorFrame, act: str, new: Error, cancelled: Error, failure: str) -> tuple[str, Value]:
    """Return how the coroutine ends after this choice; `new` is a failure of its own."""
    if act == "return":
        return "returns", "result"
    if act == "reraise":
        return "raises", frame.error or cancelled
    return "raises", frame.error if is_failure(frame.error, failure) else new
