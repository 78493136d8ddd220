"""What real tasks do in every short sequence of operations of the Task protocol, as `Task.v` names them.

    python tests/conformance/task_protocol.py --task C --depth 5

needs the standard library alone. It prints a tree as JSON: of each sequence what can be seen of the task after it (the
count, a pending cancel, where it stands), what was seen of its last operation, and by name what can be done next. Each
sequence is run by a task of its own, on a loop that keeps a queue and nothing else. The task begins as `fresh` of
`Task.v`: its next step is in the queue after a bare yield.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import sys
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

OUTCOMES = ("Result", "Failure", "Cancelled")
ANYBODY = ("Cancel", "Uncancel")
NEXT = {
    "Running": (
        *ANYBODY,
        *(f"Suspend {each}" for each in ("Plain", "Absorbing", "Refusing")),
        *(f"SuspendDone {each}" for each in OUTCOMES),
        "Yield",
        *(f"Finish {each}" for each in OUTCOMES),
    ),
    "Waiting": (*ANYBODY, *(f"Complete {each}" for each in OUTCOMES)),
    "Scheduled": (*ANYBODY, "Resume"),
    "Woken": (*ANYBODY, "Resume"),
    "Done": ANYBODY,
}


class BoomError(Exception):
    """A failure."""


class StopHereError(Exception):
    """The sequence ends while a step runs."""


class Queue:
    """As much of a loop as a task needs."""

    def __init__(self) -> None:
        self.ready: list[Callable[[], object]] = []

    def call_soon(self, callback: Callable[..., object], *args: object, context: Any = None) -> None:
        self.ready.append(lambda: context.run(callback, *args))

    def get_debug(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Nobody asks how these tasks have ended."""


class Absorbing(asyncio.Future[None]):
    """It takes a request while it is pending, and goes on."""

    log: list[str]

    def cancel(self, msg: object = None) -> bool:  # noqa: ARG002 - the signature is asyncio's
        if self.done():
            return False
        self.log.append("PassedOn")
        return True


class Refusing(asyncio.Future[None]):
    """It does not take a request."""

    def cancel(self, msg: object = None) -> bool:  # noqa: ARG002 - the signature is asyncio's
        return False


@types.coroutine
def yielded(what: object) -> Generator[object, None, None]:
    """Yield to the task, as a suspension does."""
    yield what


def how(future: asyncio.Future[None]) -> str:
    """Return how a future has ended."""
    return "Cancelled" if future.cancelled() else "Failure" if future.exception() else "Result"


def end(future: asyncio.Future[None], outcome: str) -> None:
    """End a future."""
    if outcome == "Result":
        future.set_result(None)
    elif outcome == "Failure":
        future.set_exception(BoomError())
    else:
        asyncio.Future.cancel(future)


class Play:
    """One task, and what is done to it."""

    def __init__(self, kind: str, operations: tuple[str, ...]) -> None:
        self.loop = Queue()
        asyncio._set_running_loop(self.loop)  # type: ignore[arg-type]  # from 3.14 on, a step asks for it
        self.left = list(operations)
        self.last = operations[-1] if operations else ""
        self.log: list[str] = []
        self.seen: dict[str, Any] = {}
        self.future: Any = None
        self.kind = ""
        make: Any = asyncio.Task if kind == "C" else asyncio.tasks._PyTask  # type: ignore[attr-defined]
        self.task: Any = make(self.body(), loop=self.loop)
        self.loop.ready.pop(0)()  # up to the bare yield

    def run(self) -> dict[str, Any]:
        """Do all operations; return what is seen after the last of them, and of it."""
        while self.left:
            operation = self.left.pop(0)
            self.log.clear()
            if operation == "Resume":
                self.loop.ready.pop(0)()
            else:
                self.by_anybody(operation)
        if not self.seen:
            place = self.place()
            if self.last.startswith("Finish"):
                self.log.append(place.replace("Done", "Ended"))
            self.see(place)
        return self.seen

    def see(self, place: str) -> None:
        count, must_cancel = self.task.cancelling(), self.task._must_cancel
        self.seen = {"count": count, "must_cancel": must_cancel, "at": place, "log": list(self.log)}

    def by_anybody(self, operation: str) -> None:
        word, _, outcome = operation.partition(" ")
        if word == "Cancel":
            self.task.cancel()
        elif word == "Uncancel":
            self.task.uncancel()
        else:
            end(self.future, outcome)

    async def body(self) -> None:
        """Do what comes next, as long as a step runs: what the code does, and what others do meanwhile."""
        await self.suspend("Yield", "")
        while self.left:
            operation = self.left.pop(0)
            self.log.clear()
            word, _, rest = operation.partition(" ")
            if word == "Finish":
                self.finish(rest)
                return
            if word in ("Suspend", "SuspendDone", "Yield"):
                await self.suspend(word, rest)
            else:
                self.by_anybody(operation)
        self.see("Running")
        raise StopHereError

    def finish(self, outcome: str) -> None:
        if outcome == "Failure":
            raise BoomError
        if outcome == "Cancelled":
            raise asyncio.CancelledError

    async def suspend(self, word: str, rest: str) -> None:
        self.future, self.kind = None, rest
        if word != "Yield":
            kinds: dict[str, Any] = {"Absorbing": Absorbing, "Refusing": Refusing}
            self.future = kinds.get(rest, asyncio.Future)(loop=self.loop)
            if rest == "Absorbing":
                self.future.log = self.log
            if word == "SuspendDone":
                end(self.future, rest)
            self.future._asyncio_future_blocking = True
        try:
            await yielded(self.future)
        except asyncio.CancelledError:
            self.log.append("Threw Cancelled")
        except BoomError:
            self.log.append("Threw Failure")
        else:
            self.log.append("Threw Result")

    def place(self) -> str:
        """Return where the task stands in a gap."""
        if self.task.done():
            return f"Done {how(self.task)}"
        if not self.loop.ready:
            return f"Waiting {self.kind}"
        return "Scheduled" if self.future is None else f"Woken {how(self.future)}"


def tree(kind: str, depth: int, before: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what is seen after some operations, and the same of whatever can be done next."""
    seen = Play(kind, before).run()
    following = NEXT[seen["at"].partition(" ")[0]] if len(before) < depth else ()
    return {**seen, "next": {each: tree(kind, depth, (*before, each)) for each in following}}


def size(node: dict[str, Any]) -> int:
    """Return how many sequences there are in a tree."""
    return 1 + sum(map(size, node["next"].values()))


def main() -> None:
    """Print the tree of this interpreter."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--task", choices=("C", "Py"), default="C")
    parser.add_argument("--depth", type=int, default=4)
    arguments = parser.parse_args()
    found = tree(arguments.task, arguments.depth)
    told = {"python": platform.python_version(), "task": arguments.task, "sequences": size(found), "tree": found}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
