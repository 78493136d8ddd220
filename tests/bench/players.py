"""Treadle and its peers, each as a player: it runs a contest so many times, in its own way, and counts the outcomes.

A peer is used as its documentation says, with its defaults, but that it does not stop at the first failure: the rate is
that of a search in which nothing is wrong. Outcomes are counted by the program itself, since none of the peers does.

- Treadle, *every schedule*: the enumeration, with the same counting. *Each state once*: `treadle.explore` as a user
  calls it, with the watchdog and its counterexamples written down; what its program raises is the outcome, because a
  counter that is kept from one execution to the next would be part of a state.
- Treadle's *check*: the same `cancel_and_wait`, judged as a candidate; its dependency is the most general one.
- detangle: `explore` with its mixture of strategies; the cancellation is injected by it, or comes from a task that it
  schedules, as it chooses.
- frontrun: `explore` by DPOR and at random. It schedules workers, so one of them cancels, after as many turns as the
  seed says, and the other looks in every turn whether the controller has ended: where it simply waits, frontrun finds
  nothing, because it does not come back before the end.
- seedloop: `check` over seeds. It never permutes tasks, so a task cancels after a number of turns that is drawn.
"""

from __future__ import annotations

import asyncio
import importlib
import platform
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from contest import REQUESTS, LostCancel, LostUpdate, cancel_after, cancel_and_wait, lost_cancel, lost_update
from execution import Leanest

import treadle
from treadle.check import resolve_target
from treadle.explorer import Limits, enumerate_schedules
from treadle.explorer.search import collecting_by_hand
from treadle.programs import Env, ProgramProperty, make_source
from treadle.programs.bounds import ProgramBounds
from treadle.programs.world import ProgramWorld
from treadle.schedule import Bounds, TaskKind
from treadle.situation import SituationWorld, parse_situation

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

Contest = type[LostUpdate] | type[LostCancel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """How many executions there were, how many schedules they cover, how each ended, and whether none is left."""

    executions: int
    outcomes: Counter[str]
    schedules: int | None = None
    exhausted: bool = False


class Player(Protocol):
    """Runs a contest. `whole`: a search that has an end, and is played to it."""

    @property
    def name(self) -> str:
        """The tool, and the way in which it searches."""

    @property
    def whole(self) -> bool:
        """Say whether it plays to the end."""

    def why_not(self, contest: Contest) -> str:
        """Say why it cannot take part, on this interpreter or at all; or nothing."""

    def play(self, contest: Contest, executions: int, seed: int) -> Played:
        """Run about so many executions; fewer if there are no more schedules."""


@dataclass(frozen=True, slots=True)
class _Peer:
    """A peer that may not be installed, or not run on this interpreter."""

    name: str
    module: str
    whole: bool = False

    def why_not(self, _contest: Contest) -> str:
        try:
            importlib.import_module(self.module)
        except ImportError as error:
            return f"not here: {error}; `make bench` installs what runs on this Python, {platform.python_version()}"
        return ""


def _told(counter: Counter[str], contest: LostUpdate | LostCancel) -> None:
    counter[contest.outcome()] += 1


# Treadle


def _played(executions: int, schedules: int, outcomes: Counter[str], *, asked: int) -> Played:
    """Sum up a search of Treadle's: where it took fewer executions than it might, nothing was left."""
    return Played(executions=executions, outcomes=outcomes, schedules=schedules, exhausted=executions < asked)


@dataclass(frozen=True, slots=True)
class EverySchedule:
    """Treadle's enumeration."""

    name: str = "Treadle, every schedule"
    whole: bool = True

    def why_not(self, _contest: Contest) -> str:
        return ""

    def play(self, contest: Contest, executions: int, seed: int) -> Played:  # noqa: ARG002 - nothing is drawn
        outcomes: Counter[str] = Counter()

        async def counted_update() -> None:
            this = LostUpdate()
            await this.main()
            _told(outcomes, this)

        async def counted_cancel(env: Env) -> None:
            this = LostCancel()
            controller = this.begin()
            env.may(this.cancel, times=REQUESTS)
            await asyncio.wait([controller])
            _told(outcomes, this)

        source = make_source(counted_update if contest is LostUpdate else counted_cancel)
        run = ProgramWorld(source, ProgramBounds(events=REQUESTS, any_order=contest is LostUpdate))
        found = enumerate_schedules(run, Limits(executions=executions))
        return _played(found.executions, found.schedules, outcomes, asked=executions)


@dataclass(frozen=True, slots=True)
class EachState:
    """`treadle.explore`."""

    name: str = "Treadle, each state once"
    whole: bool = True

    def why_not(self, _contest: Contest) -> str:
        return ""

    def play(self, contest: Contest, executions: int, seed: int) -> Played:  # noqa: ARG002 - nothing is drawn
        found = treadle.explore(
            lost_update if contest is LostUpdate else lost_cancel,
            events=REQUESTS,
            any_order=contest is LostUpdate,
            limit=executions,
        )
        lost = sum(each.schedules for each in found.violations if each.property is ProgramProperty.RAISES)
        outcomes = Counter({"lost": lost, "not lost": found.schedules - lost})
        return _played(found.executions, found.schedules, outcomes, asked=executions)


@dataclass(frozen=True, slots=True)
class Check:
    """`treadle check` on the candidate."""

    name: str = "Treadle's check"
    whole: bool = True

    def why_not(self, contest: Contest) -> str:
        return "" if contest is LostCancel else "it judges candidates, and nothing else"

    def play(self, contest: Contest, executions: int, seed: int) -> Played:  # noqa: ARG002 - nothing is drawn
        subject = resolve_target(f"{cancel_and_wait.__code__.co_filename}:{cancel_and_wait.__name__}").subject
        play = SituationWorld(subject, parse_situation("plain"), Bounds(events=3, steps=3), TaskKind.C)
        found = enumerate_schedules(play, Limits(executions=executions))
        outcomes: Counter[str] = Counter()
        for outcome, tally in found.tallies.items():
            (call,) = outcome
            outcomes[call.does] += tally.schedules
        return _played(found.executions, found.schedules, outcomes, asked=executions)


@dataclass(frozen=True, slots=True)
class LeanestLoop:
    """No tool, but what none can beat: a deque, and the program in one order."""

    name: str = "leanest loop"
    whole: bool = False

    def why_not(self, _contest: Contest) -> str:
        return ""

    def play(self, contest: Contest, executions: int, seed: int) -> Played:  # noqa: ARG002 - nothing is drawn
        outcomes: Counter[str] = Counter()

        async def program() -> None:
            this = contest()
            if isinstance(this, LostUpdate):
                await this.main()
            else:
                await asyncio.wait([this.begin()])
            _told(outcomes, this)

        loop = Leanest()
        with collecting_by_hand():
            for _ in range(executions):
                begin = iter([program])
                loop.play(lambda begin=begin: any(asyncio.Task(each(), loop=loop) for each in begin))  # type: ignore[misc]
        return Played(executions=executions, outcomes=outcomes)


# The peers


@dataclass(frozen=True, slots=True)
class Detangle(_Peer):
    """detangle; its runs differ by the seed."""

    name: str = "detangle"
    module: str = "detangle"

    def play(self, contest: Contest, executions: int, seed: int) -> Played:
        detangle: Any = importlib.import_module(self.module)
        outcomes: Counter[str] = Counter()

        async def lost_update() -> None:
            this = LostUpdate()
            await this.main()
            _told(outcomes, this)

        async def lost_cancel() -> None:
            this = LostCancel()
            controller = this.begin()
            if detangle.flip():
                detangle.inject_cancellation(controller)
                # It tells nobody when it cancels: look after each step.
                detangle.invariant(partial(this.look_at, controller))
                await asyncio.wait([controller])
            else:
                await asyncio.wait([controller, asyncio.create_task(cancel_after(this, 0))])
            _told(outcomes, this)

        program = lost_update if contest is LostUpdate else lost_cancel
        stats = detangle.explore(program, runs=executions, seed=seed, database=False, shrink=False)
        return Played(executions=stats.runs, outcomes=outcomes, exhausted=stats.exhausted)


@dataclass(frozen=True, slots=True)
class Seedloop(_Peer):
    """seedloop; its runs differ by the seed."""

    name: str = "seedloop"
    module: str = "seedloop"

    def play(self, contest: Contest, executions: int, seed: int) -> Played:
        seedloop: Any = importlib.import_module(self.module)
        outcomes: Counter[str] = Counter()

        async def lost_update(_world: Any) -> None:
            this = LostUpdate()
            await this.main()
            _told(outcomes, this)

        async def lost_cancel(world: Any) -> None:
            this = LostCancel()
            controller = this.begin()
            somebody = asyncio.create_task(cancel_after(this, world.rng.randrange(8)))
            await asyncio.wait([controller, somebody])
            _told(outcomes, this)

        program = lost_update if contest is LostUpdate else lost_cancel
        result = seedloop.check(program, seeds=range(seed * executions, (seed + 1) * executions))
        return Played(executions=result.checked, outcomes=outcomes)


@dataclass(frozen=True, slots=True)
class Frontrun(_Peer):
    """frontrun, by DPOR or at random."""

    name: str = "frontrun, DPOR"
    module: str = "frontrun"
    options: tuple[tuple[str, Any], ...] = field(default=(("strategy", "dpor"), ("stop_on_first", False)))
    most: str = "max_executions"

    def play(self, contest: Contest, executions: int, seed: int) -> Played:
        frontrun: Any = importlib.import_module(self.module)
        outcomes: Counter[str] = Counter()

        def holds(this: LostUpdate | LostCancel) -> bool:
            _told(outcomes, this)
            return True

        async def call(this: LostCancel) -> None:
            controller = this.begin()
            while not controller.done():  # noqa: ASYNC110 - this is what frontrun can schedule
                await asyncio.sleep(0)

        async def somebody(this: LostCancel) -> None:
            await cancel_after(this, seed % 5)

        workers: list[Callable[[Any], Coroutine[Any, Any, None]]] = (
            [LostUpdate.add, LostUpdate.add] if contest is LostUpdate else [call, somebody]
        )
        options = {**dict(self.options), self.most: executions}
        if self.most == "max_attempts":
            options["seed"] = seed
        asyncio.run(frontrun.explore(setup=contest, workers=workers, invariant=holds, **options))
        done = outcomes.total()
        return Played(executions=done, outcomes=outcomes, exhausted=self.most == "max_executions" and done < executions)


def all_players() -> tuple[Player, ...]:
    """Return the players, Treadle first."""
    at_random = Frontrun("frontrun, random", options=(("strategy", "random"),), most="max_attempts")
    return EverySchedule(), EachState(), Check(), LeanestLoop(), Detangle(), Frontrun(), at_random, Seedloop()
