"""The controllers of a script: they create the situation, make the call, and note how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.report.script.text import function, indented

if TYPE_CHECKING:
    from treadle.check.target import Target
    from treadle.situation import Situation


def controller_code(situation: Situation, target: Target) -> str:
    """Return the code of the coroutine that creates the situation of a controller and makes the call."""
    owner = target.subject.owner
    unstarted = situation.dependency == "unstarted"
    enter = ["manager = call_under_test(dependency())", "stage.dependency = await manager.__aenter__()"]
    body = _call_code(situation, owner=owner)
    if situation.again:
        first = "await call_under_test(stage.dependency)  # the first call"
        body = ["try:", f"    {first}", "except asyncio.CancelledError:", *indented([*body, "raise"])]
    if owner and unstarted:
        body = [*enter, *body]
    if situation.count:
        body = ["try:", "    await pause()", "finally:", *indented(body)]
    elif (owner and not unstarted) or situation.scope:
        body = ["await pause()", *body]
    if owner and not unstarted:
        body = [*enter, *body]
    if situation.scope == "timeout":
        body = ["async with asyncio.timeout(3600) as stage.scope:", *indented(body)]
    if situation.scope == "group":
        body = ["async with asyncio.TaskGroup() as group:", "    group.create_task(sibling())", *indented(body)]
    if situation.scope:
        body = [
            "before = me.cancelling()",
            "try:",
            *indented(body),
            "except BaseException as error:",
            "    call.scope = type(error).__name__",
            "call.restored = me.cancelling() == before",
        ]
    text = "\n" + function(
        "controller(call)", "Make the call, and see how it ends.", ["me = asyncio.current_task()", *body]
    )
    if situation.scope == "group":
        text = (
            "\n"
            + function(
                "sibling",
                "Be another child of the task group.",
                ["stage.sibling = asyncio.get_running_loop().create_future()", "await stage.sibling"],
            )
            + text
        )
    return text


def _call_code(situation: Situation, *, owner: bool) -> list[str]:
    awaited = "manager.__aexit__(None, None, None)" if owner else "call_under_test(stage.dependency)"
    lines = []
    if situation.dependency == "itself":
        lines.append("stage.dependency = me")
    if situation.pending:
        lines.append("me.cancel()  # pending at entry")
    return [
        *lines,
        "call.before = me.cancelling()",
        "call.inside = True",
        "try:",
        f"    await {awaited}",
        "except asyncio.CancelledError:",
        '    leave(call, "raised CancelledError")',
        "    raise",
        "except BaseException as error:",
        '    leave(call, f"raised {type(error).__name__}")',
        "    call.error = error",
        "    await probe(call)",
        "    raise",
        "else:",
        '    leave(call, "returned")',
        "    await probe(call)",
    ]
