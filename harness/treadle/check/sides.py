"""The two sides of a lockstep: the machine of the models, and real tasks, each noting everything visible.

After each callback these are: the `cancelling()` of each task, a pending cancellation, what it waits for, and how it
has ended; what is in the queue; how many timers are set; and the counts of each call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, Unpack

from treadle.explorer import Answers
from treadle.situation import SituationWorld
from treadle.situation.patience import OF_CANDIDATES
from treadle.situation.polling import POLLED_GAPS
from treadle_models.machine.play import End, Play, State
from treadle_models.machine.things import Task

if TYPE_CHECKING:
    from treadle.schedule import Kind
    from treadle.situation.subject import Staging, StagingByName
    from treadle_models.machine.interpreter import Arc
    from treadle_models.machine.stage import MachineLimits
    from treadle_models.spec import Observation

Snapshot = tuple[Any, ...]
Log = tuple[list[Snapshot], tuple["Observation", ...]]
"""The snapshot after each callback, and the observations at the end."""
Choices = tuple[int, ...]
PARTS = ("tasks", "the queue", "timers", "calls")
"""The parts of a snapshot."""


class Follow(Answers):
    """Answers choice points from a list, then with 0; both for the machine and for real worlds."""

    def __init__(self, choices: Choices) -> None:
        """Follow these choices."""
        self._rest = list(choices)

    def choose(self, first: Kind | tuple[str, ...], count: int = 0, _priced: int = 0) -> int:
        """Return the next choice."""
        options = count or len(first)
        choice = self._rest.pop(0) if self._rest else 0
        return min(choice, options - 1)

    def decide(self, formula: object) -> bool:
        """Raise an error: within bounds every formula has a truth value."""
        message = f"{formula} has no truth value within bounds"
        raise AssertionError(message)


class LoggingMachine(Play):
    """The machine, which notes everything visible and the place in the program after each callback and at the end."""

    log: list[Snapshot]
    places: list[str]

    @classmethod
    def beside(cls, play: Play, limits: MachineLimits) -> Self:
        """Return a machine that runs the same target in the same situation."""
        made = cls(play.version, play.situation, limits, play.target, owner=play.owner, roles=play.roles)
        made.turns = True
        return made

    def arrive(self) -> State | End:
        """Note a snapshot."""
        if not self.world.actor.deciding and not self.world.closed:
            self.log.append(self._snapshot())
            self.places.append(where(self.arcs))
        return super().arrive()

    def _snapshot(self) -> Snapshot:
        world = self.world
        people = [call.task for call in world.calls] + [world.dependency]
        return (
            tuple(self._state_of(each) for each in people),
            tuple(self._name(each.target) if each.what != "call" else "loop" for each in world.queue),
            len(world.timers),
            tuple((c.inside, c.requests, c.withdrawals, c.outstanding, c.by_call, c.forwarded) for c in world.calls),
        )

    def _name(self, task: Any) -> str:
        if task.number >= 0:
            return f"controller {task.number + 1}"
        return "dependency" if task is self.world.dependency else "task"

    def _state_of(self, future: Any) -> Snapshot:
        if future is None:
            return ()
        ended = "" if future.state == "pending" else future.state
        if not isinstance(future, Task):
            return 0, False, "", ended, future.unreported
        waits = future.waits_for
        waits_for = "" if waits is None else "dependency" if waits is self.world.dependency else "future"
        return future.count, future.must_cancel, waits_for, ended, future.unreported

    def run(self, choices: Choices) -> Log:
        """Run a schedule to its end."""
        self.log, self.places, self.arcs = [], [], {}
        oracle = Follow(choices)
        state = self.first(oracle)
        while isinstance(state, State):
            state = self.act(state, oracle)
        self.places.append(where(self.arcs))
        return self.log, state.seen

    @property
    def left_early(self) -> bool:
        """Say whether a controller has ended, or never begun, before the call."""
        return not all(call.entered for call in self.world.calls)


def where(arcs: dict[Arc, None]) -> str:
    """Return the last place of the program: file, line and text."""
    for code, _, place in reversed(arcs):
        if place >= 0 and code.nodes[place].line:
            node = code.nodes[place]
            return f"{code.file}:{node.line}: {node.text}"
    return "before the first line of the target"


class ModelledWorld(SituationWorld):
    """Real tasks with the patience of the machine: what goes on by itself is disturbed for as many gaps as there."""

    def __init__(self, *arguments: *Staging, **options: Unpack[StagingByName]) -> None:
        """Prepare; see `Stage`."""
        super().__init__(*arguments, **options)
        self.waits = OF_CANDIDATES
        self.patience = POLLED_GAPS
        self.standstill = None


class LoggingWorld(ModelledWorld):
    """The same, with a snapshot after each callback."""

    log: list[Snapshot]

    def begin(self) -> None:
        """Begin an execution."""
        self.log = []
        super().begin()
        self.engine.next_look = 0  # it looks in every gap

    def start(self) -> None:
        """Note a snapshot at the beginning."""
        super().start()
        self.log.append(self._snapshot())

    def must_end(self) -> bool:
        """Note a snapshot after a callback."""
        if self.started and not self.engine.closed:
            self.log.append(self._snapshot())
        return super().must_end()

    def _snapshot(self) -> Snapshot:
        people = [getattr(call, "task", None) for call in self.calls] + [self.dependency]
        return (
            tuple(self._state_of(each) for each in people),
            tuple(self._name(getattr(entry[0], "__self__", None)) for entry in self.loop.ready),
            len(self.loop.pending_timers()),
            tuple((c.inside, c.requests, c.withdrawals, c.outstanding, c.by_call, c.forwarded) for c in self.calls),
        )

    def _name(self, task: Any) -> str:
        for number, call in enumerate(self.calls, start=1):
            if task is getattr(call, "task", self):
                return f"controller {number}"
        if task is not None and task is self.dependency:
            return "dependency"
        return "task" if hasattr(task, "get_coro") else "loop"

    def _state_of(self, future: Any) -> Snapshot:
        if future is None:
            return ()
        ended = ""
        if future.done():
            ended = "cancelled" if future.cancelled() else "exception" if future._exception else "result"
        unreported = bool(future._log_traceback)
        if not hasattr(future, "get_coro"):
            return 0, False, "", ended, unreported
        waits = future._fut_waiter
        waits_for = "" if waits is None else "dependency" if waits is self.dependency else "future"
        return future.cancelling(), future._must_cancel, waits_for, ended, unreported

    def play_schedule(self, choices: Choices) -> Log:
        """Run a schedule to its end."""
        execution = self.run(Follow(choices))
        return self.log, tuple(call.observation for call in execution.outcome)
