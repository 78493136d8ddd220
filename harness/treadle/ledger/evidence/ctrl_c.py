"""C06: the documentation's example of `Task.cancel`, run by `asyncio.run` in a child process that gets SIGINT.

The example is executed unchanged, except for two things: `main()` sleeps for 0.05 seconds instead of one, and `print`
waits, at a given line, until this process has sent the signal. So the signal comes at that line on every machine. The
handler that `asyncio.run` has installed then cancels `main()`; if `main()` does not end by that cancellation, no
`KeyboardInterrupt` is raised.
"""

from __future__ import annotations

import signal
import subprocess
import sys

_EXAMPLE = """
async def cancel_me():
    print('cancel_me(): before sleep')
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        print('cancel_me(): cancel sleep')
        raise
    finally:
        print('cancel_me(): after sleep')

async def main():
    task = asyncio.create_task(cancel_me())
    await asyncio.sleep(0.05)
    task.cancel()
{wait}

asyncio.run(main())
"""

_AWAIT = """\
    try:
        await task
    except asyncio.CancelledError:
        print("main(): cancel_me is cancelled now")
"""

_WAIT = """\
    await asyncio.wait([task])
    if task.cancelled():
        print("main(): cancel_me is cancelled now")
"""

_CHILD = """
import asyncio
import builtins

def print(line):
    builtins.print(line, flush=True)
    if line == {line!r}:
        input()  # until the signal has been sent
"""


def interrupt(wait: str, line: str) -> tuple[bool, bool]:
    """Run the example, send SIGINT at a line; return whether `main()` went on, and whether Ctrl-C ended the program."""
    source = _CHILD.format(line=line) + _EXAMPLE.format(wait=wait)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # otherwise the child would ignore it too
    with subprocess.Popen(  # noqa: S603 - the source is ours
        [sys.executable, "-c", source],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        if child.stdin is None or child.stdout is None:
            raise ValueError
        said = ""
        while said.rstrip("\n") != line:
            said = child.stdout.readline()
            if not said:
                break
        child.send_signal(signal.SIGINT)
        out, error = child.communicate("\n", timeout=20)
    return "main(): cancel_me is cancelled now" in out, "KeyboardInterrupt" in error


def main() -> int:
    """Send Ctrl-C at two lines of the example, and at the second to the example with `asyncio.wait`."""
    at_sleep, at_await = "cancel_me(): before sleep", "cancel_me(): cancel sleep"
    cases = (
        ("the example, Ctrl-C while main() sleeps", _AWAIT, at_sleep),
        ("the example, Ctrl-C while main() awaits the task", _AWAIT, at_await),
        ("with asyncio.wait, Ctrl-C while main() waits", _WAIT, at_await),
    )
    found = []
    for name, wait, line in cases:
        goes_on, interrupted = interrupt(wait, line)
        told = "main() is cancelled, the program is interrupted" if interrupted else "the program is not interrupted"
        print(f"{name}: {told}{', main() goes on' * goes_on}")
        found.append((goes_on, interrupted))
    return 0 if found == [(False, True), (True, False), (False, True)] else 1


if __name__ == "__main__":
    sys.exit(main())
