"""Keep a program's own output out of ours: it may print at every one of a million executions.

What is replaced for that, and by others while a program runs (clocks, chance, the class of tasks, the collector), is
there once in a process. So searches in several threads take turns.
"""

from __future__ import annotations

import contextlib
import io
import sys
import threading
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


alone = threading.RLock()
"""Held by whoever replaces what there is once in a process, until it is in its place again."""


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep what a program prints, and what Python says of coroutines that were abandoned, out of the output.

    Other threads that want the same wait until it is over.
    """
    with alone:
        hook = sys.unraisablehook
        sys.unraisablehook = lambda _: None
        try:
            with contextlib.redirect_stdout(_Nowhere()), contextlib.redirect_stderr(_Nowhere()):
                yield
        finally:
            sys.unraisablehook = hook
