"""Keep a program's own output out of ours: it may print at every one of a million executions."""

from __future__ import annotations

import contextlib
import io
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Nowhere(io.TextIOBase):
    """Takes text and keeps none of it."""

    def write(self, text: str) -> int:
        return len(text)

    def fingerprint_state(self) -> tuple[tuple[()], tuple[()]]:
        """Say what it keeps, to whoever identifies states."""
        return (), ()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep what a program prints, and what Python says of coroutines that were abandoned, out of the output."""
    hook = sys.unraisablehook
    sys.unraisablehook = lambda _: None
    try:
        with contextlib.redirect_stdout(_Nowhere()), contextlib.redirect_stderr(_Nowhere()):
            yield
    finally:
        sys.unraisablehook = hook
