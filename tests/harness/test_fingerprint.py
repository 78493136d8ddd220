"""Two states that differ in one field have different fingerprints; what says nothing is left out of them."""

from __future__ import annotations

import asyncio
import itertools
import zlib
from contextvars import Context, ContextVar
from typing import TYPE_CHECKING, Any

import frame_traps
import pytest
from traps import TRAPS, VARIABLE, Build, fingerprint, started, use

from treadle.fingerprint import OpaqueError, keeps_nothing, why_unsupported
from treadle.schedule import TaskKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from treadle.loop import Loop

pytestmark = pytest.mark.skipif(bool(why_unsupported()), reason=why_unsupported() or "states are identified")

ALL = TRAPS | frame_traps.TRAPS


@pytest.fixture(autouse=True)
def _let_go() -> Iterator[None]:
    yield
    frame_traps.let_go()


@pytest.mark.parametrize("kind", TaskKind)
@pytest.mark.parametrize("build", ALL.values(), ids=ALL)
def test_states_that_differ_have_different_fingerprints(build: Build, kind: TaskKind) -> None:
    assert fingerprint(build, True, kind) != fingerprint(build, False, kind)


@pytest.mark.parametrize("kind", TaskKind)
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("build", ALL.values(), ids=ALL)
def test_a_state_that_is_reached_again_has_the_same_fingerprint(build: Build, first: bool, kind: TaskKind) -> None:
    assert fingerprint(build, first, kind) == fingerprint(build, first, kind)


@pytest.mark.parametrize("kind", TaskKind)
@pytest.mark.parametrize("build", frame_traps.ALIKE.values(), ids=frame_traps.ALIKE)
def test_a_state_that_is_reached_in_another_way_has_the_same_fingerprint(build: Build, kind: TaskKind) -> None:
    assert fingerprint(build, True, kind) == fingerprint(build, False, kind)


# What is left out, and what cannot be seen


def test_default_names_of_tasks_do_not_count() -> None:
    async def program() -> None:
        await asyncio.get_running_loop().create_future()

    def build(loop: Loop, _first: bool) -> Any:
        return started(loop, program())

    assert fingerprint(build, True) == fingerprint(build, True)


def test_what_was_in_the_context_before_does_not_count() -> None:
    async def program() -> None:
        await asyncio.get_running_loop().create_future()

    token = VARIABLE.set(1)
    try:
        one = fingerprint(lambda loop, _: started(loop, program()), True)
        VARIABLE.set(2)
        assert fingerprint(lambda loop, _: started(loop, program()), True) == one
    finally:
        VARIABLE.reset(token)


def _with_two_variables(*, known: bool, swapped: bool) -> Build:
    """Return what makes a context with two variables of one name, which the program can name after it, or never."""

    def build(_loop: Loop, _first: bool) -> Any:
        one: ContextVar[int] = ContextVar("namesake")
        other: ContextVar[int] = ContextVar("namesake")
        context = Context()
        for number, each in enumerate((other, one) if swapped else (one, other)):
            context.run(each.set, number)
        return [context, [[one, other]]] if known else [context]

    return build


def test_variables_of_one_name_are_told_apart_by_where_the_program_has_them() -> None:
    found = [fingerprint(_with_two_variables(known=True, swapped=swapped), True) for swapped in [False] * 9 + [True]]
    assert len(set(found[:-1])) == 1
    assert found[-1] != found[0]
    with pytest.raises(OpaqueError, match="both called 'namesake'"):
        fingerprint(_with_two_variables(known=False, swapped=False), True)


def test_names_of_scaffolding_do_not_count() -> None:
    async def scaffolding(value: int) -> None:
        await asyncio.get_running_loop().create_future()
        use(value)

    keeps_nothing(scaffolding)

    def build(loop: Loop, first: bool) -> Any:
        return started(loop, scaffolding(1 if first else 2))

    assert fingerprint(build, True) == fingerprint(build, False)


HIDDEN: dict[str, Callable[[Loop], Any]] = {
    "what packs": lambda _: zlib.compressobj(),
    "a view of memory": lambda _: iter(memoryview(b"ab")),
    "two iterators over one": lambda _: itertools.tee([1, 2]),
}


@pytest.mark.parametrize("make", HIDDEN.values(), ids=HIDDEN)
def test_what_hides_its_state_is_opaque(make: Callable[[Loop], Any]) -> None:
    with pytest.raises(OpaqueError, match="object of type"):
        fingerprint(lambda loop, _: make(loop), True)


def test_a_structure_may_be_as_deep_as_it_likes() -> None:
    def nested(depth: int) -> Any:
        held: list[Any] = []
        for _ in range(depth):
            held = [held]
        return held

    deep = fingerprint(lambda _loop, _first: nested(100_000), True)
    assert deep == fingerprint(lambda _loop, _first: nested(100_000), True)
    assert deep != fingerprint(lambda _loop, _first: nested(100_001), True)
