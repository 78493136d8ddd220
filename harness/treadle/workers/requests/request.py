"""The base classes of requests, and how a search is asked for in parts.

A request is a data class that knows the type of its answer. Both are written and read only here.
"""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar, cast

from treadle.explorer import Exploration, Parts, Root
from treadle.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from treadle.wire import Json

A = TypeVar("A")
O = TypeVar("O")  # noqa: E741 - an outcome

TIMES = frozenset({"seconds", "until"})
"""The fields with time limits, at any depth of a request. An answer that was not cut off does not depend on them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Generic[A]):
    """A question about `target`. `answer` is the type of its answer; `wire` writes and reads both."""

    does: ClassVar[str]
    answer: ClassVar[object]
    wire: ClassVar[Wire]

    target: str

    def as_json(self) -> dict[str, Json]:
        """Return the request as it is sent."""
        return {"do": self.does, **self.wire.write(type(self), self)}

    @classmethod
    def from_json(cls, told: Json) -> Self:
        """Read what `as_json` has returned."""
        return cls.wire.read(cls, told)

    def tell(self, answer: A) -> Json:
        """Return an answer as it is sent back."""
        return self.wire.write(self.answer, answer)

    def hear(self, told: Json) -> A:
        """Read what `tell` has returned."""
        return self.wire.read(cast("type[A]", self.answer), told)

    def ended(self, told: Json) -> object:
        """Return how the search ended, given the answer as it is sent; None if there was no search."""
        return told.get("ended") if isinstance(told, dict) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve(Request[None]):
    """See that the target can be found."""

    does = "resolve"
    answer = None
    wire = Wire()


@dataclass(frozen=True, slots=True, kw_only=True)
class FindParts(Request[Parts[O]]):
    """Split a search."""

    does = "find parts"

    def ended(self, told: Json) -> object:
        """Return how the search on the way to the parts ended."""
        return told["exploration"]["ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgePart(Request[Exploration[O]]):
    """Search what follows from some roots. `opaque`: why every schedule must be run there, if that is known."""

    does = "judge part"

    roots: tuple[Root, ...]
    opaque: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcludeParts(Request[A], Generic[A, O]):
    """Judge what `parts` parts have found together."""

    does = "conclude parts"

    exploration: Exploration[O]
    parts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest(Request[A], Generic[A, O]):
    """A question that can be answered in one piece or in parts, with the same answer except for the work that it took.

    `opaque` says why every schedule must be run, if that is known.
    """

    told_first: ClassVar[str]
    """How a reason begins that counts for the whole search, even if only one part has it."""

    opaque: str = ""

    @abstractmethod
    def find_parts(self) -> FindParts[O]:
        """Ask for the parts."""

    @abstractmethod
    def judge_part(self, roots: Sequence[Root], opaque: str = "") -> JudgePart[O]:
        """Ask for one of them."""

    @abstractmethod
    def conclude(self, exploration: Exploration[O], parts: int) -> ConcludeParts[A, O]:
        """Ask for the answer, given what `parts` parts have found together."""

    def by_every_schedule(self, why: str) -> Self:
        """Ask the same of a search that runs every schedule, without recognising states, for this reason."""
        return dataclasses.replace(self, opaque=why)
