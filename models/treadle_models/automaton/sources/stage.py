"""The controllers, their scopes and the nested dependency, after `treadle.situation.stage` of the harness.

Each sentence there that is a step of a task is one here, because the order of callbacks depends on it.
"""

from __future__ import annotations

import asyncio
from typing import Any

from treadle_models.automaton.intrinsics import (
    add_pause,
    add_probe,
    come_again,
    create_future,
    enter,
    enter_first,
    entering,
    first_controller,
    has_scope,
    is_again,
    is_cleanup,
    is_nested,
    is_owner,
    is_timeout,
    is_unstarted,
    leave,
    life,
    make_task,
    nested_life,
    redelivered,
    scope_over,
    set_cause,
    set_child,
    set_dependency,
    target,
    wait_as_dependency,
)
from treadle_models.automaton.sources.taskgroups import TaskGroup
from treadle_models.automaton.sources.timeouts import timeout


async def pause(first: bool) -> None:  # noqa: FBT001 - called with a constant
    """Wait for the play to start."""
    future = create_future()
    add_pause(future, first)
    await future


async def plain(number: int) -> None:
    """Be a controller without a scope around it."""
    try:
        await approach(number)
    except BaseException:
        pass


async def scoped(number: int) -> None:
    """Be a controller inside a scope, and see how the scope ends."""
    try:
        if is_timeout():
            async with timeout(0.001):
                await approach(number)
        else:
            async with TaskGroup() as group:
                group.create_task(child())
                await approach(number)
    except BaseException as error:
        scope_over(number, error)


async def child() -> None:
    """Be the sibling, which may fail."""
    future = create_future()
    set_child(future)
    await future


async def approach(number: int) -> None:
    """Get to the point from which the situation wants the call."""
    manager: Any = None
    if is_owner() and not is_unstarted():
        manager = await enter_owner(number)
    if is_cleanup():
        try:
            await pause(False)
        finally:
            await once_or_twice(number, manager)
        return
    if manager is not None or has_scope():
        await pause(False)
    await once_or_twice(number, manager)


async def once_or_twice(number: int, manager: Any) -> None:
    """Make the call, after another one if the situation has two."""
    if is_again():
        await twice(number)
    else:
        await call(number, manager)


async def twice(number: int) -> None:
    """Call, and once more if cancelled out of that; a first call that ends otherwise is not judged."""
    dependency = enter_first(number)
    try:
        await target()(dependency)
    except asyncio.CancelledError:
        come_again(number)
        await call(number, None)
        raise
    except BaseException as error:
        leave(number, "raised", error)
        raise
    else:
        leave(number, "returned", None)


async def enter_owner(number: int) -> Any:
    """Enter the owner; what it makes belongs to the call."""
    coroutine = nested_life() if is_nested() else life()
    set_cause(number)
    entering(True)
    manager = target()(coroutine)
    dependency = await manager.__aenter__()
    entering(False)
    set_dependency(dependency)
    return manager


async def call(number: int, manager: Any) -> None:
    """Make the call that is judged."""
    if is_owner() and manager is None:
        manager = await enter_owner(number)
    dependency = enter(number)
    try:
        if manager is None:
            await target()(dependency)
        else:
            await manager.__aexit__(None, None, None)
    except asyncio.CancelledError as error:
        leave(number, "cancelled", error)
        raise
    except BaseException as error:
        leave(number, "raised", error)
        await probe(number)
        raise
    else:
        leave(number, "returned", None)
        await probe(number)


async def probe(number: int) -> None:
    """Suspend once after the call, so that a cancellation that is still pending shows."""
    future = create_future()
    add_probe(future)
    try:
        await future
    except asyncio.CancelledError:
        redelivered(number)
        raise


async def nested() -> None:
    """Be the dependency in `nested`: inside a call of the same function on a third task."""
    set_cause(-1)
    if is_owner():
        manager = target()(life())
        await manager.__aenter__()
        await pause(True)
        await manager.__aexit__(None, None, None)
    else:
        third = make_task(life())
        await pause(True)
        await target()(third)


async def mutual() -> None:
    """Be the dependency in `mutual`: wait, and then be inside a call of the same function on the controller."""
    set_cause(0)
    try:
        await wait_as_dependency()
    finally:
        await target()(first_controller())
