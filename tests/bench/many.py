"""What thousands of trivial tasks cost in one schedule, beside `asyncio.run`, in turns.

    python tests/bench/many.py [--few 6000] [--many 20000] [--turns 3]

Prints for each number of tasks the ratio to `asyncio.run`, and how much more the larger number takes than the smaller.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from typing import TYPE_CHECKING

import treadle

if TYPE_CHECKING:
    from collections.abc import Callable


def program(count: int) -> Callable[[], object]:
    """Return a program with so many tasks, which sleep for a while, in one order of their deadlines."""

    async def main() -> None:
        await asyncio.gather(*(asyncio.sleep(number % 7 and 0.001) for number in range(count)))

    return main


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of a call."""
    began = time.process_time()
    work()
    return time.process_time() - began


def measure(count: int) -> tuple[float, float]:
    """Return the seconds under Treadle and under `asyncio.run`."""
    main = program(count)

    def explore() -> None:
        found = treadle.explore(main, events=0, callbacks=10 * count)
        assert (found.schedules, str(found.verdict)) == (1, "holds"), str(found)

    return seconds(explore), seconds(lambda: asyncio.run(main()))  # type: ignore[arg-type]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--few", type=int, default=6_000, help="the smaller number of tasks (default 6,000)")
    parser.add_argument("--many", type=int, default=20_000, help="the larger (default 20,000)")
    parser.add_argument("--turns", type=int, default=3, help="measurements of each (default 3)")
    arguments = parser.parse_args()
    growth = []
    measure(1)  # the first call imports what it needs
    for _ in range(arguments.turns):
        took = {count: measure(count) for count in (arguments.few, arguments.many)}
        for count, (ours, stock) in took.items():
            print(f"{count:,} tasks: {ours:.2f} s, {ours / stock:.2f} times asyncio.run")
        growth.append(took[arguments.many][0] / took[arguments.few][0])
    print(f"{arguments.many:,} take {statistics.median(growth):.2f} times what {arguments.few:,} take")


if __name__ == "__main__":
    main()
