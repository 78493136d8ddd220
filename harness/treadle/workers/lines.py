"""A file of JSON lines with checksums, in which a damaged line costs only itself.

    {"sum": "0f3a...", "line": {...}}

A line counts only if it is whole: a kill, a full disk or a flipped bit leaves a line whose checksum does not match its
text. Such a line is overwritten with spaces where it stands, so that no other line moves, and a kill at any moment
costs no good line. `damaged` is the number of such lines.

Standard library only.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from typing import TYPE_CHECKING, BinaryIO

from treadle.errors import MisuseError
from treadle.wire import Json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Line = dict[str, Json]

_START = rb'\{"sum": "'
_LINE = re.compile(rb'\s*\{"sum": "([0-9a-f]{32})", "line": (.*)\}\s*', re.DOTALL)


class Lines:
    """The lines of one file, for one process at a time. `known`: the intact ones; `damaged`: the number of others.

    Raises `MisuseError` for a file that cannot be used, or that holds something else; it leaves that file unchanged.
    """

    def __init__(self, path: Path, header: Line, what: str) -> None:
        """Open or make the file, and read its lines; `what` names it in messages, as `--journal 'FILE'`."""
        self._path = path
        self._what = what
        self._header = header
        self._file = self._open()
        try:
            self._lock()
            with self._telling("name another file"):
                text = self._file.read()
                whole, bad = _verified(text)
                self._require_ours(text, whole, bad)
                self._drop(bad, len(text))
            self.known = [line for line in whole if line != header]
            self.damaged = len(bad)
            if header not in whole:
                self.write(header)
        except BaseException:
            self.close()
            raise

    def _open(self) -> BinaryIO:
        with self._telling("name a file that can be written"):
            # A device may do something when it is opened, and a pipe may wait for ever, so look first.
            if self._path.exists() and not self._path.is_file():
                kind = "a folder" if self._path.is_dir() else "a device or a pipe"
                message = f"{self._what} is {kind}; name a file"
                raise MisuseError(message)
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
            return os.fdopen(os.open(self._path, flags, 0o666), "r+b")

    @contextlib.contextmanager
    def _telling(self, way_out: str) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            message = f"{self._what}: {why}; {way_out}"
            raise MisuseError(message) from None

    def _lock(self) -> None:
        with contextlib.suppress(ImportError):
            import fcntl  # noqa: PLC0415 - not on every platform

            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                message = f"{self._what}: another process is writing to it; wait until that ends, or name another file"
                raise MisuseError(message) from None
            except OSError as error:
                message = f"{self._what} cannot be locked: {error.strerror}; name a file on another file system"
                raise MisuseError(message) from None

    def _require_ours(self, text: bytes, whole: list[Line], bad: list[tuple[int, int]]) -> None:
        """Refuse a file without our header, unless it is the header that is damaged or was cut short."""
        header = _written(self._header)
        is_damaged = bool(whole and bad) and bad[0][0] == 0 and bad[0][1] <= len(header)
        if not (self._header in whole or is_damaged or header.startswith(text)):
            message = f"{self._what}: the file is not a journal of this Treadle; name another file, or delete it"
            raise MisuseError(message)

    def _drop(self, bad: list[tuple[int, int]], size: int) -> None:
        """Overwrite the damaged parts with spaces; cut off one at the end of the file."""
        for start, end in bad:
            if end == size:
                self._file.truncate(start)
            else:
                self._file.seek(start)
                self._file.write(b" " * (end - start - 1) + b"\n")
        self._file.seek(0, os.SEEK_END)
        if bad:
            self._flush()

    def write(self, line: Line) -> None:
        """Write a line through to the disk; if that fails, raise `MisuseError` and leave the other lines intact."""
        begin = self._file.tell()
        try:
            self._file.write(_written(line))
            self._flush()
        except OSError as error:
            self.close()
            with contextlib.suppress(OSError):  # if this fails too, the checksum of the short line is wrong anyway
                os.truncate(self._path, begin)
            message = (
                f"{self._what}: {error.strerror}, so no more can be kept. What the file holds stays usable: make room, "
                "and give the same command again"
            )
            raise MisuseError(message) from None

    def _flush(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; what was written is on the disk already."""
        with contextlib.suppress(OSError):
            self._file.close()


def _written(line: Line) -> bytes:
    told = json.dumps(line).encode()
    return b'{"sum": "%s", "line": %s}\n' % (_sum(told), told)


def _sum(told: bytes) -> bytes:
    return hashlib.sha256(told).hexdigest()[:32].encode()


def _read(text: bytes) -> Line | None:
    found = _LINE.fullmatch(text)
    if found is None or _sum(found[2]) != found[1]:
        return None
    line: Line = json.loads(found[2])
    return line


def _verified(text: bytes) -> tuple[list[Line], list[tuple[int, int]]]:
    """Return the intact lines, and where damaged parts begin and end, as offsets in bytes."""
    good: list[Line] = []
    bad: list[tuple[int, int]] = []
    place = 0
    for each in re.findall(rb"[^\n]*\n|[^\n]+", text):
        # Where the end of a line was damaged, it runs into the next one.
        parts = [each] if _read(each) is not None else re.split(rb"(?<=.)(?=%s)" % _START, each, flags=re.DOTALL)
        for part in parts:
            line = _read(part)
            if line is not None:
                good.append(line)
            elif part.strip():
                bad.append((place, place + len(part)))
            place += len(part)
    return good, bad
