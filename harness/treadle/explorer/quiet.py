"""Keep a program's output out of ours: it may print in each of a million executions.

The objects that are replaced for this, and by other modules while a program runs (clocks, random numbers, the task
class, the garbage collector), exist once in a process. So searches in several threads take turns.
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
    """Discards the text that is written to it."""

    def write(self, text: str) -> int:
        return len(text)

    def fingerprint_state(self) -> tuple[tuple[()], tuple[()]]:
        """Return its state for fingerprints, which is empty."""
        return (), ()


alone = threading.RLock()
"""Held while any object is replaced that exists once in a process."""


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Suppress what a program prints, and what Python reports about abandoned coroutines.

    Other threads that enter this wait until it is over.
    """
    with alone:
        hook = sys.unraisablehook
        sys.unraisablehook = lambda _: None
        try:
            with contextlib.redirect_stdout(_Nowhere()), contextlib.redirect_stderr(_Nowhere()):
                yield
        finally:
            sys.unraisablehook = hook
