"""Run CPython's own tests of asyncio on the stock loop or on Treadle's, and write how each ended.

`python cpython.py LOOP [--without=NAME,...] MODULE ...`, where LOOP is `stock` or `treadle`, prints JSON: from a test's
name to `passed`, `failed`, `error` or `skipped`; what those said that failed; how many of Treadle's loops were made.

On Treadle's loop, `new_event_loop` gives Treadle's, and the loop that most of these tests make for themselves,
`test.test_asyncio.utils.TestLoop`, is compiled again from its source with Treadle's loop in the place of
`BaseEventLoop`.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import gc
import importlib
import inspect
import io
import json
import signal
import sys
import types
import unittest
import warnings
from typing import Any

from treadle.loop import Loop
from treadle.outside import SimulatedOutside, WithoutSelector, simulated_surroundings
from treadle.schedule import TaskKind

SECONDS = 240
"""After which it is over, whatever a test does: then it is said where it stands."""


class Counted(SimulatedOutside, Loop, WithoutSelector):  # type: ignore[misc]  # asyncio's stubs differ
    """Treadle's loop, with connections in memory; it counts how many were made."""

    made = 0

    def __init__(self) -> None:
        super().__init__()
        Counted.made += 1


class Unpolled(Counted):
    """Treadle's loop as the test loop wants one: the test says how time passes, and nobody else does."""

    def _wait(self) -> None:
        """Let the test loop ask the test."""

    def _count_turn(self) -> None:
        """Count nothing: a test loop is told how much time has passed."""


def put_in_place() -> None:
    """Let asyncio and its tests use Treadle's loop."""
    utils: Any = importlib.import_module("test.test_asyncio.utils")

    stock = asyncio.SelectorEventLoop
    for policy in vars(asyncio).values(), vars(importlib.import_module("asyncio.unix_events")).values():
        for each in policy:
            if isinstance(each, type) and getattr(each, "_loop_factory", None) is stock:
                each._loop_factory = Counted  # type: ignore[attr-defined]
    asyncio.EventLoop = Counted  # type: ignore[attr-defined]  # what a runner makes from 3.14 on
    source = inspect.getsource(utils.TestLoop)
    names = {**vars(utils), "base_events": types.SimpleNamespace(BaseEventLoop=Unpolled)}
    exec(compile(source, inspect.getfile(utils), "exec"), names)  # noqa: S102 - CPython's own code
    utils.TestLoop = names["TestLoop"]


class Ends(unittest.TestResult):
    """How each test ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: dict[str, str] = {}
        self.told: dict[str, str] = {}

    def startTest(self, test: Any) -> None:  # noqa: N802 - the name that unittest calls
        super().startTest(test)
        self.ends[test.id()] = "passed"

    def _end(self, test: Any, how: str, error: Any) -> None:
        self.ends[test.id()] = how
        self.told[test.id()] = self._exc_info_to_string(error, test)  # type: ignore[attr-defined]

    def addFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        self._end(test, "failed", err)

    def addError(self, test: Any, err: Any) -> None:  # noqa: N802
        self._end(test, "error", err)

    def addSubTest(self, test: Any, _subtest: Any, err: Any) -> None:  # noqa: N802
        if err is not None:
            self._end(test, "failed", err)

    def addSkip(self, test: Any, _reason: str) -> None:  # noqa: N802
        self.ends[test.id()] = "skipped"


def _tests(suite: Any) -> list[Any]:
    return [suite] if isinstance(suite, unittest.TestCase) else [test for each in suite for test in _tests(each)]


def main(loop: str, *arguments: str) -> None:
    """Run the tests of these modules and print how they ended."""
    without = [name for each in arguments if each.startswith("--") for name in each.partition("=")[2].split(",")]
    warnings.simplefilter("ignore")
    faulthandler.dump_traceback_later(SECONDS, exit=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # where it is ignored, tests of Ctrl-C go on for ever
    if loop == "treadle":
        put_in_place()
    ends = Ends()
    gc.freeze()  # some tests collect garbage a hundred times; what is there now is none
    with simulated_surroundings(TaskKind.C) if loop == "treadle" else contextlib.nullcontext():
        _run(ends, [each for each in arguments if not each.startswith("--")], without)
    told = {name: text for name, text in ends.told.items() if loop == "treadle"}
    print(json.dumps({"ends": ends.ends, "told": told, "loops": Counted.made}))  # noqa: T201 - this is what it is for


def _run(ends: Ends, modules: list[str], without: list[str]) -> None:
    for module in modules:
        try:
            found = importlib.import_module(f"test.test_asyncio.{module}")
        except ModuleNotFoundError:  # not on this version
            continue
        sys.stderr = io.StringIO()  # what the tests log
        suite = unittest.defaultTestLoader.loadTestsFromModule(found)
        chosen = [test for test in _tests(suite) if test.id().rpartition(".")[2] not in without]
        unittest.TestSuite(chosen).run(ends)
        sys.stderr = sys.__stderr__


if __name__ == "__main__":
    main(*sys.argv[1:])
