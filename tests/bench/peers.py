"""Executions a second of Treadle and of its peers on the same two programs, in one run, and what each finds and misses.

    python tests/bench/peers.py [--turns N]

prints the result as JSON. The players take turns of about a third of a second of processor time, so that whatever else
the machine does disturbs all alike; a ratio is the median over the turns. A player that is not installed, or does not
run on this interpreter, has its reason in place of numbers. What a player finds are the outcomes that it has seen in
all of its turns, what it misses the others that the program has.

The ratio that counts is that of the enumeration, execution for execution. Where each state is visited once, fewer
executions cover more schedules, so that has a second rate: schedules covered a second. The leanest loop, a deque and
nothing else, runs the same program again and again in one order: no tool that runs real tasks can be faster.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from importlib import metadata
from typing import TYPE_CHECKING, Any

from contest import CONTESTS
from players import EverySchedule, LeanestLoop, all_players
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from players import Contest, Played, Player

WANTED = {"detangle": 8, "frontrun, DPOR": 100, "seedloop": 8}
"""How many times as many executions a second as this peer Treadle is to have."""

_SECONDS_A_TURN = 0.3
_FIRST = 100  # executions, from which it is estimated how many a turn has
_MOST = 50_000


@dataclass(slots=True)
class _Score:
    """What a player has done in all turns of a contest."""

    rates: list[float] = field(default_factory=list)  # executions a second of processor time, one a turn
    covered: list[float] = field(default_factory=list)  # schedules a second
    executions: int = 0
    exhausted: bool = False
    outcomes: Counter[str] = field(default_factory=Counter)

    def add(self, turn: list[Played], seconds: float) -> None:
        """Add a turn, in which it may have played more than once."""
        executions = sum(each.executions for each in turn)
        self.rates.append(executions / seconds)
        self.covered.append(sum(each.schedules or 0 for each in turn) / seconds)
        self.executions += executions
        for each in turn:
            self.exhausted = self.exhausted or each.exhausted
            self.outcomes += each.outcomes


def measure_peers(turns: int) -> dict[str, Any]:
    """Let all players take so many turns at each contest."""
    return {
        "python": platform.python_version(),
        "turns": turns,
        "wanted": WANTED,
        "contests": {contest.name: _measure(contest, turns) for contest in CONTESTS},
    }


def _measure(contest: Contest, turns: int) -> dict[str, Any]:
    players = all_players()
    absent = {player.name: why for player in players if (why := player.why_not(contest))}
    present = [player for player in players if player.name not in absent]
    sizes = {player.name: _size_of_turn(player, contest) for player in present}
    scores = {player.name: _Score() for player in present}
    for turn in range(turns):
        for player in present:
            scores[player.name].add(*_take_turn(player, contest, sizes[player.name], seed=turn + 1))
    ours = scores[EverySchedule().name].rates
    return {
        "endings": len(contest.outcomes),
        "players": {name: _told(contest, name, score) for name, score in scores.items()},
        "absent": absent,
        "ratios": {
            name: round(statistics.median(mine / theirs for mine, theirs in zip(ours, score.rates, strict=True)), 2)
            for name, score in scores.items()
            if not name.startswith("Treadle")
        },
    }


def _size_of_turn(player: Player, contest: Contest) -> int:
    """Find how many executions a turn has; the first ones, which import and compile, do not count.

    A search of Treadle's is played whole, however long it takes: its first executions cost more than the others.
    """
    size = _FIRST
    player.play(contest, size, seed=0)
    while size < _MOST and not player.whole:
        played, seconds = _timed(player, contest, size, seed=0)
        if seconds > _SECONDS_A_TURN / 2:
            break
        size = _MOST if played.executions < size else size * 2
    return _MOST if player.whole else size


def _take_turn(player: Player, contest: Contest, executions: int, *, seed: int) -> tuple[list[Played], float]:
    """Play until the time of a turn is over: a search that has no more schedules is played again."""
    turn = []
    seconds = 0.0
    while seconds < _SECONDS_A_TURN / 2:
        played, took = _timed(player, contest, executions, seed=seed)
        turn.append(played)
        seconds += took
    return turn, seconds


def _timed(player: Player, contest: Contest, executions: int, *, seed: int) -> tuple[Played, float]:
    gc.collect()
    began = time.process_time()
    played = player.play(contest, executions, seed)
    return played, max(time.process_time() - began, 1e-6)


def _told(contest: Contest, name: str, score: _Score) -> dict[str, Any]:
    outcomes = dict(sorted(score.outcomes.items()))
    comparable = name != LeanestLoop().name and set(outcomes) <= set(contest.outcomes)
    covered = statistics.median(score.covered)
    return {
        "version": _version(name),
        "rate": round(statistics.median(score.rates)),
        "schedules_rate": round(covered) if covered else None,
        "executions": score.executions,
        "exhausted": score.exhausted,
        "outcomes": outcomes,
        "misses": [each for each in contest.outcomes if each not in outcomes] if comparable else None,
    }


def _version(name: str) -> str:
    try:
        return metadata.version(name.split(",", maxsplit=1)[0].removesuffix("'s check").lower())
    except metadata.PackageNotFoundError:  # on the path, not installed
        return ""


def show_peers(measured: dict[str, Any] | str) -> None:
    """Print a table for each contest; or why there is none."""
    console = Console(width=100)
    if isinstance(measured, str):
        console.print(f"peers on another interpreter: {measured}")
        return
    for name, contest in measured["contests"].items():
        table = Table(title=f"{name}, CPython {measured['python']}", title_justify="left")
        for heading in ("", "executions/s", "schedules/s", "Treadle is", "wanted", "endings seen"):
            table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
        for player, told in contest["players"].items():
            ratio = contest["ratios"].get(player)
            table.add_row(
                player,
                f"{told['rate']:,}",
                f"{told['schedules_rate']:,}" if told["schedules_rate"] else "",
                "" if ratio is None else f"{ratio:,} x",
                f">= {measured['wanted'][player]} x" if player in measured["wanted"] else "",
                "" if told["misses"] is None else f"{len(told['outcomes'])} of {contest['endings']}",
            )
        console.print(table)
        for player, why in contest["absent"].items():
            console.print(f"{player}: {why}")


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=9, help="turns of each player (default 9)")
    options = parser.parse_args()
    json.dump(measure_peers(options.turns), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
