"""Run CPython's own tests of asyncio and print how each ended, as JSON: from a test's name to its end.

`python suite.py MODULE ...`; needs nothing but the standard library, whichever comes first on the path.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import io
import json
import signal
import sys
import unittest
import warnings

SECONDS = 240


class Ends(unittest.TestResult):
    """How each test ended: `passed`, `failed`, `error` or `skipped`."""

    def __init__(self) -> None:
        """Know of none yet."""
        super().__init__()
        self.ends: dict[str, str] = {}

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802 - the name that unittest calls
        """Suppose that it passes."""
        super().startTest(test)
        self.ends[test.id()] = "passed"

    def addFailure(self, test: unittest.TestCase, err: object) -> None:  # noqa: ARG002, N802
        """Hear that an assertion failed."""
        self.ends[test.id()] = "failed"

    def addError(self, test: unittest.TestCase, err: object) -> None:  # noqa: ARG002, N802
        """Hear that something else was raised."""
        self.ends[test.id()] = "error"

    def addSubTest(self, test: unittest.TestCase, _subtest: unittest.TestCase, err: object) -> None:  # noqa: N802
        """Hear of a part of a test."""
        if err is not None:
            self.ends[test.id()] = "failed"

    def addSkip(self, test: unittest.TestCase, _reason: str) -> None:  # noqa: N802
        """Hear that it needs what is not here."""
        self.ends[test.id()] = "skipped"


def main(*modules: str) -> None:
    """Run these modules of `test.test_asyncio` and print how their tests ended."""
    warnings.simplefilter("ignore")
    faulthandler.dump_traceback_later(SECONDS, exit=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    ends = Ends()
    for name in modules:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.suppress(unittest.SkipTest):
            module = importlib.import_module(f"test.test_asyncio.{name}")
            unittest.defaultTestLoader.loadTestsFromModule(module).run(ends)
    print(json.dumps(ends.ends))


if __name__ == "__main__":
    main(*sys.argv[1:])
