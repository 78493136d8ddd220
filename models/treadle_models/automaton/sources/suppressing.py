"""`contextlib.suppress`, after `Lib/contextlib.py`."""

from __future__ import annotations

from typing import Any

from treadle_models.automaton.intrinsics import issubclass_of, no_group


class suppress:  # noqa: N801 - as in CPython
    """The context manager."""

    def __init__(self, *exceptions: Any) -> None:
        self.exceptions = exceptions

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> bool:
        """Say whether the exception is one of those."""
        if kind is None:
            return False
        for each in self.exceptions:
            if issubclass_of(kind, each):
                return True
        no_group(error)  # from 3.12 on a group is split
        return False
