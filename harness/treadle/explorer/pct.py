"""PCT, probabilistic concurrency testing, for a first-in, first-out loop.

Source: Burckhardt, Kothari, Musuvathi, Nagarakatti, "A Randomized Scheduler with Probabilistic Guarantees of Finding
Bugs", ASPLOS 2010. A bug has a *depth* d: the number of ordering constraints that must be met for it to show. PCT
places d - 1 priority changes uniformly among the k steps of an execution of n threads, and finds a bug of depth d with
a probability of at least 1 / (n k^(d-1)) in each execution.

Where we differ: callbacks of asyncio run in a fixed order, so there are no threads to give priorities to; what is open
is in which gaps the environment acts. We draw d gaps uniformly among the k of an execution, with d between 0 and the
bound on events. We act in those gaps, as often as they were drawn, uniformly among the (at most n) options. A schedule
with d events is hit with a probability of at least 1 / ((d_max + 1) n^d k^d). Events at quiescence and free choices are
uniform. If the order of the ready queue is free, PCT would give each task a priority; we draw that order uniformly
instead. `k` is learned: it is the length of the longest execution so far.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from treadle.explorer.program import Answers
from treadle.schedule import Kind

if TYPE_CHECKING:
    from treadle.explorer.program import Scheduler


class PctSampler:
    """A sampler that draws the gaps in which the environment acts before an execution begins."""

    key = "pct"
    name = "PCT"
    about = "few actions, at well-chosen moments (probabilistic concurrency testing)"

    def __init__(self, seed: int, *, events: int) -> None:
        """Start; `events` is the largest depth."""
        self._random = random.Random(seed)  # noqa: S311 - no secrets here
        self._events = events
        self._gaps = 1

    def scheduler(self) -> Scheduler:
        """Draw the gaps of the next execution."""
        depth = self._random.randint(0, self._events)
        gaps = [self._random.randint(1, self._gaps) for _ in range(depth)]
        return _ActsInGaps(self._random, gaps)

    def learn(self, moments: int) -> None:
        """Remember the longest execution."""
        self._gaps = max(self._gaps, moments)


class _ActsInGaps(Answers):
    __slots__ = ("_gaps", "_open", "_random")

    def __init__(self, source: random.Random, gaps: list[int]) -> None:
        self._random = source
        self._gaps = gaps
        self._open = 0  # actions left in this gap

    def choose(self, kind: Kind, options: int, _priced: int = 0) -> int:
        if kind is not Kind.EVENT:
            return self._random.randrange(options)
        self._open -= 1
        return self._random.randrange(1, options) if self._open >= 0 else 0

    def passes(self, moment: int) -> bool:
        self._open = self._gaps.count(moment)
        return False
