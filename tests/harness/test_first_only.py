"""What a program does in its first execution only is noticed wherever it keeps that it was done.

Each place is set back and is as it was afterwards; of what cannot be set back the result says so, and does not hold.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import decimal
import logging
import os
import queue
import sys
import threading
import warnings
from array import array
from collections import ChainMap, Counter, OrderedDict, UserDict, deque
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import treadle
from treadle.explorer import Ended
from treadle.programs.changed import Changed
from treadle.programs.contents import is_same
from treadle.programs.kept import differences, sum_up
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from treadle import Env

THIS = Path(__file__).name


@dataclass(slots=True)
class Stats:
    calls: int = 0


class Registry(dict[str, object]):
    pass


class Lines(list[int]):
    pass


class State(Enum):
    NEW = 1
    OLD = 2


class Marked:
    pass


class Held:
    here: Any = SimpleNamespace()


here = Held.here


def afresh() -> None:
    """Make all that the programs of this file keep; most of it has much in it already."""
    vars(here).update(
        stats=Stats(),
        registry=Registry(one=object()),
        lines=Lines(),
        counter=Counter("abc"),
        ordered=OrderedDict.fromkeys("abc"),
        last=deque("abc", 3),
        numbers=array("i", [1]),
        local=threading.local(),
        chain=ChainMap({}),
        user=UserDict[str, int](),
        queue=queue.Queue[int](),
        event=asyncio.Event(),
        many=list(range(3000)),
        by_number=dict.fromkeys(range(3000), 0),
        deep=[[[[[[]]]]]],
        state=State.NEW,
        when=dt.date.min,
        pair=(0, 0),
        gone=0,
        objects=[object()],
    )


def by_a_slot() -> bool:
    here.stats.calls += 1
    return bool(here.stats.calls == 1)


def by_a_subclass_of_dict() -> bool:
    first = "done" not in here.registry
    here.registry["done"] = True
    return first


def by_a_subclass_of_list() -> bool:
    here.lines.append(1)
    return len(here.lines) == 1


def by_a_counter() -> bool:
    here.counter["d"] += 1
    return bool(here.counter["d"] == 1)


def by_the_order_of_a_dictionary() -> bool:
    first: bool = next(iter(here.ordered)) == "a"
    if first:
        here.ordered.move_to_end("a")
    return first


def by_what_is_last() -> bool:
    first: bool = here.last[-1] == "c"
    here.last.append("d")
    return first


def by_an_array() -> bool:
    here.numbers.append(1)
    return len(here.numbers) == 2


def by_a_variable_of_the_thread() -> bool:
    first = not hasattr(here.local, "done")
    here.local.done = 1
    return first


def by_a_chain() -> bool:
    first = "done" not in here.chain
    here.chain["done"] = 1
    return first


def by_a_user_dict() -> bool:
    first = "done" not in here.user
    here.user["done"] = 1
    return first


def by_a_queue() -> bool:
    first = bool(here.queue.empty())
    if first:
        here.queue.put(1)
    return first


def by_an_event() -> bool:
    first = not here.event.is_set()
    here.event.set()
    return first


def by_one_of_many() -> bool:
    here.many[1500] = -1 if here.many[1500] == 1500 else -2
    return bool(here.many[1500] == -1)


def by_an_entry_of_many() -> bool:
    here.by_number[1500] += 1
    return bool(here.by_number[1500] == 1)


def by_what_is_deep_inside() -> bool:
    inner = here.deep[0][0][0][0][0]
    inner.append(1)
    return len(inner) == 1


def by_an_enum() -> bool:
    first, here.state = here.state is State.NEW, State.OLD
    return first


def by_a_date() -> bool:
    first = here.when == dt.date.min
    here.when = dt.date.max
    return bool(first)


def by_a_tuple() -> bool:
    first, here.pair = here.pair == (0, 0), (0, 1)
    return bool(first)


def by_what_is_taken_away() -> bool:
    first = hasattr(here, "gone")
    if first:
        del here.gone
    return first


def by_one_object_more() -> bool:
    here.objects.append(object())
    return len(here.objects) == 2


def by_a_new_attribute_of_a_class() -> bool:
    first = "__done__" not in vars(Marked)
    Marked.__done__ = True  # type: ignore[attr-defined]
    return first


def by_the_environment() -> bool:
    first = "TREADLE_DONE" not in os.environ
    os.environ["TREADLE_DONE"] = "1"
    return first


def by_the_path() -> bool:
    first = "/done" not in sys.path
    if first:
        sys.path.append("/done")
    return first


def by_a_module_of_the_library() -> bool:
    first = not hasattr(asyncio, "done")
    asyncio.done = True  # type: ignore[attr-defined]
    return first


def by_a_handler_of_a_logger() -> bool:
    logger = logging.getLogger("treadle.first")
    first = not logger.handlers
    if first:
        logger.addHandler(logging.NullHandler())
    return first


def by_a_level_of_a_logger() -> bool:
    logger = logging.getLogger("treadle.level")
    first = not logger.isEnabledFor(logging.DEBUG)
    logger.setLevel(logging.DEBUG)
    return first


def by_a_context_of_decimal() -> bool:
    first = decimal.DefaultContext.prec != 7
    decimal.DefaultContext.prec = 7
    return first


def by_a_warning() -> bool:
    heard: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warnings, "showwarning", lambda *_, **__: heard.append(1))
        patch.setattr(warnings, "filters", [])
        warnings.warn("deprecated", UserWarning, stacklevel=1)
    return bool(heard)


WAYS: dict[Callable[[], bool], str] = {
    by_a_slot: "`here.stats.calls` in",
    by_a_subclass_of_dict: "`here.registry` in",
    by_a_subclass_of_list: "`here.lines` in",
    by_a_counter: "`here.counter` in",
    by_the_order_of_a_dictionary: "`here.ordered` in",
    by_what_is_last: "`here.last` in",
    by_an_array: "`here.numbers` in",
    by_a_variable_of_the_thread: "`here.local.done` in",
    by_a_chain: "`here.chain.maps[0]` in",
    by_a_user_dict: "`here.user.data` in",
    by_a_queue: "`here.queue.queue` in",
    by_an_event: "`here.event._value` in",
    by_one_of_many: "`here.many` in",
    by_an_entry_of_many: "`here.by_number` in",
    by_what_is_deep_inside: "`here.deep[0][0][0][0][0]` in",
    by_an_enum: "`here.state` in",
    by_a_date: "`here.when` in",
    by_a_tuple: "`here.pair` in",
    by_what_is_taken_away: "`here.gone` in",
    by_one_object_more: "`here.objects` in",
    by_a_new_attribute_of_a_class: "`Marked.__done__` in",
    by_the_environment: "`os.environ` had",
    by_the_path: "`sys.path` had",
    by_a_module_of_the_library: "`asyncio.done` was not there",
    by_a_handler_of_a_logger: "`logging.getLogger('treadle.first').handlers` had 0 entries",
    by_a_level_of_a_logger: "`logging.getLogger('treadle.level').level` was 0",
    by_a_context_of_decimal: "`decimal.DefaultContext.prec` was 28",
    by_a_warning: "`__warningregistry__` in",
}
every_way = pytest.mark.parametrize("first_time", WAYS)


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    afresh()
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    os.environ.pop("TREADLE_DONE", None)
    decimal.DefaultContext.prec = 28
    for each in (Marked, "__done__"), (asyncio, "done"):
        if hasattr(*each):
            delattr(*each)
    for name in ("treadle.first", "treadle.level"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).setLevel(0)
    globals().get("__warningregistry__", {}).clear()


async def hides(first: bool, env: Env) -> None:
    """Fail if the second of two futures ends first, but only in the first execution, where it does not."""
    ended: list[object] = []
    futures = [env.future(), env.future()]
    for each in futures:
        each.add_done_callback(ended.append)
    await asyncio.wait(futures)
    assert not first or ended == futures


@every_way
def test_what_only_the_first_execution_does_is_found(first_time: Callable[[], bool]) -> None:
    async def program(env: Env) -> None:
        await hides(first_time(), env)

    explored = treadle.explore(program)
    assert explored.verdict is Verdict.NO_VIOLATION_FOUND, str(explored)
    assert explored.ended is Ended.STOPPED
    assert "ended differently when it was the first to run" in explored.stopped
    assert WAYS[first_time] in explored.stopped


@every_way
def test_what_makes_no_difference_is_no_matter(first_time: Callable[[], bool]) -> None:
    """And it is there again when the exploration is over."""

    async def program(env: Env) -> None:
        first_time()
        await hides(False, env)

    explored = treadle.explore(program)
    assert explored.verdict is Verdict.HOLDS, str(explored)
    assert not first_time()


async def drops_an_object(env: Env) -> None:
    here.objects.clear()
    await hides(False, env)


async def has_nothing_in_place_of_an_object(env: Env) -> None:
    here.stats = None
    await hides(False, env)


LOST = {drops_an_object: "`here.objects`", has_nothing_in_place_of_an_object: "`here.stats`"}


@pytest.mark.parametrize("program", LOST)
def test_where_something_cannot_be_set_back_nothing_is_said(program: Any) -> None:
    explored = treadle.explore(program)
    assert explored.verdict is Verdict.NO_VIOLATION_FOUND, str(explored)
    assert f"under other schedules: {LOST[program]} in {THIS} cannot be restored" in explored.stopped


def test_what_is_found_counts_although_something_cannot_be_set_back() -> None:
    async def program(env: Env) -> None:
        here.objects.clear()
        await hides(True, env)

    assert treadle.explore(program).verdict is Verdict.VIOLATED


def test_one_object_after_another_under_a_name_is_no_matter() -> None:
    async def program(env: Env) -> None:
        here.stats = Stats()
        here.stats.calls += 1
        here.registry["one"] = object()
        await hides(False, env)

    assert treadle.explore(program).verdict is Verdict.HOLDS


def test_a_program_that_logs_and_warns_holds() -> None:
    async def program(env: Env) -> None:
        logging.getLogger("treadle.new").warning("hello")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.warn("hello", stacklevel=1)
        await hides(False, env)

    assert treadle.explore(program).verdict is Verdict.HOLDS


class Asked:
    """Counts how often anything of it is asked."""

    times = 0

    def ask(self, *_: object) -> Any:
        Asked.times += 1
        raise RuntimeError

    __len__ = __iter__ = __getattr__ = __eq__ = __hash__ = __repr__ = __getitem__ = __bool__ = ask
    __getattribute__ = __setattr__ = __delattr__ = __contains__ = items = copy = ask


class AskedSlots(Asked):
    __slots__ = ("number",)


def test_looking_and_setting_back_asks_nothing_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds: tuple[Any, ...] = (dict, list, deque, OrderedDict, Counter, set, bytearray, SimpleNamespace, UserDict, tuple)
    made: list[Any] = [type(f"Asked_{kind.__name__}", (Asked, kind), {"__module__": __name__}) for kind in kinds]
    things = [*(kind.__new__(kind) for kind in made), object.__new__(AskedSlots)]
    dict.__setitem__(things[0], "key", things[1])
    list.append(things[1], things[0])
    monkeypatch.setattr(here, "things", things, raising=False)
    Asked.times = 0

    def shows(file: str) -> bool:
        return file == __file__

    before = sum_up(shows)
    dict.__setitem__(things[0], "other", 1)
    list.append(things[1], 1)
    AskedSlots.number.__set__(things[-1], 1)  # type: ignore[attr-defined]
    changed = Changed(before, shows)
    assert len(differences(before, sum_up(shows), "", "")) == 3
    changed.set_back()
    assert (dict.__len__(things[0]), list.__len__(things[1])) == (1, 1)
    changed.put_again()
    assert (dict.__len__(things[0]), list.__len__(things[1])) == (2, 2)
    assert not Asked.times


@pytest.mark.parametrize(
    "value", [float("nan"), 0.0, pytest.param(10**5000, id="long"), (1, (2.5, "a")), None, int, (int,)]
)
def test_a_value_is_the_same_as_itself_and_not_as_another_of_another_type(value: object) -> None:
    assert is_same(value, value)
    assert not is_same(value, "another")


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, 1.0), (0.0, -0.0), ((1,), (True,)), ((int, 1), (int, 1.0))])
def test_values_that_are_equal_may_not_be_the_same(one: object, other: object) -> None:
    assert one == other
    assert not is_same(one, other)


class Thing:
    """Hashes to its address."""


async def takes_any(env: Env) -> None:
    first, second = Thing(), Thing()
    things = {first, second}
    await env.future()
    assert things.pop() is first


async def takes_the_first(env: Env) -> None:
    first, second = Thing(), Thing()
    several = frozenset([first, second])
    await asyncio.wait([env.future(), env.future()])
    assert next(iter(several)) is first


@pytest.mark.parametrize(("program", "name"), [(takes_any, "things"), (takes_the_first, "several")])
def test_a_result_that_depends_on_where_objects_lie_is_none(program: Any, name: str) -> None:
    """Whatever the first execution has shown."""
    for _ in range(5):
        explored = treadle.explore(program, events=1)
        assert explored.verdict is Verdict.NO_VIOLATION_FOUND, str(explored)
        assert explored.stopped.startswith("nondeterminism: ")
        assert f"the set `{name}` at {THIS}" in explored.stopped


@pytest.mark.parametrize("is_wrong", [False, True])
def test_a_set_of_objects_that_is_only_asked_for_members_is_no_matter(is_wrong: bool) -> None:
    async def program(env: Env) -> None:
        things = [Thing() for _ in range(9)]
        known = set(things[:5])
        await env.future()
        known.add(things[6])
        known.discard(things[0])
        assert (things[0] in known) is is_wrong

    assert treadle.explore(program).verdict is (Verdict.VIOLATED if is_wrong else Verdict.HOLDS)
