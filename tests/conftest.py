"""What all tests share: how Hypothesis runs, and fixtures that a folder has in a module of its own."""

import os
import signal

from hypothesis import settings

# No deadline: a test that is slow on a busy machine is not wrong. Where the variable CI is set, Hypothesis starts from
# a profile of its own, with the same examples each time.
settings.register_profile("treadle", settings.get_profile(settings.get_current_profile_name()), deadline=None)
settings.load_profile("treadle")

# Hundreds of tests start an interpreter. Where that may not keep what it compiles, each compiles all of Treadle first.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A shell that starts something in the background has it ignore SIGINT, and so all that it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """Run one test more at a time than there are cores: many wait for a process, a watchdog or a clock."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


pytest_plugins = ("places",)  # of `history`: a second `conftest` would have the name of the first for mypy
