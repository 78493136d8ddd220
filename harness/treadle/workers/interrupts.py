"""Make an interrupt end a command, and all processes that it has started, at once.

A terminal sends the interrupt to every process of the command. Only the main one may handle it, or each would print a
message of its own. What the others run may never end, and libraries would wait for it; so all that is left a moment
after the interrupt is killed.
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
    """Block interrupts; processes that are started within inherit that, until they call `heard_again`."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def heard_again() -> None:
    """Unblock interrupts, so that a target runs in a process like any other."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


@contextlib.contextmanager
def ending(last_words: Callable[[BaseException | None], object], status: int) -> Iterator[None]:
    """Make an interrupt end this process with exit status `status`, and all its children, whatever they are doing.

    `last_words` is called first. A `KeyboardInterrupt` that the code raises itself, without an interrupt, only passes
    through.
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
            # The exit handlers of libraries may take long as well. If Python itself ended by the interrupt, its exit
            # status would be another one when the interrupt came within `exec`, which `dataclasses` uses.
            atexit._run_exitfuncs()  # noqa: SLF001 - it has no public name
            end()
        raise
    finally:
        over = True
        signal.signal(signal.SIGINT, signal.default_int_handler)


def kill_children(parent: int) -> None:
    """Kill all descendants of a process; do nothing where the system has no list of children."""
    for child in _children(parent):
        with contextlib.suppress(OSError):
            os.kill(child, signal.SIGSTOP)  # so that it cannot start another one meanwhile
        kill_children(child)
        with contextlib.suppress(OSError):
            os.kill(child, signal.SIGKILL)


def descendants(parent: int) -> Iterator[int]:
    """Yield all descendants of a process; none where the system has no list of children."""
    for child in _children(parent):
        yield child
        yield from descendants(child)


def _children(parent: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        with contextlib.suppress(OSError, ValueError):
            found += [int(each) for each in task.read_text(encoding="ascii").split()]
    return found
