"""Errors outside of the program under test, with messages that say whose fault it is and what to do.

A failure of the program under test is never one of these: it is a verdict.
"""

from __future__ import annotations


class TreadleError(Exception):
    """The base of all errors that Treadle raises by itself."""


class MisuseError(TreadleError):
    """A wrong argument, option, name or file. The message shows the value and the way out; the exit status is 2."""


class UnsupportedError(TreadleError):
    """The code under test needs what a deterministic loop cannot provide: real I/O, threads, processes, signals."""


class NondeterminismError(TreadleError):
    """Two runs under one schedule differed. The message names the step, both runs, and likely causes."""
