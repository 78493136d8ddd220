"""What was answered, kept in a file: after a kill, the same command goes on where it was.

Each answer is one line, written to the disk before it counts. A line that was cut short by a kill is dropped, so its
request is asked again; what stands there whole is never asked again. So nothing is lost, and nothing counts twice. An
answer is known by all that it depends on: the request, the interpreter, the version of Treadle and the target's file.
An answer that was cut off, or is none, is not kept: the next run may have more time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import treadle
from treadle.cli.pool import Answer
from treadle.errors import MisuseError
from treadle.explorer import Ended

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from treadle.cli.pool import Answered, Asks, Heard, Request

_HEADER = {"journal": 1}


class Journal:
    """A file of answers; a context manager. Raises `MisuseError` for a file that is no journal, or is in use."""

    def __init__(self, path: Path) -> None:
        """Open or make the file, and read what it has."""
        try:
            self._file = path.open("a+b")
        except OSError as error:
            message = f"--journal {str(path)!r}: {error.strerror}; name a file that can be written"
            raise MisuseError(message) from None
        try:
            self._read(path)
        except MisuseError:
            self._file.close()
            raise

    def _read(self, path: Path) -> None:
        self._lock(path)
        self._file.seek(0)
        text = self._file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._known: dict[str, Any] = {}
        try:
            header, *lines = [json.loads(line) for line in whole.splitlines()] or [_HEADER]
            self._known = {line["key"]: line["result"] for line in lines}
        except (ValueError, KeyError, TypeError):
            header = None
        if header != _HEADER or (text and not whole):
            message = f"--journal {str(path)!r}: the file is no journal of this Treadle; name another, or delete it"
            raise MisuseError(message)
        self._file.truncate(len(whole))
        if not whole:
            self._write(_HEADER)

    def _lock(self, path: Path) -> None:
        with contextlib.suppress(ImportError):
            import fcntl  # noqa: PLC0415 - not on every platform

            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                message = f"--journal {str(path)!r}: another process writes to it; wait for that, or name another file"
                raise MisuseError(message) from None

    def __enter__(self) -> Self:
        """Do nothing."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._file.close()

    def known(self, request: Request) -> Answer | None:
        """Return the answer that an earlier run had, if any."""
        result = self._known.get(_key(request))
        return None if result is None else Answer(result=result)

    def note(self, request: Request, answer: Answer) -> None:
        """Keep an answer, if it is final."""
        ended = answer.result.get("ended", Ended.STOPPED) if isinstance(answer.result, dict) else Ended.STOPPED
        if ended != Ended.STOPPED:
            self._write({"key": _key(request), "result": answer.result})

    def _write(self, line: object) -> None:
        self._file.write(json.dumps(line).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


class Journaled:
    """Asks somebody else, but for what a journal knows, and notes what is answered."""

    def __init__(self, pool: Asks, journal: Journal) -> None:
        """Prepare."""
        self._pool = pool
        self._journal = journal

    def ask(
        self, requests: Sequence[Request], heard: Heard = lambda *_: None, answered: Answered = lambda *_: None
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
            [requests[index] for index in asked], lambda place, more, done: heard(asked[place], more, done), note
        )
        return [answer for answer in answers if answer is not None]


def _key(request: Request) -> str:
    place = request.place
    message = _without_time(request.message)
    told = [treadle.__version__, place.interpreter.version, str(place.task), message, _source(request)]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _without_time(told: Any) -> Any:  # noqa: ANN401 - any JSON
    """Drop how much time there is: what was not cut off does not depend on it."""
    if isinstance(told, dict):
        return {name: _without_time(value) for name, value in told.items() if name != "seconds"}
    return told


def _source(request: Request) -> str:
    """Return what tells versions of a target in a file apart."""
    path = Path(request.message["target"].rpartition(":")[0])
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.suffix == ".py" else ""
    except OSError:
        return ""
