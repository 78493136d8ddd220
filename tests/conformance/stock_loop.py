"""Stock asyncio with the driving interface of Treadle's loop, so that a play can run on either.

Everything that decides what runs when is CPython's own: `BaseEventLoop.run_forever` and `_run_once`, the ready queue of
`asyncio.Handle`s, `call_soon`. Added is what a play needs to be told about:

- *gaps*: `call_soon` puts a hook into the queue before each callback. It runs in a context of its own, where nothing
  of the program is set, and does nothing if the callback was cancelled meanwhile.
- *quiescence*: the selector is asked to block only when no callback is left. It tells the play instead.

Timers are the one thing that is not stock. Real time would make a run unrepeatable, so they fire when the play says
so, as on Treadle's loop, and the callback goes to the end of the queue at once. `_run_once` looks at the clock once a
round and then runs all that was in the queue: the callback of a timer that expires *within* a round comes after what
that round appends, not before it. `late_timers` says that a timer fired there, so that a stock loop with a clock might
have run the execution in another order.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import heapq
import itertools
import selectors
from typing import TYPE_CHECKING, Any

from treadle.loop import ordered_task_class
from treadle.schedule import TaskKind

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator


class Entry(tuple[Any, Any, Any]):
    """A callback, its arguments and its context, as Treadle's handles show them."""

    __slots__ = ()

    @property
    def _callback(self) -> Any:
        return self[0]


class HaltedError(SystemExit):
    """Leaves `run_forever` at once; `stop()` would run the rest of the round."""


class _Selector(selectors.SelectSelector):
    """Tells the loop when it would poll, and when it would block."""

    owner: StockLoop

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            self.owner.at_rest()
        self.owner.begin_round()
        return []


class _Hook:
    """Runs in the gap before a callback."""

    __slots__ = ("handle", "owner")

    handle: asyncio.Handle

    def __init__(self, owner: StockLoop) -> None:
        self.owner = owner

    def __call__(self) -> None:
        if not self.handle.cancelled():
            self.owner.at_gap()


class VirtualTimer(asyncio.TimerHandle):
    """A stock timer handle that shows its context, as a play wants it."""

    @property
    def context(self) -> contextvars.Context:
        return self._context  # type: ignore[attr-defined, no-any-return]


class ReadyQueue:
    """The callbacks in the stock queue, without hooks and cancelled ones: a view, in the form of Treadle's handles."""

    def __init__(self, owner: StockLoop) -> None:
        self._owner = owner
        self._entries: dict[int, tuple[asyncio.Handle, Entry]] = {}

    def _handles(self) -> Iterator[asyncio.Handle]:
        for handle in self._owner.queue:
            if not handle.cancelled() and type(handle._callback) is not _Hook:
                yield handle

    def _entry(self, handle: Any) -> Entry:
        """Return one and the same entry for a handle whenever it is asked for."""
        known = self._entries.get(id(handle))
        if known is None:
            known = self._entries[id(handle)] = handle, Entry((handle._callback, handle._args, handle._context))
        return known[1]

    def __bool__(self) -> bool:
        return any(True for _ in self._handles())

    def __len__(self) -> int:
        return sum(1 for _ in self._handles())

    def __iter__(self) -> Iterator[Entry]:
        return map(self._entry, self._handles())

    def __getitem__(self, index: int) -> Entry:
        return self._entry(next(itertools.islice(self._handles(), index, None)))

    def clear(self) -> None:
        self._owner.queue.clear()
        self._entries.clear()


class StockLoop(asyncio.SelectorEventLoop):
    """A stock loop that a play can drive: `run(gap)` asks before each callback, and stops when the answer is no."""

    unsupported = None
    stopping = False

    def arrives(self) -> bool:
        """Say that nothing comes from outside."""
        return False

    def __init__(self, task: TaskKind = TaskKind.C) -> None:
        selector = _Selector()
        selector.owner = self
        self._outside = contextvars.Context()
        super().__init__(selector)
        self.ready = ReadyQueue(self)
        self._task_class = ordered_task_class(task)
        self.reset()

    @property
    def queue(self) -> Any:
        return self._ready  # type: ignore[attr-defined]

    def reset(self) -> None:
        """Go back to the state of a new loop."""
        self.forget()
        self._order = itertools.count()
        self._virtual_time = 0.0
        self._tasks_made = 0
        self._answered = self._first_in_round = self.late_timers = False
        self._gap: Callable[[], bool] = lambda: False
        self._failure: BaseException | None = None
        self.set_task_factory(None)
        self.set_exception_handler(None)

    def direct(self, factory: Callable[..., Any], handler: Callable[..., object]) -> None:
        """Use this task factory and this exception handler."""
        self.set_task_factory(factory)
        self.set_exception_handler(handler)

    def forget(self) -> None:
        """Let go of all that waits for its turn."""
        self.ready.clear()
        self._timers: list[tuple[float, int, VirtualTimer]] = []

    # Gaps

    def run(self, gap: Callable[[], bool]) -> None:
        """Run callbacks; call `gap` before each, and stop when it says False."""
        self._outside = contextvars.copy_context()  # others act as whoever drives the loop
        self._gap = gap
        with contextlib.suppress(HaltedError):
            self.run_forever()
        if self._failure is not None:
            raise self._failure

    def _ask(self) -> None:
        try:
            if self._gap():
                return
        except BaseException as error:  # noqa: BLE001 - asyncio would log it; `run` raises it again
            self._failure = error
        raise HaltedError

    def begin_round(self) -> None:
        """Hear that `_run_once` is about to take what is in the queue."""
        self._first_in_round = True

    def at_rest(self) -> None:
        """Hear that the queue is empty; the gap before the callback that appears now is this one."""
        self._first_in_round = True
        self._ask()
        self._answered = True

    def at_gap(self) -> None:
        """Hear that the callback that the next handle holds is about to run."""
        if self._answered:
            self._answered = False
        else:
            self._ask()
        self._first_in_round = False

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        hook = _Hook(self)
        super().call_soon(hook, context=self._outside)
        hook.handle = super().call_soon(callback, *args, context=context)
        return hook.handle

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle | None:
        """Append a callback; ignore asyncgens that are finalized after their execution."""
        return self.call_soon(callback, *args, context=context) if self.is_running() else None

    # Time

    def time(self) -> float:
        return self._virtual_time

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        timer = VirtualTimer(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, next(self._order), timer))
        return timer

    def next_timer(self) -> VirtualTimer | None:
        return next(iter(self.pending_timers()), None)

    @property
    def may_pass(self) -> bool:
        """Say whether a timer waits; none of those that are compared is due when it is set."""
        return self.next_timer() is not None

    def end_turn(self) -> None:
        """Do nothing, for the same reason."""

    def pending_timers(self) -> list[VirtualTimer]:
        return [timer for _, _, timer in sorted(self._timers, key=lambda each: each[:2]) if not timer.cancelled()]

    def fire_timer(self, timer: VirtualTimer | None = None) -> bool:
        waiting = self.pending_timers()
        first = timer or next(iter(waiting), None)
        if first is None:
            return False
        self._virtual_time = max(self._virtual_time, first.when())
        self.late_timers = self.late_timers or not self._first_in_round
        end = self._virtual_time + self._clock_resolution  # type: ignore[attr-defined]
        due = [first] if timer else [each for each in waiting if each.when() < end]  # as `_run_once` has it
        self._timers = [each for each in self._timers if all(each[2] is not fired for fired in due)]
        for each in due:
            hook = _Hook(self)
            super().call_soon(hook, context=self._outside)
            hook.handle = each
            self.queue.append(each)  # the handle itself, as in `_run_once`: it can still be cancelled
        return True

    # Tasks

    def make_task(
        self, _loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], **options: Any
    ) -> asyncio.Task[Any]:
        """Make a task that sets iterate in the order of creation, as on Treadle's loop; else a stock one."""
        self._tasks_made += 1
        return self._task_class.make(self._tasks_made, coroutine, loop=self, **options)  # type: ignore[no-any-return]


# Loops with one fault each, which a comparison must notice.


class LastInFirstOut(StockLoop):
    """The callback that was registered last runs first."""

    def call_soon(self, *arguments: Any, **options: Any) -> asyncio.Handle:  # type: ignore[override]
        handle = super().call_soon(*arguments, **options)
        self.queue.rotate(2)
        return handle


class StepsFirst(StockLoop):
    """The steps of tasks overtake all other callbacks."""

    def call_soon(self, callback: Any, *arguments: Any, **options: Any) -> asyncio.Handle:  # type: ignore[override]
        handle = super().call_soon(callback, *arguments, **options)
        if hasattr(getattr(callback, "__self__", None), "get_coro"):
            self.queue.rotate(2)
        return handle


class DropsContext(StockLoop):
    """Callbacks run in the context of whoever registers them, not in the one that they were given."""

    def call_soon(self, *arguments: Any, **options: Any) -> asyncio.Handle:  # type: ignore[override]
        options.pop("context", None)
        return super().call_soon(*arguments, **options)


FAULTY: dict[str, type[StockLoop]] = {
    "last-in-first-out": LastInFirstOut,
    "steps-first": StepsFirst,
    "drops-context": DropsContext,
}
