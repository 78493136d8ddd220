"""What objects of asyncio keep, and what changes while a loop runs; made at the beginning of each execution."""

from __future__ import annotations

from kept.place import Thing

_LOOP = "asyncio.get_running_loop()"


def made(  # noqa: PLR0913 - all that makes one
    name: str,
    fresh: str,
    store: str,
    load: str,
    *,
    module: str = "",
    identified: bool = True,
    since: tuple[int, int] = (3, 11),
) -> Thing:
    return Thing(
        name=name, module=module, fresh=fresh, store=store, load=load, identified=identified, tasks=True, since=since
    )


_FIRST_A = "if first and name == 'a':\n    "

AWAITED = (
    made("the result of a future", f"{_LOOP}.create_future()", "if first:\n    at.set_result(name)", "at.result()"),
    made(
        "the exception of a future",
        f"{_LOOP}.create_future()",
        "if first:\n    at.set_exception(ValueError(name))",
        "str(at.exception())",
    ),
    made(
        "whether a future is cancelled",
        f"{_LOOP}.create_future()",
        "if first:\n    at.cancel() if name == 'a' else at.set_result(0)",
        "'a' if at.cancelled() else 'b'",
    ),
    made(
        "the message of a cancelled future",
        f"{_LOOP}.create_future()",
        "if first:\n    at.cancel(name)",
        "at._cancel_message",
    ),
    made(
        "the callbacks of a future",
        f"({_LOOP}.create_future(), [])",
        "at[0].add_done_callback(lambda _: at[1].append(name))",
        "(at[0].set_result(0), await asyncio.sleep(0), at[1][0])[2]",
    ),
    made(
        "the callbacks of a future, by partial",
        f"({_LOOP}.create_future(), [])",
        "at[0].add_done_callback(functools.partial(lambda name, _: at[1].append(name), name))",
        "(at[0].set_result(0), await asyncio.sleep(0), at[1][-1])[2]",
        module="import functools",
    ),
    made("an attribute of a future", f"{_LOOP}.create_future()", "at.owner = name", "at.owner"),
    made("an event", "asyncio.Event()", f"{_FIRST_A}at.set()", "'a' if at.is_set() else 'b'"),
    made("a lock", "asyncio.Lock()", f"{_FIRST_A}at._locked = True", "'a' if at.locked() else 'b'"),
    made("a semaphore", "asyncio.Semaphore(1)", f"{_FIRST_A}at.release()", "'a' if at._value == 2 else 'b'"),
    made(
        "a bounded semaphore", "asyncio.BoundedSemaphore(1)", f"{_FIRST_A}at._value -= 1", "'a' if at.locked() else 'b'"
    ),
    made("a queue", "asyncio.Queue()", "at.put_nowait(name)", "at.get_nowait()"),
    made("a priority queue", "asyncio.PriorityQueue()", "if first:\n    at.put_nowait(name)", "at.get_nowait()"),
    made("a last-in-first-out queue", "asyncio.LifoQueue()", "at.put_nowait(name)", "at.get_nowait()"),
    made(
        "the unfinished work of a queue",
        "asyncio.Queue()",
        f"at.put_nowait(0)\n{_FIRST_A}at.get_nowait()\n    at.put_nowait(0)",
        "'a' if at._unfinished_tasks == 3 else 'b'",
    ),
    made("an attribute of a queue", "asyncio.Queue()", "at.owner = name", "at.owner"),
    made(
        "a subclass of a queue", "Queue_N()", "at.owner = name", "at.owner", module="class Queue_N(asyncio.Queue): pass"
    ),
    made("a condition", "asyncio.Condition()", f"{_FIRST_A}at._lock._locked = True", "'a' if at.locked() else 'b'"),
    made("the name of a task", "asyncio.current_task()", "at.set_name(name)", "at.get_name()"),
    made(
        "the name of a task, like a default",
        "asyncio.current_task()",
        "at.set_name('Task-' + name)",
        "at.get_name()[5:]",
    ),
    made(
        "the name of a task, like a default with a number",
        "asyncio.current_task()",
        "at.set_name('Task-' + str(ord(name)))",
        "chr(int(at.get_name()[5:]))",
    ),
    made("an attribute of a task", "asyncio.current_task()", "at.owner = name", "at.owner"),
    made(
        "a timer",
        f"[{_LOOP}.call_later(5, int)]",
        f"{_FIRST_A}at[0].cancel()",
        "(at.append(at[0].cancelled()), at[0].cancel(), 'a' if at[1] else 'b')[2]",
    ),
    made(
        "when a timer fires",
        "[None]",
        f"if first:\n    at[0] = {_LOOP}.call_later(5 if name == 'a' else 6, int)",
        "(at.append(at[0].when()), at[0].cancel(), 'a' if at[1] % 2 else 'b')[2]",
    ),
    made(
        "what a timer calls",
        "[[]]",
        f"if first:\n    at.append({_LOOP}.call_later(5, at[0].append, name))",
        "(await asyncio.sleep(9), at[0][0])[1]",
    ),
    made("a timeout", "asyncio.timeout(None)", "if first:\n    at._when = ord(name)", "chr(at.when())"),
    made("the task factory of the loop", _LOOP, "at.held_N = lambda loop, coro, **more: name", "at.held_N(None, None)"),
    made(
        "a stream",
        "asyncio.StreamReader()",
        "at.feed_data(name.encode())",
        "(at.feed_eof(), (await at.read())[:1].decode())[1]",
        identified=False,
    ),
    made(
        "the context of a task",
        "asyncio.current_task().get_context()",
        "at.run(variable_N.set, name)",
        "at[variable_N]",
        module="import contextvars\nvariable_N = contextvars.ContextVar('variable_N')",
        since=(3, 12),
    ),
    made(
        "whether a callback that ran was cancelled later",
        f"{_LOOP}.call_soon(int)",
        _FIRST_A + "at.cancel()",
        "'a' if at.cancelled() else 'b'",
    ),
    made(
        "a slot of a class of futures",
        f"Slotted_N(loop={_LOOP})",
        "at.owner = name",
        "at.owner",
        module="class Slotted_N(asyncio.Future): __slots__ = ('owner',)",
    ),
)
