"""What is in a suspended frame is read as it is, or not at all; and nothing is changed by looking."""

from __future__ import annotations

import asyncio
import gc
import sys
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from traps import fingerprint, started, use

from treadle.explorer import Limits, enumerate_schedules, visit_states
from treadle.fingerprint import OpaqueError, layout, samples, state, why_unsupported
from treadle.fingerprint.stack import Layout, UnreadableError, make_reader

if TYPE_CHECKING:
    from collections.abc import Generator

    from treadle.loop import Loop

pytestmark = pytest.mark.skipif(bool(why_unsupported()), reason=why_unsupported() or "states are identified")


class Thing:
    """Can be referred to weakly."""

    def __init__(self) -> None:
        self.mark = 1


async def holds(value: object, future: asyncio.Future[None]) -> object:
    unbound: object
    if future.done():
        unbound = value
    for _ in [value]:
        await future
    return unbound


def read(coroutine: Any) -> Any:
    return layout.frame_reader()(coroutine, coroutine.cr_code)


def test_what_is_read_is_what_is_there() -> None:
    thing, future = Thing(), asyncio.futures._PyFuture(loop=asyncio.new_event_loop())  # type: ignore[attr-defined]
    coroutine: Any = holds(thing, future)
    coroutine.send(None)
    place, slots, objects, names, handled = read(coroutine)
    assert place > 0
    assert objects[:3] == [thing, future, thing]
    assert objects[-1] is coroutine.cr_await
    assert isinstance(slots, tuple)  # as not every one has an object
    assert slots[2] != slots[0] == slots[1] == slots[3]
    assert names is handled is None
    coroutine.close()
    assert read(coroutine) is None
    future.get_loop().close()


def test_what_is_looked_at_is_not_kept_alive() -> None:
    things: list[Any] = []

    async def program(box: list[Any]) -> None:
        thing = box.pop()
        await asyncio.get_running_loop().create_future()
        use(thing)

    def build(loop: Loop, _first: bool) -> Any:
        thing = Thing()
        things.append(weakref.ref(thing))
        return started(loop, program([thing]))

    kept = fingerprint(build, True)
    gc.collect()
    assert kept
    assert things[0]() is None


def test_no_frame_and_no_dictionary_of_names_is_made_by_looking() -> None:
    async def program() -> None:
        thing = Thing()
        await asyncio.get_running_loop().create_future()
        use(thing)

    coroutines: list[Any] = []

    def build(loop: Loop, _first: bool) -> Any:
        coroutines.append(program())
        return started(loop, coroutines[0])

    def look(loop: Loop, _first: bool) -> Any:
        task = build(loop, True)
        read(coroutines[0])
        seen = gc.get_referents(coroutines[0])
        assert not any(isinstance(each, (type(sys._getframe()), dict)) for each in seen)
        return task

    fingerprint(look, True)


def test_the_local_names_that_a_program_has_asked_for_stay_as_they_are() -> None:
    """Until 3.12 the dictionary is the frame's own, and whoever looks at `f_locals` fills it anew."""
    kept: list[dict[str, Any]] = []

    async def program(value: int) -> None:
        kept.append(locals())
        value += 1
        await asyncio.get_running_loop().create_future()
        use(value)

    fingerprint(lambda loop, _: started(loop, program(1)), True)
    assert kept == [{"value": 1, "kept": kept}]


def test_what_is_running_is_opaque_and_is_not_read() -> None:
    def generate() -> Generator[None, None, None]:
        with pytest.raises(OpaqueError, match="it is running"):
            fingerprint(lambda _loop, _: box[0], True)
        yield

    box: list[Any] = []
    box.append(generate())
    next(box[0])


# The check at the start


def test_there_is_exactly_one_layout_that_fits_all_samples() -> None:
    assert layout.why_unreadable() == ""
    assert layout.find_layout(layout.all_memory()) == layout._found()[0]


def mistaken(monkeypatch: pytest.MonkeyPatch, **wrong: Any) -> None:
    """Let the first suspended sample be known for something that it is not."""
    real = samples._coroutines

    def mistake(made: samples.Samples) -> None:
        real(made)
        first = made.waiting[0]
        given = {name: getattr(first, name) for name in ("item", "variables", "stack", "names", "handled", "flags")}
        made.waiting[0] = samples.Sample(**given | wrong)

    monkeypatch.setattr(samples, "_coroutines", mistake)


WRONG: dict[str, dict[str, Any]] = {
    "a variable": {"variables": (None, None, None)},
    "an unbound variable": {"variables": (samples.UNBOUND, None, None)},
    "the stack": {"stack": ()},
    "a loop": {"stack": (samples.Loop([], 1),)},
    "the names": {"names": {}},
    "the exception": {"handled": KeyError()},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_where_one_sample_reads_otherwise_nothing_is_read(
    wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    mistaken(monkeypatch, **wrong)
    with pytest.raises(UnreadableError, match="of a frame's words none can be its"):
        layout.find_layout(layout.all_memory())


def test_flags_that_are_not_as_known_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Layout, "flags", lambda *_: b"???")
    with pytest.raises(UnreadableError, match="does not read as it should"):
        layout.find_layout(layout.all_memory())


def test_words_that_are_not_what_the_collector_sees_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    coroutine: Any = holds(None, None)  # type: ignore[arg-type]
    code = coroutine.cr_code
    real = gc.get_referents
    monkeypatch.setattr(gc, "get_referents", lambda item: [*real(item)[:-1], Thing()])
    with pytest.raises(UnreadableError, match="not what the collector sees"):
        make_reader(layout._found()[0])(coroutine, code)
    monkeypatch.undo()
    assert make_reader(layout._found()[0])(coroutine, code) is not None
    coroutine.close()


def test_where_frames_cannot_be_read_states_are_not_identified_and_the_reason_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from test_states import found, play  # noqa: PLC0415 - its plays

    monkeypatch.setattr(state, "why_unreadable", lambda: "its words are elsewhere")
    assert why_unsupported().endswith("its words are elsewhere")
    exploration = visit_states(play("docs-example", "plain", 2, 2), Limits(), few=0)
    assert exploration.opaque == why_unsupported()
    assert exploration.states is None
    assert found(exploration) == found(enumerate_schedules(play("docs-example", "plain", 2, 2), Limits()))
