"""The progress bar: a bar with counts on a terminal, nothing in a pipe."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from treadle.explorer.memory import memory_of, memory_told
from treadle.workers.interrupts import descendants

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType


class Meter:
    """Counts finished requests. `costs` are the expected costs of the requests, in any unit."""

    def __init__(self, what: str, costs: Sequence[float]) -> None:
        """Show nothing before `__enter__`."""
        self._what = what
        self._costs = costs
        self._seen = [0] * len(costs)
        self.executions = 0
        self.done = 0
        self._progress = Progress(
            BarColumn(bar_width=24),
            TextColumn("{task.fields[told]}"),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._bar = self._progress.add_task("", total=sum(costs), told="")

    def __enter__(self) -> Meter:  # noqa: PYI034 - it has no subclasses
        """Show the bar."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the bar; if the user has interrupted, add to the error how far the work has got."""
        self._progress.stop()
        if isinstance(error, KeyboardInterrupt):
            error.add_note(self.told())

    def heard(self, index: int, executions: int, *, done: bool) -> None:
        """Count `executions` more for a request; `done` says that it is finished."""
        before = self._share(index)
        self.executions += executions
        self._seen[index] += executions
        self.done += done
        after = self._costs[index] if done else self._share(index)
        self._progress.update(self._bar, advance=after - before, told=self._shown())

    def _share(self, index: int) -> float:
        """Return how much of an unfinished request counts as done: at most 95 % of its cost."""
        cost = self._costs[index]
        return min(float(self._seen[index]), 0.95 * cost)

    def told(self) -> str:
        """Say how far the work has got."""
        executions = f", {self.executions:,} executions" if self.executions else ""
        return f"{self.done} of {len(self._costs)} {self._what} done{executions}"

    def _shown(self) -> str:
        """Say how far the work has got, and how much memory the largest of our child processes has."""
        if self._progress.disable:
            return ""
        largest = max((memory_of(each) for each in descendants(os.getpid())), default=0)
        return f"{self.told()}, {memory_told(largest)}" if largest else self.told()
