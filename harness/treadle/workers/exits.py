"""How a process ended, in words."""

from __future__ import annotations

import signal


def describe_exit(code: int) -> str:
    """Say how a process ended, from its exit code as `subprocess` gives it: negative for a signal."""
    if code >= 0:
        return f"the process of the target ended with exit status {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hint = " (out of memory, or somebody else)" if name == "SIGKILL" else ""
    return f"the process of the target was killed by {name}{hint}"
