"""Describe a shape in words for readers of a certificate: where each task is, the queue, and the state of each call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle_models.machine.freeze import rows
from treadle_models.machine.things import Callback, Error, Frame, Future, Task, Timer
from treadle_models.machine.world import Actor, Call, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle_models.machine.freeze import Row, Shape


def described(shape: Shape) -> tuple[str, ...]:
    """Return lines about the world, its calls, its tasks, and other futures that are awaited or held."""
    return tuple(_Reader(list(rows(shape))).lines())


class _Reader:
    def __init__(self, things: list[Row]) -> None:
        self.things = things

    def field(self, row: Row, name: str) -> object:
        return row[1 + row[0].FIELDS.index(name)]

    def lines(self) -> Iterator[str]:
        for row in self.things:
            if row[0] is World:
                queue = self.field(row, "queue")
                told = ", ".join(self.callback(each) for each in queue) if isinstance(queue, tuple) else ""
                yield f"{self.field(row, 'phase')}; queue: {told or 'empty'}"
            elif row[0] is Call:
                yield f"call: {self.call(row)}"
            elif row[0] is Task:
                yield f"{self.name(row)}: {self.task(row)}"
            elif row[0] is Actor and self.field(row, "deciding"):
                yield f"the dependency decides, after it was resumed: {self.field(row, 'deciding')}"
            elif row[0] is Timer:
                yield f"a timer, due in {self.field(row, 'left'):g}"

    def call(self, row: Row) -> str:
        if self.field(row, "over"):
            return str(self.field(row, "over"))
        where = "inside" if self.field(row, "inside") else str(self.field(row, "exit") or "not entered")
        flags = [each for each in ("pending", "done_exit", "failed", "cleared", "redelivered") if self.field(row, each)]
        return ", ".join([where, *flags])

    def task(self, row: Row) -> str:
        state = str(self.field(row, "state"))
        if state != "pending":
            return f"done: {state}"
        parts = ["must cancel"] if self.field(row, "must_cancel") else []
        waits = self.field(row, "waits_for")
        if waits is not None:
            other = self.things[int(waits)]  # type: ignore[call-overload]  # a reference
            parts.append(f"waits for {self.name(other)}")
        frames = self.field(row, "frames")
        for each in frames if isinstance(frames, tuple) else ():
            frame = self.things[int(each)]
            if frame[0] is Frame:
                code, place = self.field(frame, "code"), self.field(frame, "place")
                line = code.nodes[place].line if isinstance(place, int) and place >= 0 else code.line  # type: ignore[attr-defined]
                parts.append(f"in {code.name}, line {line}")  # type: ignore[attr-defined]  # an automaton
        return ", ".join(parts)

    def name(self, row: Row) -> str:
        if row[0] is Task:
            number = self.field(row, "number")
            if isinstance(number, int) and number >= 0:
                return f"controller {number}"
            return str(self.field(row, "role") or "a task")
        if row[0] is Future:
            return str(self.field(row, "role") or "a future")
        return "an exception" if row[0] is Error else row[0].__name__.lower()

    def callback(self, each: object) -> str:
        if not isinstance(each, Callback):
            return str(each)
        if each.what == "call":
            return "a callback"
        return f"{each.what} of {self.name(self.things[int(each.target)])}"
