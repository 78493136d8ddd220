"""The last part of a script: check what happened, print it, and exit with 1 if the failure shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.report.words import WORDS, Violating
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


def verdict_code(counterexample: Counterexample, offender: int, situation: Situation) -> str:
    """Return the code that checks what happened, for the property of a counterexample."""
    name = counterexample.token.property
    call = counterexample.outcome[offender]
    steps = counterexample.score.steps
    uncancelled = sum(act is Decision.UNCANCEL for step in steps for act, _ in step.decisions)
    by_itself = sum(act is Decision.CANCEL_SELF for step in steps for act, _ in step.decisions)
    third_party = sum(action.name == ActionName.CANCEL_DEPENDENCY for action in counterexample.score.actions)
    if situation.dependency == "nested":
        uncancelled = by_itself = 0  # those belong to the third task
    others = third_party + by_itself + _by_the_other_call(counterexample, offender)
    counted = (
        "stage.dependency.cancelling()" if situation.dependency != "future" else "int(stage.dependency.cancelled())"
    )
    adjusted = counted + (f" + {uncancelled}" if uncancelled else "") + (f" - {others}" if others else "")
    words = WORDS[name]
    check, happened = words.check(Violating(call.observation, call.does, "the controller", situation))
    needs_looks = any(act > Decision.CANCEL_SELF for step in steps for act, _ in step.decisions) and not words.looks
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


def _by_the_other_call(counterexample: Counterexample, offender: int) -> int:
    """Return how many requests the dependency had got from the other controller when this one's call ended."""
    if len(counterexample.outcome) == 1:
        return 0
    mine = f"controller {offender + 1}"
    count = 0
    for record in counterexample.trace:
        count += sum(
            each.of == "dependency" and each.effective and each.by not in {mine, "environment", "dependency"}
            for each in record.requests
        )
        if record.who == mine and "the call r" in record.text:  # it returns, or raises something
            break
    return count
