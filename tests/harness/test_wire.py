"""What crosses from one process to another is read as what was written, and each request knows its answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import pytest

from treadle.wire import Wire
from treadle.workers import programs, targets
from treadle.workers.requests.request import SearchRequest

if TYPE_CHECKING:
    from treadle.workers.requests.request import Request

T = TypeVar("T")


class Colour(StrEnum):
    RED = "red"


class Point(NamedTuple):
    x: int
    colour: Colour


@dataclass(frozen=True)
class Held(Generic[T]):
    what: tuple[T, ...]
    counts: dict[T, int]
    maybe: T | None = None


@dataclass(frozen=True)
class Of(Held[Point]):
    named: dict[str, list[Point]] | None = None


POINT = Point(1, Colour.RED)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Held[int], Held((1, 2), {3: 4})),
        (Held[Point], Held((POINT,), {POINT: 2}, POINT)),
        (Of, Of((POINT,), {POINT: 2}, None, {"a": [POINT]})),
        (tuple[str, ...], ("a", "b")),
        (tuple[Colour, ...] | None, None),
    ],
)
def test_what_was_written_is_read(kind: Any, value: object) -> None:
    wire = Wire()
    again = wire.read(kind, json.loads(json.dumps(wire.write(kind, value))))
    assert again == value
    assert type(again) is type(value)


def test_what_is_not_there_has_its_default() -> None:
    assert Wire().read(Held[int], {"what": [], "counts": []}) == Held((), {}, None)
    with pytest.raises(TypeError, match="counts"):
        Wire().read(Held[int], {"what": []})


@pytest.mark.parametrize("answers", [targets.ANSWERS, programs.ANSWERS])
def test_every_request_can_be_written_and_has_a_name_of_its_own(answers: dict[type[Request[Any]], object]) -> None:
    """A type that a request or its answer is made of, and of which the wire has not heard, shows here."""
    assert len({each.does for each in answers}) == len(answers)
    for each in answers:
        each.wire._code(each, {})
        each.wire._code(each.answer, {})
    searches = [each for each in answers if issubclass(each, SearchRequest)]
    assert len(searches) == 1
