"""Keep answers in a file, so that after a kill the same command goes on where it was.

Each answer is one line with a checksum, written to the disk before it counts (see `lines`). A line with a wrong
checksum, because a kill has cut it short or the disk has changed it, is dropped and reported, and its request is sent
again; requests with an intact line are not. So nothing is lost, and nothing counts twice.

A search that takes long leaves marks on its way (see `explorer.marks`), a line each. As long as there is no answer, its
request is sent again with the marks, and goes on from the last one. If a mark is damaged, those after it are useless.

An answer counts only while all that it depends on is unchanged: the interpreter, Treadle itself, and every file outside
the standard library that was loaded for it, which the worker reports with it. At the end the journal says how many
answers do not count any more, and why. Failures, and answers of searches that were cut off, are not kept: the next run
may have more time. The marks of such a search are, so the next run goes on from there.
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
from treadle.workers.pool import Answer, with_mark
from treadle.workers.requests.request import TIMES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from treadle.workers.lines import Line
    from treadle.workers.pool import Answered, Asks, Heard, Mark, Marked, WorkerRequest

_HEADER = {"journal": 4}
_FLAGS = ("PYTHONOPTIMIZE", "PYTHONDEVMODE", "PYTHONASYNCIODEBUG", "PYTHONHASHSEED", "PYTHONWARNINGS")
"""Environment variables that change how the interpreter runs a program."""

_SHOWN = 3  # of the reasons why answers do not count


class Journal:
    """A file of answers; a context manager. Raises `MisuseError` for a file that is no journal, or is in use."""

    def __init__(self, path: Path) -> None:
        """Open or make the file, and read what it has."""
        self._path = path
        self._digests: dict[str, str] = {}
        self._of_marks: dict[str, dict[str, str]] = {}  # the files on which marks depend, by the key of their question
        self._dropped: dict[str, str] = {}  # from the key of a question to the reason why its answer does not count
        self._without: set[str] = set()  # the reasons why searches leave no marks
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
        """Close the file, and say which answers did not count, and why."""
        self._lines.close()
        damaged = self._lines.damaged
        if damaged:
            what = "1 damaged line" if damaged == 1 else f"{damaged:,} damaged lines"
            told = f"dropped {what}, cut short or changed since; the answers there were computed again"
            _complain(f"--journal {self._path}: {told}")
        if self._dropped:
            reasons = sorted(set(self._dropped.values()))
            more = f"; and {len(reasons) - _SHOWN} more" if len(reasons) > _SHOWN else ""
            number = len(self._dropped)
            what = "1 answer is" if number == 1 else f"{number:,} answers are"
            told = "; ".join(reasons[:_SHOWN])
            _complain(f"--journal {self._path}: {what} out of date and computed again: {told}{more}")

    def known(self, request: WorkerRequest[Any]) -> Answer | None:
        """Return the answer of an earlier run, or None if there is none that still counts."""
        key = _key(request)
        changed = ""
        for line in reversed(self._known.get(key, [])):
            if "result" not in line:
                continue
            changed = self._changed(line, request)
            if not changed:
                return Answer(result=line["result"])
        if changed:
            self._dropped[key] = changed
        return None

    def _changed(self, line: Line, request: WorkerRequest[Any]) -> str:
        """Say what has changed that an answer depends on; empty if nothing has."""
        python, own = _on(request)
        if line["on"] != [python, own]:
            return "Treadle has changed" if line["on"][0] == python else "the interpreter has changed"
        for file, digest in line["files"].items():
            if file not in self._digests:
                self._digests[file] = digest_of(file)
            if self._digests[file] != digest:
                return f"{file} {'is gone' if self._digests[file] == GONE else 'has changed'}"
        return ""

    def marks(self, request: WorkerRequest[Any]) -> tuple[Mark, ...]:
        """Return the marks that an earlier run has left for a request, as far as they still count."""
        key = _key(request)
        found: tuple[Mark, ...] = ()
        changed = ""
        for line in self._known.get(key, []):
            if "mark" not in line:
                continue
            changed = self._changed(line, request)
            if not changed:
                found = with_mark(found, line["mark"])
                self._of_marks[key] = {**self._of_marks.get(key, {}), **line["files"]}
        if changed and not found:
            self._dropped[key] = changed
        return found

    def note_mark(self, request: WorkerRequest[Any], mark: Mark | str, files: dict[str, str]) -> None:
        """Keep a mark of a search that is under way, or say why there is none."""
        if isinstance(mark, str):
            if mark not in self._without:
                self._without.add(mark)
                told = f"no mark of the search of {request.question.target} for now, so a kill may cost all of it"
                _complain(f"--journal {self._path}: {told}: {mark}")
            return
        key = _key(request)
        before = self._of_marks.get(key, {}) if mark["number"] else {}
        self._of_marks[key] = {**before, **files}
        self._lines.write({"key": key, "on": list(_on(request)), "files": files, "mark": mark})

    def note(self, request: WorkerRequest[Any], answer: Answer) -> None:
        """Keep an answer, if it is final."""
        if answer.result is not None and request.question.ended(answer.result) not in {None, Ended.STOPPED}:
            key = _key(request)
            files = {**self._of_marks.get(key, {}), **answer.files}
            if all(files[file] == digest for file, digest in self._of_marks.get(key, {}).items()):
                self._lines.write({"key": key, "on": list(_on(request)), "files": files, "result": answer.result})


class Journaled:
    """Takes answers from a journal where it has them, asks `pool` for the others, and adds those to the journal."""

    def __init__(self, pool: Asks, journal: Journal) -> None:
        """Prepare."""
        self._pool = pool
        self._journal = journal

    def ask(
        self,
        requests: Sequence[WorkerRequest[Any]],
        heard: Heard = lambda *_: None,
        answered: Answered = lambda *_: None,
        _marked: Marked = lambda *_: None,
    ) -> list[Answer]:
        """Have those requests answered that the journal has no answer to; see `Asks`."""
        answers = [self._journal.known(request) for request in requests]
        asked = [index for index, answer in enumerate(answers) if answer is None]
        for index, answer in enumerate(answers):
            if answer is not None:
                heard(index, 0, True)  # noqa: FBT003 - the signature of `heard`
                answered(index, answer)

        def note(place: int, answer: Answer) -> None:
            index = asked[place]
            self._journal.note(requests[index], answer)
            answers[index] = answer
            answered(index, answer)

        self._pool.ask(
            [replace(requests[index], files=True, marks=self._journal.marks(requests[index])) for index in asked],
            lambda place, more, done: heard(asked[place], more, done),
            note,
            lambda place, mark, files: self._journal.note_mark(requests[asked[place]], mark, files),
        )
        return [answer for answer in answers if answer is not None]


def _complain(text: str) -> None:
    with contextlib.suppress(OSError):
        sys.stderr.write(printable(f"treadle: {text}") + "\n")


def _key(request: WorkerRequest[Any]) -> str:
    """Return the key of a question: what is asked, of which interpreter, and where names are looked up."""
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
    """Return a text that identifies the version of the interpreter, with its flags, and one for that of Treadle."""
    interpreter = request.place.interpreter
    flags = [f"{name}={value}" for name, value in sorted(os.environ.items()) if name in _FLAGS]
    return "; ".join([interpreter.version, interpreter.build, *flags]), digest_of_treadle()


def _without_time(told: Any) -> Any:  # noqa: ANN401 - any JSON
    """Drop the time limits: an answer that was not cut off does not depend on them."""
    if isinstance(told, dict):
        return {name: _without_time(value) for name, value in told.items() if name not in TIMES}
    return told
