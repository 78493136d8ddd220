"""What can go wrong outside the program under test, each with a message that says whose fault it is and what to do.

Treadle never reports a failure of the program under test through these: that is a verdict.
"""

from __future__ import annotations


class TreadleError(Exception):
    """The root of all errors that Treadle raises of its own."""


class MisuseError(TreadleError):
    """The user asked for something that cannot be: shows the value and the way out. The command line exits with 2."""


class UnsupportedError(TreadleError):
    """The program under test called what a deterministic loop cannot offer: real I/O, threads, processes, signals."""


class NondeterminismError(TreadleError):
    """Two runs under one schedule differed: names the step, what was expected, what was found and likely causes."""
