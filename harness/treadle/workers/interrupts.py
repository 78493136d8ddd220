"""An interrupt ends a command and all that it has started, at once.

A terminal sends it to every process of the command; those that are only helpers must leave it to the one that was
asked, or each would say its own. What they run may not end by itself, and libraries wait for what does not end: so
whatever is left a moment after the interrupt is killed.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_SECONDS_TO_END = 0.6


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Hold interrupts back; processes that are started here never hear of any, unless they ask for them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def heard_again() -> None:
    """Hear interrupts as any process does: a target is run in one that is like any other."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


@contextlib.contextmanager
def ending(last_words: Callable[[BaseException | None], object], status: int) -> Iterator[None]:
    """See that an interrupt ends this process with that exit status, whatever is under way; and all that it started.

    `last_words` is called first. Where no interrupt has come, as where a `KeyboardInterrupt` is raised by hand, it does
    nothing.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return

    came = over = False

    def interrupted(number: int, frame: FrameType | None) -> None:
        nonlocal came
        came = True
        threading.Thread(target=end_later, daemon=True).start()
        signal.default_int_handler(number, frame)

    def end_later() -> None:
        time.sleep(_SECONDS_TO_END)
        if not over:
            end()

    def end() -> None:
        last_words(None)
        kill_children(os.getpid())
        os._exit(status)

    signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    except KeyboardInterrupt as error:
        if came:
            last_words(error)
            with contextlib.suppress(OSError, ValueError):
                sys.stdout.flush()  # what was found so far
            # What libraries do at the exit may take long as well. Python's own end by an interrupt would have another
            # status, where that came while a text was executed, as `dataclasses` does.
            atexit._run_exitfuncs()  # noqa: SLF001 - it has no public name
            end()
        raise
    finally:
        over = True
        signal.signal(signal.SIGINT, signal.default_int_handler)


def kill_children(parent: int) -> None:
    """Kill all that a process has started, and what that has started; where the system does not tell, nothing."""
    for child in _children(parent):
        with contextlib.suppress(OSError):
            os.kill(child, signal.SIGSTOP)  # so that it starts no other meanwhile
        kill_children(child)
        with contextlib.suppress(OSError):
            os.kill(child, signal.SIGKILL)


def descendants(parent: int) -> Iterator[int]:
    """Yield the processes that a process has started, and what those have; none where the system does not tell."""
    for child in _children(parent):
        yield child
        yield from descendants(child)


def _children(parent: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        with contextlib.suppress(OSError, ValueError):
            found += [int(each) for each in task.read_text(encoding="ascii").split()]
    return found
