"""The Task protocol without its count: `Task.v` again in Python, to check in advance whether a system follows it.

The result need not be trusted: Coq computes it again from `Task.v`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from treadle_models.machine.freeze import rows
from treadle_models.machine.things import PENDING, Callback, Future, Task
from treadle_models.machine.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle_models.coq.statement import Action, Place, Statement
    from treadle_models.machine.freeze import Row, Shape
    from treadle_models.smt.control import Control

OWN_STEP = "controller-0"
COUNT = "count-0"
_OUTCOMES = {"result": "Result", "exception": "Failure", "cancelled": "Cancelled"}
_ENDS = (
    *(("Suspend", each) for each in ("Plain", "Absorbing", "Refusing")),
    *(("SuspendDone", each) for each in _OUTCOMES.values()),
    ("Yield", ""),
    *(("Finish", each) for each in _OUTCOMES.values()),
)

Operation = tuple[str, str]


class Standing(NamedTuple):
    """The state of a task: whether must-cancel is set, and its place in `Task.v`, with what belongs to it."""

    must_cancel: bool
    at: str
    what: str = ""

    def __str__(self) -> str:
        """Write it for Coq."""
        what = f" Task.{self.what}" if self.what else ""
        return f"({str(self.must_cancel).lower()}, Task.{self.at}{what})"


def standing(shape: Shape) -> Standing | None:
    """Return the state of the first controller's task in a shape; None if the protocol in Coq does not have it."""
    things = list(rows(shape))
    at = next((number for number, row in enumerate(things) if row[0] is Task and _field(row, "number") == 0), None)
    if at is None:
        return None
    task = things[at]
    if _field(task, "state") != PENDING:
        return Standing(bool(_field(task, "must_cancel")), "Done", _OUTCOMES[str(_field(task, "state"))])
    must_cancel = bool(_field(task, "must_cancel"))
    waits = _field(task, "waits_for")
    other = None if waits is None else things[int(waits)]  # type: ignore[call-overload]  # a reference
    if any(int(each.target) == at for each in _queue(things)):
        how = "" if other is None else _OUTCOMES.get(str(_field(other, "state")))
        return None if how is None else Standing(must_cancel, "Woken" if how else "Scheduled", how)
    if other is None:
        return Standing(must_cancel, "Running")
    if _field(other, "children"):
        return None  # the future of `gather`: whether it takes a request depends on others
    return Standing(must_cancel, "Waiting", "Plain" if other[0] is Future else "Absorbing")


def _field(row: Row, name: str) -> object:
    found: object = row[1 + row[0].FIELDS.index(name)]
    return found


def _queue(things: list[Row]) -> Iterator[Callback]:
    """Yield the steps and wake-ups in the queue; their targets are references."""
    queue = _field(next(row for row in things if row[0] is World), "queue")
    for each in queue if isinstance(queue, tuple) else ():
        if isinstance(each, Callback) and each.what in ("step", "wakeup"):
            yield each


def standings(control: Control, statement: Statement) -> dict[Place, Standing]:
    """Return the state of the first controller's task in each place of a statement, as far as it is known."""
    found = {place: standing(control.places[place.number].shape) for place in statement.places if place.number >= 0}
    return {place: each for place, each in found.items() if each is not None}


def follows(statement: Statement, where: dict[Place, Standing]) -> bool:
    """Say whether each action between places is a sequence of operations, as `explained` of `Follows.v` defines it."""
    return bool(where) and all(
        _explained(action, where[action.source], where[action.target])
        for action in statement.actions
        if action.source in where and action.target in where
    )


def _explained(action: Action, source: Standing, target: Standing) -> bool:
    values = dict(zip(action.step.target, action.step.updates, strict=True))
    if COUNT not in values:
        return False
    terms, more = values[COUNT].key()
    if terms != ((COUNT, 1),):
        return False
    return any(_run(source, ops) == (target, more) for ops in _guesses(own=action.text == OWN_STEP))


def _guesses(*, own: bool) -> Iterator[tuple[Operation, ...]]:
    others: list[tuple[Operation, ...]] = [(), (("Cancel", ""),)]
    for each in _OUTCOMES.values():
        others += [(("Complete", each),), (("Complete", each), ("Cancel", ""))]
    if not own:
        yield from others
        return
    for end in _ENDS:
        yield from ((("Resume", ""), end, *rest) for rest in others)


def _run(here: Standing, ops: tuple[Operation, ...]) -> tuple[Standing, int] | None:
    count = 0
    for op in ops:
        there = _operate(here, op)
        if there is None:
            return None
        count += op[0] == "Cancel" and here.at != "Done"
        here = there
    return here, count


def _operate(here: Standing, op: Operation) -> Standing | None:
    word, what = op
    if word == "Cancel":
        return _cancelled(here)
    if word == "Complete":
        return Standing(here.must_cancel, "Woken", what) if here.at == "Waiting" else None
    if word == "Resume":
        return Standing(must_cancel=False, at="Running") if here.at in ("Scheduled", "Woken") else None
    return _end_of_step(here.must_cancel, word, what) if here.at == "Running" else None


def _end_of_step(must_cancel: bool, word: str, what: str) -> Standing:  # noqa: FBT001 - a field of a standing
    if word == "Suspend":
        waiting = Standing(must_cancel=False, at="Waiting", what=what)
        return _cancelled(waiting) if must_cancel else waiting
    if word == "Finish":
        late = must_cancel and what == "Result"
        return Standing(must_cancel and not late, "Done", "Cancelled" if late else what)
    return Standing(must_cancel, "Scheduled" if word == "Yield" else "Woken", what)


def _cancelled(here: Standing) -> Standing:
    if here.at == "Done" or (here.at, here.what) == ("Waiting", "Absorbing"):
        return here
    if (here.at, here.what) == ("Waiting", "Plain"):
        return Standing(here.must_cancel, "Woken", "Cancelled")
    return Standing(must_cancel=True, at=here.at, what=here.what)
