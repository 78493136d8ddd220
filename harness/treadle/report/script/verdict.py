"""The last part of a script: look at what happened, say it, and exit with 1 if the failure shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.situation import ActionName
from treadle.situation.actor import Decision
from treadle_models.spec import BY_NAME

if TYPE_CHECKING:
    from treadle.check.counterexamples import Counterexample
    from treadle.situation import Situation

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
    uncancelled = sum(act is Decision.UNCANCEL for step in steps for act, _ in step.decisions)
    by_itself = sum(act is Decision.CANCEL_SELF for step in steps for act, _ in step.decisions)
    third_party = sum(action.name == ActionName.CANCEL_DEPENDENCY for action in counterexample.score.actions)
    if situation.dependency == "nested":
        uncancelled = by_itself = 0  # those are of the third task
    others = third_party + by_itself
    counted = (
        "stage.dependency.cancelling()" if situation.dependency != "future" else "int(stage.dependency.cancelled())"
    )
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
            f"f'cancelling() was {{call.before}} at entry, {{call.after}} at exit, with {expected} from others'",
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
    needs_looks = any(act > Decision.CANCEL_SELF for step in steps for act, _ in step.decisions) and name != "prompt"
    finish = _FINISH.format(
        offender=offender,
        check="\n".join(f"    {line}" for line in check),
        sentence=BY_NAME[name].sentence,
        happened=happened,
    )
    leave = _LEAVE.replace("{but}", ", without those of others" if others else "").replace("{requests}", adjusted)
    looks = (
        ""
        if not needs_looks
        else "".join(f"\n\ndef look_{number}():\n    pass\n" for number in range(situation.controllers))
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
