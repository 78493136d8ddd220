"""Give each schedule of a test pytest's own fixtures as they were when the test began.

Fixtures are set up once. Some of pytest's collect what a test does (output, log records, warnings, patches, files), and
the second schedule of a test would find what the first has left. So that is removed before each execution; what other
fixtures have put there stays. A user's own fixture is not known here, and stays as the schedule before has left it.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.programs.refusing import RefusingLoop
    from treadle.pytest_plugin.alarm import Alarm
    from treadle.schedule import TaskKind


class Fresh:
    """Restores pytest's fixtures before each execution of one test."""

    def __init__(self, item: pytest.Function, alarm: Alarm) -> None:
        """Note what the fixtures hold now. No execution begins after the `alarm` has rung."""
        self.alarm = alarm
        self.executions = 0  # since it was last set to 0
        self.loops: dict[TaskKind, RefusingLoop] = {}  # a fixture may be bound to the first loop
        self._patches: list[pytest.MonkeyPatch] = []
        self._copies: list[tempfile.TemporaryDirectory[str]] = []
        self._resets: list[Callable[[], object]] = []
        values = item.funcargs
        self._patches_too = "monkeypatch" in values
        attributes = getattr(getattr(item, "instance", None), "__dict__", None)
        if isinstance(attributes, dict):
            self._resets.append(_Attributes(attributes))
        captures = [value for value in values.values() if isinstance(value, pytest.CaptureFixture)]
        self._resets += map(_Output, captures)
        logs = [value for value in values.values() if isinstance(value, pytest.LogCaptureFixture)]
        if logs:
            self._resets += [_log_levels(), *(each.clear for each in logs)]
        for value in values.values():
            if isinstance(value, pytest.WarningsRecorder):
                self._resets += [value.clear, _forget_warnings]
        folder = values.get("tmp_path", values.get("tmpdir"))
        if isinstance(folder, str | os.PathLike):
            self._keep_folder(Path(folder), item.config)

    def begin(self) -> dict[str, object]:
        """Begin an execution; return the arguments that are made for it alone."""
        self.alarm.begin()
        self.executions += 1
        self.undo()
        for reset in self._resets:
            reset()
        if not self._patches_too:
            return {}
        self._patches.append(pytest.MonkeyPatch())
        return {"monkeypatch": self._patches[-1]}

    def end(self) -> None:
        """Undo patches, close the loops, and delete the copies."""
        self.undo()
        for loop in self.loops.values():
            loop.close()
        for copy in self._copies:
            copy.cleanup()

    def undo(self) -> None:
        """Undo the patches of the execution before."""
        while self._patches:
            self._patches.pop().undo()

    def _keep_folder(self, folder: Path, config: pytest.Config) -> None:
        """Copy the test's temporary folder, to restore it. A folder that is not pytest's own is left alone."""
        base = config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]  # noqa: SLF001 - no other way to ask
        if not folder.is_dir() or folder.is_symlink() or base not in folder.resolve().parents:
            return
        copy = None
        if any(folder.iterdir()):
            self._copies.append(tempfile.TemporaryDirectory(prefix="treadle-"))
            copy = Path(self._copies[-1].name) / "copy"
            shutil.copytree(folder, copy, symlinks=True)
        self._resets.append(lambda: _put_back(folder, copy))


class _Attributes:
    """Restores the attributes of an instance of a test class."""

    def __init__(self, attributes: dict[str, object]) -> None:
        self._of = attributes
        self._were = dict(attributes)

    def __call__(self) -> None:
        self._of.clear()
        self._of.update(self._were)


class _Output:
    """Resets a capture to what was in it, and lets the program write to it."""

    def __init__(self, capture: pytest.CaptureFixture[str] | pytest.CaptureFixture[bytes]) -> None:
        self._capture = capture
        self._streams = sys.stdout, sys.stderr
        were = capture.readouterr()
        self._were = were.out, were.err

    def __call__(self) -> None:
        sys.stdout, sys.stderr = self._streams
        self._capture.readouterr()
        for stream, text in zip(self._streams, self._were, strict=True):
            if isinstance(text, bytes):
                stream.buffer.write(text)
            else:
                stream.write(text)
            stream.flush()


def _log_levels() -> Callable[[], None]:
    """Return a function that restores the levels of all loggers."""
    loggers = [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    levels: list[tuple[logging.Logger | logging.Handler, int]] = [
        *((each, each.level) for each in (logging.root, *loggers)),
        *((each, each.level) for each in logging.root.handlers),
    ]
    disabled = logging.root.manager.disable

    known = {each.name for each in loggers}

    def reset() -> None:
        for name, logger in logging.root.manager.loggerDict.items():
            if name not in known and isinstance(logger, logging.Logger) and logger.level:
                logger.setLevel(logging.NOTSET)
        for each, level in levels:
            if each.level != level:
                each.setLevel(level)
        if logging.root.manager.disable != disabled:
            logging.disable(disabled)

    return reset


def _forget_warnings() -> None:
    """Let Python show a warning again that came from the same line before: leaving this block clears its memory."""
    with warnings.catch_warnings():
        pass


def _put_back(folder: Path, copy: Path | None) -> None:
    for each in folder.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        else:
            each.unlink()
    if copy is not None:
        shutil.copytree(copy, folder, symlinks=True, dirs_exist_ok=True)
