"""The specification: what `await cancel_and_wait(dependency)` must keep, with each property written once.

One call is observed from *entry* (the controller's first step inside the call) to *exit* (it returns or raises in the
controller) and summed up in an `Observation`. A `Property` is a sentence, a *premise* that says when the sentence
applies (the witness: a property whose premise never became true is *not exercised*), and a *claim*. It is violated by
an observation in which the premise is true and the claim is not.

The fields may be Python values, which the checker fills in from a run of real tasks, or a solver's terms; so the
functions of `algebra` are used in place of `and`, `or` and `not`.

Two of them are not duties but *modes*, between which a design must choose; see `MODES`.

Where others may call `controller.uncancel()`, opinions differ about a request that was withdrawn. Four `Reading`s of
`lost` and `phantom` name them; a result always says which it used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from treadle_models.algebra import Number, Truth, all_of, any_of, equal, implies, negate


class Observation(NamedTuple):
    """What was observed of one call. Every field is a boolean or a natural number, or a term for one."""

    # How the call ended; if it has not left, all four are false.
    left: Truth = False
    returned: Truth = False
    cancelled: Truth = False  # it raised CancelledError
    raised: Truth = False  # it raised anything else

    # The controller.
    itself: Truth = False  # controller and dependency are one task
    pending: Truth = False  # a cancel was pending at entry: requested, its CancelledError not yet thrown
    requests: Number = 0  # effective controller.cancel() during the call, by anyone but the call
    withdrawals: Number = 0  # controller.uncancel() during the call that lowered the count, by anyone but the call
    outstanding: Number = 0  # 1 if pending; +1 a request; max(0, n - 1) a withdrawal: what nobody can have withdrawn
    redelivered: Truth = False  # with no further request, the next await that suspends raised CancelledError
    count_entry: Number = 0  # controller.cancelling()
    count_exit: Number = 0
    due: Truth = False  # at some gap, a request was outstanding and the controller inside
    late: Truth = False  # and at one of these it was not ready to leave in its next step

    # The dependency.
    result_entry: Truth = False  # done at entry, with a result
    failed_entry: Truth = False  # done at entry, with an exception
    cancelled_entry: Truth = False  # done at entry, cancelled
    done_exit: Truth = False
    by_call: Number = 0  # effective dependency.cancel() made by the call
    forwarded: Number = 0  # those forwarded from the controller's own cancellation
    failed: Truth = False  # it has failed with an exception X that asyncio would have reported
    cleared: Truth = False  # the call, or a cancel forwarded through its await, has cleared that report
    failure_raised: Truth = False  # the call raised X, or a group with it

    # The call has not ended: judged if the controller is still inside.
    stuck: Truth = False  # the dependency is done; no callback and no timer is left
    circling: Truth = False  # the dependency is done; the call goes on for ever
    spinning: Truth = False  # a step of the call did not end
    hung: Truth = False  # at quiescence, the controller is inside, whatever the dependency did

    # An enclosing scope: asyncio.timeout() or a task group.
    scope_fired: Truth = False  # it cancelled the controller during the call
    scope_alone: Truth = False  # and nobody else did
    scope_kept: Truth = False  # it ended as around a plain await of a future, the count restored


class Reading(StrEnum):
    """What a cancellation counts for after `uncancel()` has withdrawn it, in `lost` and `phantom`."""

    WEAK = "weak"  # a request that no later uncancel can have withdrawn must raise; with no request at all, none may
    STRICT = "strict"  # weak, and a request that was withdrawn must not raise
    NET = "net"  # raise if and only if there were more requests than withdrawals
    ANY = "any"  # every request must raise, withdrawn or not


Claim = Callable[[Observation], Truth]


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A named sentence about one call.

    `premise` says when it applies, `claim` what must then be true. `readings` replaces both for other readings than
    the weak one, where they differ.
    """

    name: str
    sentence: str
    premise: Claim
    claim: Claim
    is_mode: bool = False
    readings: Mapping[Reading, tuple[Claim, Claim]] = field(default_factory=dict)

    def applies(self, seen: Observation, reading: Reading = Reading.WEAK) -> Truth:
        """Say whether the property applies to this call: its witness."""
        return self._pair(reading)[0](seen)

    def holds(self, seen: Observation, reading: Reading = Reading.WEAK) -> Truth:
        """Say whether the call keeps the property (as it does if the premise is false)."""
        premise, claim = self._pair(reading)
        return implies(premise(seen), claim(seen))

    def _pair(self, reading: Reading) -> tuple[Claim, Claim]:
        return self.readings.get(reading, (self.premise, self.claim))


def _raises(seen: Observation) -> Truth:
    return any_of(seen.cancelled, seen.redelivered)


def _silent(seen: Observation) -> Truth:
    return negate(_raises(seen))


def _net_positive(seen: Observation) -> Truth:
    """Say whether there are more requests, with the pending one, than withdrawals."""
    return any_of(
        seen.requests > seen.withdrawals,
        all_of(seen.pending, equal(seen.requests, seen.withdrawals)),
    )


def _requested_at_all(seen: Observation) -> Truth:
    return any_of(seen.requests > 0, seen.pending)


def _done_entry(seen: Observation) -> Truth:
    return any_of(seen.result_entry, seen.failed_entry, seen.cancelled_entry)


LOST = Property(
    name="lost",
    sentence="a cancellation of the caller is never lost",
    premise=lambda seen: all_of(seen.left, seen.outstanding > 0),
    claim=_raises,
    readings=MappingProxyType(
        {
            Reading.NET: (lambda seen: all_of(seen.left, _net_positive(seen)), _raises),
            Reading.ANY: (lambda seen: all_of(seen.left, _requested_at_all(seen)), _raises),
        }
    ),
)

PHANTOM = Property(
    name="phantom",
    sentence="the caller is never cancelled by nobody",
    premise=lambda seen: all_of(seen.left, negate(_requested_at_all(seen))),
    claim=_silent,
    readings=MappingProxyType(
        {
            Reading.STRICT: (lambda seen: all_of(seen.left, equal(seen.outstanding, 0)), _silent),
            Reading.NET: (lambda seen: all_of(seen.left, negate(_net_positive(seen))), _silent),
        }
    ),
)

JOINED = Property(
    name="joined",
    sentence="a normal return means that the dependency is done",
    premise=lambda seen: seen.returned,
    claim=lambda seen: seen.done_exit,
)

REQUESTED = Property(
    name="requested",
    sentence="the dependency was asked to stop",
    premise=lambda seen: seen.left,
    claim=lambda seen: any_of(seen.by_call > 0, _done_entry(seen)),
)

BALANCED = Property(
    name="balanced",
    sentence="the caller's cancellation count is left as it was found",
    premise=lambda seen: seen.left,
    claim=lambda seen: equal(seen.count_exit + seen.withdrawals, seen.count_entry + seen.requests),
)

UNDISTURBED = Property(
    name="undisturbed",
    sentence="the call sends the dependency one request and no more",
    premise=lambda seen: any_of(seen.left, seen.by_call + seen.forwarded > 0),
    claim=lambda seen: seen.by_call + seen.forwarded <= 1,
)

ENDS = Property(
    name="ends",
    sentence="when the dependency ends, the call ends",
    premise=lambda seen: any_of(all_of(seen.left, seen.done_exit), seen.stuck, seen.circling, seen.spinning),
    claim=lambda seen: negate(any_of(seen.stuck, seen.circling, seen.spinning)),
)

ACCEPTS_DONE = Property(
    name="accepts-done",
    sentence="a dependency that is already done is accepted",
    premise=lambda seen: all_of(
        any_of(seen.result_entry, seen.cancelled_entry),
        any_of(seen.left, seen.stuck, seen.circling, seen.spinning),
        negate(_requested_at_all(seen)),
    ),
    claim=lambda seen: seen.returned,
)

NO_SELF_HANG = Property(
    name="no-self-hang",
    sentence="a call on the calling task itself does not hang",
    premise=lambda seen: seen.itself,
    claim=lambda seen: negate(any_of(seen.hung, seen.spinning, seen.circling)),
)

FAILURE_KEPT = Property(
    name="failure-kept",
    sentence="a failure of the dependency is not dropped in silence",
    premise=lambda seen: all_of(seen.left, seen.done_exit, seen.failed),
    claim=lambda seen: any_of(seen.failure_raised, negate(seen.cleared)),
)

SCOPE_KEPT = Property(
    name="scope-kept",
    sentence="an enclosing scope keeps working",
    premise=lambda seen: all_of(seen.left, seen.scope_fired, seen.scope_alone),
    claim=lambda seen: seen.scope_kept,
)

PROMPT = Property(
    name="prompt",
    sentence="a cancelled caller gets away at once",
    premise=lambda seen: seen.due,
    claim=lambda seen: negate(seen.late),
    is_mode=True,
)

JOINED_ALWAYS = Property(
    name="joined-always",
    sentence="the dependency is done on every exit, cancelled or not",
    premise=lambda seen: seen.left,
    claim=lambda seen: seen.done_exit,
    is_mode=True,
)

PROPERTIES: tuple[Property, ...] = (
    LOST,
    PHANTOM,
    JOINED,
    REQUESTED,
    BALANCED,
    UNDISTURBED,
    ENDS,
    ACCEPTS_DONE,
    NO_SELF_HANG,
    FAILURE_KEPT,
    SCOPE_KEPT,
)
"""What every design must keep, in the order of all reports."""

MODES: tuple[Property, ...] = (PROMPT, JOINED_ALWAYS)
"""A design chooses between these: none can have both if a dependency may absorb its cancellation and never end."""

CIRCLE_ENDS = Property(
    name="circle-ends",
    sentence="a cancellation from outside ends a circle of two calls",
    premise=lambda seen: seen.requests > 0,
    claim=lambda seen: negate(any_of(seen.hung, seen.spinning, seen.circling)),
    is_mode=True,
)
"""Judged in the situation `mutual`, where nothing else is: there `requests` are those of neither of the two calls."""

BY_NAME: Mapping[str, Property] = MappingProxyType({each.name: each for each in (*PROPERTIES, *MODES, CIRCLE_ENDS)})
