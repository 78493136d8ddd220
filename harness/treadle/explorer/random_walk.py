"""The random walk: at each choice point all options are equally likely, except that the environment rarely acts.

A uniform walk uses up the bound on events in the first few gaps of a long execution. So an action is done in each of
`k` gaps with a probability of `a / (k + a)`, where `a` is the bound on events plus one, and then all actions are
equally likely. Other choices are uniform. `k` is learned: it is the length of the longest execution so far. The
probability must be below 1 for every `k`: otherwise a walk that begins with short executions, because it always acts at
once, would never see a longer one. There is no guarantee like that of PCT (see `pct`); in exchange nothing is assumed
about the depth of the problem.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from treadle.explorer.program import Answers
from treadle.schedule import Kind

if TYPE_CHECKING:
    from treadle.explorer.program import Scheduler


class RandomWalk(Answers):
    """A sampler that walks at random, from a seed; it is its own scheduler."""

    key = "walk"
    name = "a random walk"
    about = "every option is equally likely, except that the environment rarely acts"

    def __init__(self, seed: int, *, events: int) -> None:
        """Start; `events` is the bound on events, which is the intended number of actions in an execution."""
        self._random = random.Random(seed)  # noqa: S311 - no secrets here
        self._acts = events + 1
        self._gaps = 0

    def scheduler(self) -> Scheduler:
        """Return the scheduler of the next execution."""
        return self

    def learn(self, moments: int) -> None:
        """Remember the longest execution."""
        self._gaps = max(self._gaps, moments)

    def choose(self, kind: Kind, options: int, _priced: int = 0) -> int:
        """Draw an answer."""
        if kind is Kind.EVENT and self._random.random() * (self._gaps + self._acts) >= self._acts:
            return 0
        if kind is Kind.EVENT:
            return self._random.randrange(1, options)
        return self._random.randrange(options)
