"""The words for a violation of each property: what a story says, and what a script checks and prints.

The sentence of a property is in the specification. If you add a property, add its words here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.situation import Situation
    from treadle_models.spec import Observation


class Violating(NamedTuple):
    """A call that violates a property: what was observed, what it did, which controller made it, and the situation.

    `who` is the controller, as a story calls it; `does` is in the present tense ("raises CancelledError").
    """

    seen: Observation
    does: str
    who: str
    situation: Situation

    @property
    def did(self) -> str:
        """What the call did, in the past tense."""
        verb, _, what = self.does.partition(" ")
        return f"{_PAST.get(verb, verb)} {what}".strip()


class Check(NamedTuple):
    """How a script checks whether the failure shows: statements that set `failed`, and an expression to print."""

    statements: tuple[str, ...]
    happened: str


@dataclass(frozen=True, slots=True)
class Words:
    """The words for one property. `looks`: a script must check whether a controller has left after its next step."""

    happened: Callable[[Violating], str]
    check: Callable[[Violating], Check]
    looks: bool = False


_PAST = {"returns": "returned", "raises": "raised", "hangs": "hung", "waits": "waited"}
_INSIDE = "was still inside after its next step"
_EXIT = "'the call ' + (call.exit or 'has not ended')"


def times(number: int) -> str:
    """Return a number of times in words."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _lost(call: Violating) -> str:
    withdrawn = f"; {times(call.seen.withdrawals)} of uncancel() withdrew some of it" if call.seen.withdrawals else ""
    return f"the call {call.did}; {call.who} goes on although it was cancelled{withdrawn}"


def _phantom(call: Violating) -> str:
    seen = call.seen
    came = "the call raised CancelledError" if seen.cancelled else f"the call {call.did}, the next await was cancelled,"
    if not seen.requests and not seen.pending:
        return f"{came} and nobody had cancelled {call.who}"
    return f"{came} and every request to cancel {call.who} had been withdrawn"


def _left_running(call: Violating) -> str:
    return f"the call {call.did} while the dependency is still running"


def _balanced(call: Violating) -> str:
    seen = call.seen
    return (
        f"{call.who}'s cancelling() is {seen.count_exit}; it was {seen.count_entry} at entry, and the requests since, "
        f"less those withdrawn, are {seen.requests - seen.withdrawals}"
    )


def _undisturbed(call: Violating) -> str:
    seen = call.seen
    return (
        f"the dependency was cancelled {times(seen.by_call + seen.forwarded)}: {seen.by_call} by the call, "
        f"{seen.forwarded} forwarded from a cancellation of {call.who}"
    )


def _endless(call: Violating) -> str:
    if call.seen.spinning:
        return "runs a step that does not end"
    if call.seen.circling:
        return "runs for ever without making progress"
    return "waits; no callback and no timer is left that could wake it"


def _scope(call: Violating) -> str:
    scope = "asyncio.timeout()" if call.situation.scope == "timeout" else "task group"
    return f"the {scope} around the call cancelled {call.who}, and did not end as it does around an await"


def _always(*statements: str, happened: str = _EXIT) -> Callable[[Violating], Check]:
    check = Check(statements, happened)
    return lambda _: check


def _check_balanced(call: Violating) -> Check:
    expected = call.seen.requests - call.seen.withdrawals
    return Check(
        (f"failed = bool(call.exit) and call.after != call.before + {expected}",),
        f"f'cancelling() was {{call.before}} at entry, {{call.after}} at exit, with {expected} from others'",
    )


def _check_requested(call: Violating) -> Check:
    return Check(
        (f"failed = bool(call.exit) and call.requests - {call.seen.forwarded} <= 0",),
        f"{_EXIT} + ', and had not asked the dependency to stop' * failed",
    )


def _check_scope(call: Violating) -> Check:
    wanted = "TimeoutError" if call.situation.scope == "timeout" else "ExceptionGroup"
    return Check(
        (f'failed = call.scope != "{wanted}" or not call.restored',),
        "'the scope ended with ' + (call.scope or 'nothing')",
    )


_CHECK_FAILURE = (
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
)

WORDS: dict[str, Words] = {
    "lost": Words(
        _lost,
        _always(
            'failed = bool(call.exit) and call.exit != "raised CancelledError" and not call.redelivered',
            happened=f"{_EXIT} + ', and the controller goes on although it was cancelled' * failed",
        ),
    ),
    "phantom": Words(
        _phantom,
        _always(
            'failed = call.exit == "raised CancelledError" or call.redelivered',
            happened=f"{_EXIT} + ', although no request was left to cancel the controller' * failed",
        ),
    ),
    "joined": Words(
        _left_running,
        _always(
            'failed = call.exit == "returned" and not call.done',
            happened=f"{_EXIT} + ', and the dependency goes on' * failed",
        ),
    ),
    "requested": Words(
        lambda call: f"the call {call.did} and has never cancelled the dependency",
        _check_requested,
    ),
    "balanced": Words(_balanced, _check_balanced),
    "undisturbed": Words(
        _undisturbed,
        _always(
            "requests = call.requests if call.exit else requests_of_dependency()",
            "failed = requests > 1",
            happened="f'the dependency got {requests} requests through this call'",
        ),
    ),
    "ends": Words(
        lambda call: f"the dependency is done, and the call {_endless(call)}",
        _always(
            "failed = call.inside and dependency.done()",
            happened=f"{_EXIT} + ', though the dependency is done' * failed",
        ),
    ),
    "accepts-done": Words(
        lambda call: f"the dependency was done at entry, nobody cancelled {call.who}, and the call {call.did}",
        _always('failed = call.exit != "returned"'),
    ),
    "no-self-hang": Words(lambda call: f"the call {_endless(call)}", _always("failed = call.inside")),
    "circle-ends": Words(
        lambda call: (
            f"{call.who} and the dependency call on each other, {call.who} was cancelled, and the call {_endless(call)}"
        ),
        _always("failed = call.inside"),
    ),
    "failure-kept": Words(
        lambda call: f"the dependency failed, the call {call.did}, and asyncio will no longer report the failure",
        _always(*_CHECK_FAILURE, happened=f"{_EXIT} + ', and nobody will hear of the failure' * failed"),
    ),
    "scope-kept": Words(_scope, _check_scope),
    "prompt": Words(
        lambda call: f"{call.who} was cancelled, and its next step did not leave the call",
        _always(
            "failed = call.late",
            happened=f"'the controller was cancelled and ' + ({_INSIDE!r} if failed else 'left')",
        ),
        looks=True,
    ),
    "joined-always": Words(
        _left_running,
        _always(
            "failed = bool(call.exit) and not call.done", happened=f"{_EXIT} + ', and the dependency goes on' * failed"
        ),
    ),
}
