"""How a short script detects the failure: the statements around the call, and those after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle.report.script.text import indented
from treadle.situation import ActionName
from treadle.situation.actor import Decision

if TYPE_CHECKING:
    from treadle.check.counterexamples import Counterexample
    from treadle.situation import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeing:
    """Statements `around` the call (with a line `CALL` in its place), `before` everything, and `after` everything.

    `failed` is an expression; so are `bad` and `good`, which say what happened.
    """

    around: tuple[str, ...]
    failed: str
    bad: str
    good: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


CALL = "CALL"

_CANCELLATION = (
    "try:",
    f"    {CALL}",
    "    await asyncio.sleep(0)  # a cancellation that is still to come comes here",
    "except asyncio.CancelledError:",
    "    seen.append('CancelledError')",
    "    raise",
)


def seeing(found: Counterexample, offender: int, situation: Situation) -> Seeing | None:
    """Return how to detect the violation of a counterexample; None if only a long script can."""
    name = found.token.property
    if name in _ALONE and not situation.count and not situation.scope:
        return _ALONE[name]
    if name in _SIMPLE:
        return _SIMPLE[name]
    observation = found.outcome[offender].observation
    if name == "balanced":
        expected = observation.requests - observation.withdrawals
        return Seeing(
            around=(
                "before = asyncio.current_task().cancelling()",
                *("try:", f"    {CALL}", "finally:"),
                "    seen.append(asyncio.current_task().cancelling() - before)",
            ),
            before=("seen = []",),
            failed=f"bool(seen) and seen[0] != {expected}",
            bad=f"f'cancelling() of the caller changed by {{seen[0]}}, with {expected} of others'",
            good="'cancelling() of the caller was left as it was'",
        )
    if name in {"undisturbed", "requested"}:
        return _by_requests(found, situation, name, forwarded=observation.forwarded)
    if name == "scope-kept" and situation.scope:
        error = "TimeoutError" if situation.scope == "timeout" else "OSError"
        return Seeing(
            around=(CALL,),
            before=("seen = []",),
            failed="seen != [0]",
            bad=f"'no {error} came out of the scope around the call'",
            good=f"'{error} came out of the scope around the call'",
        )
    return None


def _by_requests(found: Counterexample, situation: Situation, name: str, *, forwarded: int) -> Seeing | None:
    """Return how to count the requests that the dependency has got, without those of others."""
    if situation.controllers > 1 or situation.dependency in {"nested", "future"}:
        return None
    acts = [act for step in found.score.steps for act, _ in step.decisions]
    others = acts.count(Decision.CANCEL_SELF) - acts.count(Decision.UNCANCEL)
    others += sum(action.name == ActionName.CANCEL_DEPENDENCY for action in found.score.actions)
    counted = "task.cancelling()" + (f" - {others}" if others > 0 else f" + {-others}" if others else "")
    undisturbed = name == "undisturbed"
    return Seeing(
        around=("try:", f"    {CALL}", "finally:", f"    seen.append({counted})"),
        before=("seen = []",),
        failed=f"(seen or [{counted}])[0] > 1" if undisturbed else f"bool(seen) and seen[0] - {forwarded} <= 0",
        bad=f"f'the task got {{(seen or [{counted}])[0]}} requests to stop'"
        if undisturbed
        else "'the call left, and had not asked the task to stop'",
        good="'the task got one request to stop'" if undisturbed else "'the task was asked to stop'",
    )


_ALONE = {
    "lost": Seeing(
        around=(CALL, "await asyncio.sleep(0)  # a cancellation that is still to come comes here"),
        failed="caller.done() and not caller.cancelled()",
        bad="'the caller goes on, as if nobody had cancelled it'",
        good="'the caller got its CancelledError'",
    ),
    "phantom": Seeing(
        around=(CALL, "await asyncio.sleep(0)  # a cancellation that is still to come comes here"),
        failed="caller.cancelled()",
        bad="'the caller got a CancelledError that nobody had asked for'",
        good="'the caller got no CancelledError'",
    ),
}
"""For a caller that only makes the call: how it ended shows the failure."""

_SIMPLE = {
    "lost": Seeing(
        around=_CANCELLATION,
        before=("seen = []",),
        failed="caller.done() and not seen",
        bad="'the caller goes on, as if nobody had cancelled it'",
        good="'the caller got its CancelledError'",
    ),
    "phantom": Seeing(
        around=_CANCELLATION,
        before=("seen = []",),
        failed="bool(seen)",
        bad="'the caller got a CancelledError that nobody had asked for'",
        good="'the caller got no CancelledError'",
    ),
    "joined": Seeing(
        around=(CALL, "seen.append(task.done())"),
        before=("seen = []",),
        failed="seen == [False]",
        bad="'the call returned, and the task is still running'",
        good="'the task is done'",
    ),
    "joined-always": Seeing(
        around=("try:", f"    {CALL}", "finally:", "    seen.append(task.done())"),
        before=("seen = []",),
        failed="seen == [False]",
        bad="'the call left, and the task is still running'",
        good="'the task is done'",
    ),
    "accepts-done": Seeing(
        around=(CALL, "seen.append('returned')"),
        before=("seen = []",),
        failed="caller.done() and not seen",
        bad="'the call did not return'",
        good="'the call returned'",
    ),
    "ends": Seeing(
        around=(CALL,),
        failed="task.done() and not caller.done()",
        bad="'the task is done, and the call is still waiting'",
        good="'the call has ended'",
    ),
    "no-self-hang": Seeing(
        around=(CALL,),
        failed="not caller.done()",
        bad="'the call is still waiting'",
        good="'the call has ended'",
    ),
    "failure-kept": Seeing(
        around=(CALL,),
        before=(
            "reports = []",
            "asyncio.get_running_loop().set_exception_handler(lambda _, report: reports.append(report['message']))",
        ),
        after=(
            "raised = caller.done() and not caller.cancelled() and 'OSError' in repr(caller.exception())",
            "gone = weakref.ref(task)",
            "del caller, task",
            "gc.collect()",
        ),
        failed="gone() is None and not raised and not any('never retrieved' in each for each in reports)",
        bad="'the task failed, and nobody will hear of it'",
        good="'the failure was raised, or reported by asyncio'",
        imports=("gc", "weakref"),
    ),
}


def placed(around: tuple[str, ...], call: tuple[str, ...]) -> list[str]:
    """Return the statements with the call in place of `CALL`, with the same indentation."""
    lines = []
    for line in around:
        if line.strip() == CALL:
            lines += indented([*call]) if line.startswith(" ") else [*call]
        else:
            lines.append(line)
    return lines
