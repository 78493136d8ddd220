"""What was answered, kept in a file: after a kill, the same command goes on where it was.

Each answer is one line with a checksum, written to the disk before it counts (see `lines`). A line that does not
verify, because a kill has cut it short or the disk has changed it, is dropped and told, and its request is asked again;
what stands there whole is not. So nothing is lost, and nothing counts twice.

An answer counts only as long as all that it depends on is as it was: the interpreter, Treadle itself, and every file
outside the standard library that was loaded when it was given, which the worker reports with it. How many answers do
not count any more, and why, is said in the end. An answer that was cut off, or is none, is not kept: the next run may
have more time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from treadle.explorer import Ended
from treadle.telling import printable
from treadle.workers.lines import Lines
from treadle.workers.loaded import GONE, digest_of, digest_of_treadle
from treadle.workers.pool import Answer
from treadle.workers.requests.request import TIMES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from treadle.workers.lines import Line
    from treadle.workers.pool import Answered, Asks, Heard, WorkerRequest

_HEADER = {"journal": 4}
_FLAGS = ("PYTHONOPTIMIZE", "PYTHONDEVMODE", "PYTHONASYNCIODEBUG", "PYTHONHASHSEED", "PYTHONWARNINGS")
"""Variables of the environment by which the interpreter runs a program otherwise."""

_SHOWN = 3  # of the reasons why answers do not count


class Journal:
    """A file of answers; a context manager. Raises `MisuseError` for a file that is no journal, or is in use."""

    def __init__(self, path: Path) -> None:
        """Open or make the file, and read what it has."""
        self._path = path
        self._digests: dict[str, str] = {}
        self._dropped: dict[str, str] = {}  # the keys of questions, and why their answers do not count
        self._lines = Lines(path, _HEADER, f"--journal {str(path)!r}")
        self._known: dict[str, list[Line]] = {}
        for line in self._lines.known:
            self._known.setdefault(line["key"], []).append(line)

    def __enter__(self) -> Self:
        """Do nothing."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file, and say what did not count."""
        self._lines.close()
        damaged = self._lines.damaged
        if damaged:
            what = "1 line that does" if damaged == 1 else f"{damaged:,} lines that do"
            told = f"dropped {what} not verify, cut short or changed since; what stood there was asked again"
            _complain(f"--journal {self._path}: {told}")
        if self._dropped:
            reasons = sorted(set(self._dropped.values()))
            more = f"; and {len(reasons) - _SHOWN} more" if len(reasons) > _SHOWN else ""
            number = len(self._dropped)
            what = "1 answer does" if number == 1 else f"{number:,} answers do"
            told = "; ".join(reasons[:_SHOWN])
            _complain(f"--journal {self._path}: {what} not count any more: {told}{more}")

    def known(self, request: WorkerRequest[Any]) -> Answer | None:
        """Return the answer that an earlier run had, if there is one that still counts."""
        key = _key(request)
        changed = ""
        for line in reversed(self._known.get(key, [])):
            changed = self._changed(line, request)
            if not changed:
                return Answer(result=line["result"])
        if changed:
            self._dropped[key] = changed
        return None

    def _changed(self, line: Line, request: WorkerRequest[Any]) -> str:
        """Say what an answer depends on and is not as it was, or nothing."""
        python, own = _on(request)
        if line["on"] != [python, own]:
            return "Treadle has changed" if line["on"][0] == python else "the interpreter has changed"
        for file, digest in line["files"].items():
            if file not in self._digests:
                self._digests[file] = digest_of(file)
            if self._digests[file] != digest:
                return f"{file} {'is gone' if self._digests[file] == GONE else 'has changed'}"
        return ""

    def note(self, request: WorkerRequest[Any], answer: Answer) -> None:
        """Keep an answer, if it is final."""
        if answer.result is not None and request.question.ended(answer.result) not in {None, Ended.STOPPED}:
            key = _key(request)
            self._lines.write({"key": key, "on": list(_on(request)), "files": answer.files, "result": answer.result})


class Journaled:
    """Asks somebody else, but for what a journal knows, and notes what is answered."""

    def __init__(self, pool: Asks, journal: Journal) -> None:
        """Prepare."""
        self._pool = pool
        self._journal = journal

    def ask(
        self,
        requests: Sequence[WorkerRequest[Any]],
        heard: Heard = lambda *_: None,
        answered: Answered = lambda *_: None,
    ) -> list[Answer]:
        """Have the requests answered that no earlier run had answered; see `Asks`."""
        answers = [self._journal.known(request) for request in requests]
        asked = [index for index, answer in enumerate(answers) if answer is None]
        for index, answer in enumerate(answers):
            if answer is not None:
                heard(index, 0, True)  # noqa: FBT003 - that is what `heard` is called with
                answered(index, answer)

        def note(place: int, answer: Answer) -> None:
            index = asked[place]
            self._journal.note(requests[index], answer)
            answers[index] = answer
            answered(index, answer)

        self._pool.ask(
            [replace(requests[index], files=True) for index in asked],
            lambda place, more, done: heard(asked[place], more, done),
            note,
        )
        return [answer for answer in answers if answer is not None]


def _complain(text: str) -> None:
    with contextlib.suppress(OSError):
        sys.stderr.write(printable(f"treadle: {text}") + "\n")


def _key(request: WorkerRequest[Any]) -> str:
    """Return what tells questions apart: what is asked, of which interpreter, and where names are looked up."""
    place = request.place
    where = [str(Path.cwd()), os.environ.get("PYTHONPATH", "")]
    told = [
        place.interpreter.path,
        place.interpreter.minor,
        str(place.task),
        _without_time(request.question.as_json()),
        where,
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _on(request: WorkerRequest[Any]) -> tuple[str, str]:
    """Return what tells versions of the interpreter and of Treadle apart."""
    interpreter = request.place.interpreter
    flags = [f"{name}={value}" for name, value in sorted(os.environ.items()) if name in _FLAGS]
    return "; ".join([interpreter.version, interpreter.build, *flags]), digest_of_treadle()


def _without_time(told: Any) -> Any:  # noqa: ANN401 - any JSON
    """Drop how much time there is: what was not cut off does not depend on it."""
    if isinstance(told, dict):
        return {name: _without_time(value) for name, value in told.items() if name not in TIMES}
    return told
