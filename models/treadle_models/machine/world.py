"""The root of a state: the queue, the timers, the tasks that take part, and the phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle_models.machine.things import Callback, Error, Future, Task, Thing, Timer

if TYPE_CHECKING:
    from treadle_models.machine.code import Value


class Call(Thing):
    """The observation of one call so far: the fields of `treadle_models.spec.Observation`, and what they need."""

    FIELDS = (
        "by_call",
        "by_others",
        "by_scope",
        "cleared",
        "count_entry",
        "count_exit",
        "dependency",
        "done_entry",
        "done_exit",
        "due",
        "entered",
        "error",
        "exit",
        "failed",
        "failure_raised",
        "first",
        "forwarded",
        "forwarding",
        "inside",
        "late",
        "outstanding",
        "over",
        "pending",
        "pending_at_exit",
        "redelivered",
        "requested_after_exit",
        "requests",
        "scope_alone",
        "scope_fired",
        "scope_kept",
        "task",
        "withdrawals",
    )

    def __init__(self, zero: Value) -> None:
        self.task: Task | None = None
        self.dependency: Future | None = None
        self.forwarding = 0
        self.first = False  # it is the first of two calls, of which only the second is judged
        self.entered = self.inside = False
        self.exit = ""  # returned, cancelled or raised
        self.error: Error | None = None
        self.pending = self.pending_at_exit = self.redelivered = self.requested_after_exit = False
        self.requests = self.withdrawals = self.outstanding = zero
        self.by_scope = self.by_others = False  # what made requests: an enclosing scope, anything else
        self.count_entry = self.count_exit = zero
        self.by_call = self.forwarded = zero
        self.due = self.late = False
        self.done_entry = ""
        self.done_exit = self.failed = self.cleared = self.failure_raised = False
        self.scope_fired = self.scope_alone = self.scope_kept = False
        self.over = ""  # without bounds: "over", or "owes" if a failure is dropped unless another call raises it

    @property
    def disturbed(self) -> bool:
        """Say whether the controller was asked to stop since the call began, or right before."""
        return self.pending or self.by_scope or self.by_others


class Actor(Thing):
    """The state of the dependency's steps and choices; see `actor`."""

    FIELDS = ("deciding", "selfish", "steps_left", "task", "wait", "wait_cancelled")

    def __init__(self, steps: int | None, *, selfish: bool) -> None:
        self.steps_left = steps
        self.selfish = selfish
        self.task: Task | None = None
        self.wait: Future | None = None
        self.wait_cancelled = False
        self.deciding = ""  # how it was resumed, while its step is under way


class World(Thing):
    """The whole state. `phase`: what may happen next; see `play`."""

    FIELDS = (
        "actor",
        "calls",
        "child",
        "closed",
        "dependency",
        "early",
        "entering",
        "events_left",
        "idle",
        "open_calls",
        "pauses",
        "phase",
        "polling",
        "probes",
        "queue",
        "started",
        "stepping",
        "timers",
        "timers_left",
        "turn",
    )

    def __init__(self, calls: list[Call], actor: Actor, events: int | None, timers: int | None) -> None:
        self.queue: list[Callback] = []
        self.timers: list[Timer] = []
        self.calls = calls
        self.actor = actor
        self.dependency: Future | None = None
        self.child: Future | None = None
        self.probes: list[Future] = []
        self.pauses: list[Future] = []
        self.events_left = events
        self.timers_left = timers
        self.idle = 0
        self.polling: list[Value] | None = None
        self.phase = "gap"
        self.started = self.closed = self.early = False
        self.entering = False  # an owner makes the dependency
        self.open_calls = len(calls)
        self.turn: int | None = None  # the callbacks left in this turn; None: it makes no difference
        self.stepping = -1  # the call whose controller must leave in the callback that runs
