"""What the proposed functions do where one may ask: each line is a question and what came out, on stock asyncio."""

import asyncio
import contextvars
import gc
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import proposed  # noqa: F401 - it puts the functions in place


async def turns(number=3):
    """Let everything run for some turns of the loop."""
    for _ in range(number):
        await asyncio.sleep(0)


async def clean_up(log, turns_of_it=6):
    """Wait for ever; clean up for some turns."""
    try:
        await asyncio.Event().wait()
    finally:
        try:
            await turns(turns_of_it)
            log.append("finished")
        except asyncio.CancelledError:
            log.append("interrupted")
            raise


async def begun(coro):
    """Return a task that has begun to wait."""
    task = asyncio.create_task(coro)
    await turns()
    return task


async def two_callers():
    """Let two tasks stop one, in one turn and in two."""
    for late in (0, 2):
        log = []
        task = await begun(clean_up(log))

        async def second(late=late, task=task):
            await turns(late)
            await asyncio.cancel_and_wait(task)

        await asyncio.gather(asyncio.cancel_and_wait(task), second())
        print(f"two callers, the second {late} turns later: the clean-up is {log[0]}")


async def prompt_then_joined():
    """Leave promptly, and insist in the finally; or ask once and insist from the beginning."""

    async def both(task):
        try:
            await asyncio.cancel_and_wait(task)
        finally:
            await asyncio.cancel_and_join(task)

    for name, call in (("cancel_and_wait, then cancel_and_join in finally", both), ("joined", asyncio.cancel_and_join)):
        log = []
        task = await begun(clean_up(log))
        owner = await begun(call(task))
        owner.cancel()
        await asyncio.wait([owner])
        print(f"{name}, its caller cancelled: the clean-up is {log[0]}")


async def wait_on():
    """Leave promptly, and go on waiting without asking again."""
    log = []
    task = await begun(clean_up(log))

    async def call():
        try:
            await asyncio.cancel_and_wait(task)
        finally:
            await asyncio.wait([task])

    owner = await begun(call())
    owner.cancel()
    await asyncio.wait([owner])
    print(f"cancel_and_wait, then asyncio.wait in finally: the clean-up is {log[0]}")


async def circle():
    """Let two tasks stop each other; return those that hang."""
    for call in (asyncio.cancel_and_wait, asyncio.cancel_and_join):
        tasks = {}

        async def one(call=call, tasks=tasks):
            await turns()
            await call(tasks["two"])

        async def two(call=call, tasks=tasks):
            try:
                await asyncio.Event().wait()
            finally:
                await call(tasks["one"])

        tasks.update(one=asyncio.create_task(one()), two=asyncio.create_task(two()))
        await turns(10)
        for task in tasks.values():
            task.cancel()
        await turns(10)
        hang = [each for each in tasks.values() if not each.done()]
        print(f"two tasks that stop each other with {call.__name__}: {len(hang)} hang, cancelled or not")
    return hang


async def timeouts():
    """Put `timeout()` around both, with a task that cleans up for longer."""
    for call in (asyncio.cancel_and_wait, asyncio.cancel_and_join):
        log = []
        task = await begun(clean_up(log, 1_000))
        try:
            async with asyncio.timeout(0):
                await call(task)
        except TimeoutError:
            print(f"timeout() around {call.__name__}: TimeoutError, the task is done: {task.done()}")
        await asyncio.wait([task])


async def futures():
    """Stop what is no task: the future ends, the work goes on."""
    inner = await begun(clean_up([]))
    await asyncio.cancel_and_wait(asyncio.shield(inner))
    print(f"a shield: it is over, the task inside is done: {inner.done()}")
    await asyncio.cancel_and_wait(inner)
    release = threading.Event()
    work = asyncio.get_running_loop().run_in_executor(None, release.wait)
    await asyncio.sleep(0.05)
    await asyncio.cancel_and_wait(work)
    print(f"an executor's future: it is over, the thread has ended: {release.is_set()}")
    release.set()


async def wrong():
    """Stop what cannot be stopped here."""
    coro = turns()
    try:
        await asyncio.cancel_and_wait(coro)
    except TypeError as error:
        print(f"a coroutine: TypeError: {error}")
    coro.close()
    ready, over, tasks = threading.Event(), threading.Event(), []

    async def other():
        tasks.append(asyncio.current_task())
        ready.set()
        while not over.is_set():  # noqa: ASYNC110 - another thread sets it
            await asyncio.sleep(0.01)

    thread = threading.Thread(target=asyncio.run, args=(other(),))
    thread.start()
    ready.wait()
    try:
        await asyncio.cancel_and_wait(tasks[0])
    except RuntimeError as error:
        print(f"a task of another loop: RuntimeError: ... {str(error).partition('> ')[2].rpartition('> ')[2]}")
    over.set()
    thread.join()


async def last_reference():
    """Leave promptly with the last reference to the task."""
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    for name, wait in (("waits for a timer", lambda: asyncio.sleep(0.01)), ("can be woken by nobody", asyncio.Future)):
        log = []

        async def dependency(wait=wait, log=log):
            try:
                await asyncio.Event().wait()
            finally:
                await wait()
                log.append("finished")

        async def owner(dependency=dependency):
            await asyncio.cancel_and_wait(await begun(dependency()))

        task = await begun(owner())
        await turns()
        task.cancel()
        await asyncio.wait([task])
        del task
        gc.collect()
        await asyncio.sleep(0.05)
        print(f"the last reference, a clean-up that {name}: {log[0] if log else 'collected'}")


async def many():
    """Stop three tasks: one by one, and all at once."""
    for name in ("one by one", "cancelled together, asyncio.wait", "gather of the calls"):
        log = []
        tasks = [await begun(clean_up(log)) for _ in range(3)]
        if name == "one by one":
            for each in tasks:
                await asyncio.cancel_and_wait(each)
                log.append("then")
        elif name.startswith("cancelled"):
            for each in tasks:
                each.cancel()
            await asyncio.wait(tasks)
        else:
            await asyncio.gather(*map(asyncio.cancel_and_join, tasks))
        print(f"three tasks {name}: {' '.join(log)}")


async def context():
    """Set a context variable in the clean-up of a task."""
    variable = contextvars.ContextVar("variable")
    variable.set("the caller's")

    async def dependency():
        try:
            await asyncio.Event().wait()
        finally:
            variable.set("the task's")

    await asyncio.cancel_and_join(await begun(dependency()))
    print(f"a context variable that the clean-up sets: the caller has {variable.get()}")


def ends_of_the_program():
    """Raise in a task that is stopped what ends a program, and see what `asyncio.run()` raises."""
    for call in ("cancel_and_wait", "cancel_and_join"):
        for error in (KeyboardInterrupt, SystemExit):

            async def dependency(error=error):
                try:
                    await asyncio.Event().wait()
                finally:
                    raise error

            async def program(call=call, dependency=dependency):
                asyncio.get_running_loop().set_exception_handler(lambda *_: None)
                await getattr(asyncio, call)(await begun(dependency()))

            try:
                asyncio.run(program())
            except (KeyboardInterrupt, SystemExit) as raised:
                print(f"{error.__name__} raised in the task, {call}: asyncio.run() raises {type(raised).__name__}")


MOST = 5
STUCK = """
import asyncio, os, signal, sys
sys.path.insert(0, sys.argv[2])
import proposed

async def stuck():
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass

async def group():
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(stuck())

async def main():
    task = asyncio.create_task(stuck())
    await asyncio.sleep(0)
    print("ready", flush=True)
    await (group() if sys.argv[1] == "TaskGroup" else getattr(asyncio, sys.argv[1])(task))

asyncio.run(main())
"""


def interrupts():
    """Count how often Ctrl-C must be pressed until a program ends that waits for a task which absorbs everything."""
    here = str(Path(__file__).resolve().parent)
    for name in ("cancel_and_wait", "cancel_and_join", "TaskGroup"):
        command = [sys.executable, "-c", STUCK, name, here]
        quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
        process = subprocess.Popen(command, **quiet)  # noqa: S603 - the program above
        process.stdout.readline()
        pressed = 0
        while process.poll() is None and pressed < MOST:
            process.send_signal(signal.SIGINT)
            pressed += 1
            try:
                process.wait(1.5)
            except subprocess.TimeoutExpired:
                continue
        process.kill()
        print(f"Ctrl-C in {name} with a task that absorbs it: the program ends at the {pressed}. time")


async def main():
    """Ask one after the other."""
    questions = (
        two_callers,
        prompt_then_joined,
        wait_on,
        timeouts,
        futures,
        wrong,
        last_reference,
        many,
        context,
        circle,
    )
    for question in questions:
        left = await question()
        if left:
            sys.stdout.flush()
            os._exit(0)


if __name__ == "__main__":
    interrupts()
    ends_of_the_program()
    asyncio.run(main())
