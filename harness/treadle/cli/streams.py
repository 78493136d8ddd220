"""Make the standard streams usable, also if the parent process has closed them or their encoding has few letters.

This is imported first, so it imports little besides the standard library.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path

from treadle.errors import MisuseError, TreadleError
from treadle.telling import printable_lines


def see_to_streams() -> None:
    """Make all three streams accept any text; raise `MisuseError` if standard output is closed."""
    for place in range(3):
        try:
            os.fstat(place)
        except OSError:  # closed: a file opened later would get its number, and the text meant for the stream
            os.open(os.devnull, os.O_RDWR)
    if sys.stderr is None:  # which is what Python sets if the stream was closed
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for as long as the process lives
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - as above
        message = "standard output is closed, so the result would be lost; if you do not need it, use > /dev/null"
        raise MisuseError(message)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a letter that its encoding lacks is written as an escape
            stream.reconfigure(errors="backslashreplace")


def complain(text: str) -> None:
    """Write a line to standard error; do nothing if that fails."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(printable_lines(f"treadle: {text}") + "\n")
        sys.stderr.flush()


def give_up_output() -> None:
    """Discard the output that is still buffered, because writing it at exit would fail again."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def write_file(file: str, text: str, what: str) -> None:
    """Write a report, a picture or a certificate, and say where it is; raise `TreadleError` if it cannot be written."""
    try:
        Path(file).write_bytes(text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        message = f"the {what} could not be written to {file!r}: {error.strerror}"
        raise TreadleError(message) from error
    complain(f"the {what} is in {file}")
