"""Parts of a script that follow the score: the dependency, the controllers, and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle_models.spec import BY_NAME

from treadle.situation.actor import Act, Resumed

if TYPE_CHECKING:
    from treadle.check.counterexamples import Counterexample
    from treadle.check.target import Target
    from treadle.situation import Situation
    from treadle.situation.record import Step

# The dependency


def dependency_code(steps: list[Step], situation: Situation, target: Target) -> str:
    """Return a coroutine that does in each step what the dependency did."""
    kind = situation.dependency
    if kind in ("future", "itself"):
        return ""
    if kind in ("result", "exception", "cancelled"):
        body = {"result": ["return"], "exception": ["raise Failure"], "cancelled": ["raise asyncio.CancelledError"]}
        return _function("dependency", "Be done before the call begins.", body[kind])
    waits_first = kind not in ("unstarted", "eager")
    body_lines = _from_wait(steps, 0) if waits_first else _from_acts(steps, 0)
    if kind != "nested":
        return _function("dependency", "Do in each step what the dependency did in the counterexample.", body_lines)
    if target.subject.owner:
        inner = [
            "manager = call_under_test(third())",
            "await manager.__aenter__()",
            "await pause(first=True)",
            "await manager.__aexit__(None, None, None)",
        ]
    else:
        inner = [
            "task = asyncio.get_running_loop().create_task(third())",
            "await pause(first=True)",
            "await call_under_test(task)",
        ]
    third = _function("third", "Do in each step what the third task did in the counterexample.", body_lines)
    return third + "\n" + _function("dependency", "Be inside a call on a third task.", inner)


def _function(name: str, sentence: str, body: list[str]) -> str:
    lines = "".join(f"    {line}\n" for line in body)
    return f'\nasync def {name}():\n    """{sentence}"""\n{lines}'


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _from_wait(steps: list[Step], number: int) -> list[str]:
    """Return the statements from a wait on; step `number` is the one in which the wait ends."""
    if number >= len(steps):
        return ["await waiting()"]
    step = steps[number]
    if step.resumed in (Resumed.NORMALLY, Resumed.CLEANED):
        return ["await waiting()", *_from_acts(steps, number)]
    if step.resumed in (Resumed.FAILED, Resumed.WAIT_CANCELLED) and len(step.acts) <= 1:
        return ["await waiting()"]
    caught = "Failure" if step.resumed is Resumed.FAILED else "asyncio.CancelledError"
    before = _before_the_end(step)
    end = step.acts[-1][0] if step.acts else Act.WAIT
    head = ["try:", "    await waiting()", f"except {caught}:"]
    if end is Act.RERAISE or (end is Act.RAISE and step.resumed is Resumed.FAILED):
        return [*head, *_indented([*before, "raise"])]
    if end is Act.RETURN:
        return [*head, *_indented([*before, "return"])]
    if end is Act.RAISE:
        return [*head, *_indented([*before, "raise Failure from None"])]
    if end is Act.CLEAN:
        return [*head, *_indented([*before, *_from_wait(steps, number + 1)])]
    if end is Act.UNCANCEL:
        before = [*before, "asyncio.current_task().uncancel()"]
    after = _forever() if end is Act.FOREVER else _from_wait(steps, number + 1)
    return [*head, *_indented(before or ["pass  # suppressed"]), *after]


def _from_acts(steps: list[Step], number: int) -> list[str]:
    """Return the statements from the beginning of a step on, where it was resumed without an exception."""
    if number >= len(steps):
        return ["await waiting()"]
    step = steps[number]
    before = _before_the_end(step)
    end = step.acts[-1][0] if step.acts else Act.WAIT
    if end is Act.RETURN:
        return [*before, "return"]
    if end is Act.RAISE:
        return [*before, "raise Failure"]
    if end is Act.RERAISE:
        return [*before, "raise"]  # at the end of a clean-up, inside the except clause
    if end is Act.FOREVER:
        return [*before, *_forever()]
    return [*before, *_from_wait(steps, number + 1)]


def _before_the_end(step: Step) -> list[str]:
    statements = []
    for act, number in step.acts:
        if act is Act.CANCEL_SELF:
            statements.append("asyncio.current_task().cancel()")
        elif act > Act.CANCEL_SELF:
            statements += [f"stage.controllers[{number}].cancel()", f"later(2, look_{number})"]
    return statements


def _forever() -> list[str]:
    return [
        "while True:",
        "    try:",
        "        await asyncio.get_running_loop().create_future()",
        "    except asyncio.CancelledError:",
        "        pass  # absorbed, for ever",
    ]


# The controllers


def controller_code(situation: Situation, target: Target) -> str:
    """Return the coroutine that brings a controller into the situation and lets it call."""
    owner = target.subject.owner
    unstarted = situation.dependency == "unstarted"
    enter = ["manager = call_under_test(dependency())", "stage.dependency = await manager.__aenter__()"]
    body = _call_code(situation, owner=owner)
    if owner and unstarted:
        body = [*enter, *body]
    if situation.count:
        body = ["try:", "    await pause()", "finally:", *_indented(body)]
    elif (owner and not unstarted) or situation.scope:
        body = ["await pause()", *body]
    if owner and not unstarted:
        body = [*enter, *body]
    if situation.scope == "timeout":
        body = ["async with asyncio.timeout(3600) as stage.scope:", *_indented(body)]
    if situation.scope == "group":
        body = ["async with asyncio.TaskGroup() as group:", "    group.create_task(sibling())", *_indented(body)]
    if situation.scope:
        body = [
            "before = me.cancelling()",
            "try:",
            *_indented(body),
            "except BaseException as error:",
            "    call.scope = type(error).__name__",
            "call.restored = me.cancelling() == before",
        ]
    text = "\n" + _function("controller(call)", "Make the call, and see how it ends.", ["me = asyncio.current_task()", *body])
    text = text.replace("controller(call)()", "controller(call)")
    if situation.scope == "group":
        text = (
            "\n"
            + _function(
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


# The verdict

_LEAVE = '''

def leave(call, how):
    """Note how things stand when the call ends."""
    call.inside, call.exit = False, how
    call.after = asyncio.current_task().cancelling()
    call.done = stage.dependency.done()
    call.requests = requests_of_dependency()


async def probe(call):
    """Suspend after the call: a cancellation that is still pending comes up here."""
    try:
        for _ in range(20):
            await asyncio.sleep(0)
    except asyncio.CancelledError:
        call.redelivered = True
        raise


def requests_of_dependency():
    """Count the cancel requests that the dependency has got{but}."""
    return {requests}

'''

_FINISH = '''
def finish():
    """Say what happened, and leave at once: some tasks may never end."""
    call = calls[{offender}]
    dependency = stage.dependency
{check}
    print("expected:", {sentence!r})
    print("happened:", {happened})
    print("the failure shows" if failed else "the failure does not show")
    sys.stdout.flush()
    os._exit(1 if failed else 0)


asyncio.run(main())
'''

_EXIT = "'the call ' + (call.exit or 'has not ended')"


def verdict_code(counterexample: Counterexample, offender: int, situation: Situation) -> str:
    """Return the code that looks at what happened, for the property of a counterexample."""
    name = counterexample.token.property
    seen = counterexample.outcome[offender].observation
    steps = counterexample.score.steps
    uncancelled = sum(act is Act.UNCANCEL for step in steps for act, _ in step.acts)
    by_itself = sum(act is Act.CANCEL_SELF for step in steps for act, _ in step.acts)
    third_party = sum(deed.name == "_cancel_dependency" for deed in counterexample.score.deeds)
    if situation.dependency == "nested":
        uncancelled = by_itself = 0  # those are of the third task
    others = third_party + by_itself
    counted = "stage.dependency.cancelling()" if situation.dependency != "future" else "int(stage.dependency.cancelled())"
    adjusted = counted + (f" + {uncancelled}" if uncancelled else "") + (f" - {others}" if others else "")
    expected = seen.requests - seen.withdrawals
    checks = {
        "lost": (
            ['failed = bool(call.exit) and call.exit != "raised CancelledError" and not call.redelivered'],
            f"{_EXIT} + ', and the controller goes on although it was cancelled' * failed",
        ),
        "phantom": (
            ['failed = call.exit == "raised CancelledError" or call.redelivered'],
            f"{_EXIT} + ', although no request was left to cancel the controller' * failed",
        ),
        "joined": (
            ['failed = call.exit == "returned" and not call.done'],
            f"{_EXIT} + ', and the dependency goes on' * failed",
        ),
        "requested": (
            [f"failed = bool(call.exit) and call.requests - {seen.forwarded} <= 0"],
            f"{_EXIT} + ', and had not asked the dependency to stop' * failed",
        ),
        "balanced": (
            [f"failed = bool(call.exit) and call.after != call.before + {expected}"],
            "f'cancelling() was {call.before} at entry and {call.after} at exit'" + f" + ', with {expected} from others'",
        ),
        "undisturbed": (
            ["requests = call.requests if call.exit else requests_of_dependency()", "failed = requests > 1"],
            "f'the dependency got {requests} requests through this call'",
        ),
        "ends": (
            ["failed = call.inside and dependency.done()"],
            f"{_EXIT} + ', though the dependency is done' * failed",
        ),
        "accepts-done": (['failed = call.exit != "returned"'], _EXIT),
        "no-self-hang": (["failed = call.inside"], _EXIT),
        "failure-kept": (_failure_kept(), f"{_EXIT} + ', and nobody will hear of the failure' * failed"),
        "scope-kept": (_scope_kept(situation), "'the scope ended with ' + (call.scope or 'nothing')"),
        "prompt": (
            ["failed = call.late"],
            "'the controller was cancelled and ' + ('was still inside after its next step' if failed else 'left')",
        ),
        "joined-always": (
            ["failed = bool(call.exit) and not call.done"],
            f"{_EXIT} + ', and the dependency goes on' * failed",
        ),
    }
    check, happened = checks[name]
    needs_looks = any(act > Act.CANCEL_SELF for step in steps for act, _ in step.acts) and name != "prompt"
    finish = _FINISH.format(
        offender=offender,
        check="\n".join(f"    {line}" for line in check),
        sentence=BY_NAME[name].sentence,
        happened=happened,
    )
    leave = _LEAVE.replace("{but}", ", without those of others" if others else "").replace("{requests}", adjusted)
    looks = "" if not needs_looks else "".join(
        f"\n\ndef look_{number}():\n    pass\n" for number in range(situation.controllers)
    )
    return looks + leave + finish


def _failure_kept() -> list[str]:
    return [
        "raised = isinstance(call.error, Failure)",
        "if isinstance(call.error, BaseExceptionGroup):",
        "    raised = call.error.subgroup(Failure) is not None",
        "for each in calls:",
        "    each.error = None",
        "for task in stage.controllers:",
        "    task.cancel()",
        "gone = weakref.ref(dependency)",
        "stage.dependency = dependency = task = None",
        "stage.controllers.clear()",
        "waits.clear()",
        "gc.collect()",
        'if gone() is not None and not any("never retrieved" in each for each in reports):',
        '    print("somebody still refers to the dependency: cannot tell")',
        "    os._exit(2)",
        'failed = not raised and not any("never retrieved" in each for each in reports)',
    ]


def _scope_kept(situation: Situation) -> list[str]:
    wanted = "TimeoutError" if situation.scope == "timeout" else "ExceptionGroup"
    return [f'failed = call.scope != "{wanted}" or not call.restored']
