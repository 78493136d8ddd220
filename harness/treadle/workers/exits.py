"""Say in words how a process ended."""

from __future__ import annotations

import signal

KILLED = ("SIGKILL", "SIGTERM", "SIGHUP")
"""Signals from outside, which may not come again: from an administrator, or from the system when memory runs out."""


def was_killed(code: int) -> bool:
    """Say whether a process with this exit code was ended from outside, so that another try may succeed."""
    return code < 0 and any(getattr(signal, each, None) == -code for each in KILLED)


def describe_exit(code: int) -> str:
    """Say how a process ended, from its exit code as `subprocess` gives it: negative for a signal."""
    if code >= 0:
        return f"the process of the target ended with exit status {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hint = " (by the system when memory ran out, or by somebody)" if name == "SIGKILL" else ""
    return f"the process of the target was killed by {name}{hint}"
