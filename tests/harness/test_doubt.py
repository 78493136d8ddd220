"""Where two runs under one schedule differ, the result says so, with what the program kept or asked for."""

from __future__ import annotations

import asyncio
import functools
import importlib
import itertools
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import treadle
from treadle.explorer import Ended
from treadle.programs.reached import reached_modules
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from treadle import Env

THIS = Path(__file__).name

seen: list[int] = []
number = 0
flags: dict[str, bool] = {"first": True}


class Pool:
    made = 0

    def __init__(self) -> None:
        self.used = 0


pool = Pool()


@functools.cache
def remembered(_number: int) -> list[int]:
    return []


def first_time_by_a_list() -> bool:
    seen.append(1)
    return len(seen) == 1


def first_time_by_a_global() -> bool:
    global number  # noqa: PLW0603 - that is the point
    number += 1
    return number == 1


def first_time_by_an_entry() -> bool:
    first, flags["first"] = flags["first"], False
    return first


def first_time_by_a_class() -> bool:
    Pool.made += 1
    return Pool.made == 1


def first_time_by_an_instance() -> bool:
    pool.used += 1
    return pool.used == 1


def first_time_by_a_cache() -> bool:
    remembered(1).append(1)
    return len(remembered(1)) == 1


boxes: dict[str, dict[str, list[int]]] = {"outer": {"inner": []}}
pools = [Pool()]
numbers: Iterator[int] = itertools.count()
places = iter(range(10**6))
lines = enumerate(iter([0] * 10**6))


def count_up() -> Iterator[int]:
    yield from range(10**6)


made = count_up()


def first_time_by_a_nested_container() -> bool:
    boxes["outer"]["inner"].append(1)
    return len(boxes["outer"]["inner"]) == 1


def first_time_by_an_instance_in_a_list() -> bool:
    pools[0].used += 1
    return pools[0].used == 1


def first_time_by_a_count() -> bool:
    return next(numbers) == 0


def first_time_by_an_iterator() -> bool:
    return next(places) == 0


def first_time_by_an_iterator_of_an_iterator() -> bool:
    return next(lines)[0] == 0


def first_time_by_a_generator() -> bool:
    return next(made) == 0


def _counting() -> Callable[[], bool]:
    calls = 0

    def first_time_by_a_closure() -> bool:
        nonlocal calls
        calls += 1
        return calls == 1

    return first_time_by_a_closure


first_time_by_a_closure = _counting()


def first_time_by_a_default(calls: list[int] = []) -> bool:  # noqa: B006 - that is the point
    calls.append(1)
    return len(calls) == 1


@pytest.fixture(autouse=True)
def _afresh() -> None:
    global numbers, places, lines, made
    boxes["outer"]["inner"].clear()
    pools[0].used = 0
    numbers, places, lines, made = itertools.count(), iter(range(10**6)), enumerate(iter([0] * 10**6)), count_up()
    first_time_by_a_closure.__closure__[0].cell_contents = 0  # type: ignore[index]
    first_time_by_a_default.__defaults__[0].clear()  # type: ignore[index]
    global number  # noqa: PLW0603
    seen.clear()
    number = Pool.made = pool.used = 0
    flags["first"] = True
    remembered.cache_clear()


KEPT: dict[Callable[[], bool], str] = {
    first_time_by_a_list: f"`seen` in {THIS} had 0 entries",
    first_time_by_a_global: f"`number` in {THIS} was 0",
    first_time_by_an_entry: f"`flags` in {THIS} had other entries",
    first_time_by_a_class: f"`Pool.made` in {THIS} was 0",
    first_time_by_an_instance: f"`pool.used` in {THIS} was 0",
    first_time_by_a_nested_container: f"`boxes['outer']['inner']` in {THIS} had 0 entries",
    first_time_by_an_instance_in_a_list: f"`pools[0].used` in {THIS} was 0",
    first_time_by_a_count: f"`numbers` in {THIS} stood at one place",
    first_time_by_an_iterator: f"`places` in {THIS} stood at one place",
    first_time_by_an_iterator_of_an_iterator: f"`lines` in {THIS} stood at one place",
    first_time_by_a_generator: f"`made` in {THIS} stood at one place",
    first_time_by_a_closure: f"`calls of first_time_by_a_closure()` in {THIS} was 0",
    first_time_by_a_default: f"`calls of first_time_by_a_default()` in {THIS} had 0 entries",
    first_time_by_a_cache: f"`remembered()` in {THIS} had 0 remembered calls",
}


def is_doubted(explored: treadle.Explored, told: str) -> None:
    assert explored.verdict is Verdict.NO_VIOLATION_FOUND, str(explored)
    assert explored.ended is Ended.STOPPED
    assert explored.stopped.startswith("nondeterminism: ")
    assert told in explored.stopped


@pytest.mark.parametrize("first_time", KEPT)
@pytest.mark.parametrize("schedules", [1, 4])
def test_what_is_kept_from_run_to_run_is_named(first_time: Callable[[], bool], schedules: int) -> None:
    """One schedule would else hold, and four would be violated, though none is when it is run alone."""

    async def program(env: Env) -> None:
        first = first_time()
        await asyncio.wait([env.future() for _ in range(1 if schedules == 1 else 2)])
        assert first

    explored = treadle.explore(program)
    assert explored.schedules == schedules
    is_doubted(explored, KEPT[first_time])


@pytest.mark.parametrize("first_time", KEPT)
def test_what_makes_a_program_go_another_way_is_named(first_time: Callable[[], bool]) -> None:
    async def program(env: Env) -> None:
        if env.branch() or first_time():
            env.branch()
        await env.future()

    is_doubted(treadle.explore(program), KEPT[first_time])


STUCK = [first_time_by_an_iterator_of_an_iterator, first_time_by_a_generator]
SET_BACK = [each for each in KEPT if each not in STUCK]


@pytest.mark.parametrize("first_time", KEPT)
def test_what_is_done_the_first_time_only_does_not_hold(first_time: Callable[[], bool]) -> None:
    """The first execution, in which nothing is wrong, hides what would be wrong in the others."""

    async def program(env: Env) -> None:
        first = first_time()
        ended: list[object] = []
        futures = [env.future(), env.future()]
        for each in futures:
            each.add_done_callback(ended.append)
        await asyncio.wait(futures)
        if first:
            assert ended == futures

    is_doubted(treadle.explore(program), KEPT[first_time])


@pytest.mark.parametrize("first_time", STUCK)
def test_where_an_iterator_cannot_be_set_back_nothing_is_said(first_time: Callable[[], bool]) -> None:
    async def program(env: Env) -> None:
        first_time()
        await asyncio.wait([env.future(), env.future()])

    told = KEPT[first_time].partition(" stood")[0]
    is_doubted(treadle.explore(program), f"schedules: {told} cannot be restored")


@pytest.mark.parametrize("first_time", SET_BACK)
def test_what_is_kept_and_makes_no_difference_is_no_matter(first_time: Callable[[], bool]) -> None:
    async def program(env: Env) -> None:
        first_time()
        await asyncio.wait([env.future(), env.future()])

    assert treadle.explore(program).verdict is Verdict.HOLDS


def test_what_a_program_has_kept_is_still_there_when_its_exploration_is_over() -> None:
    """Also where it was set back meanwhile."""

    async def program(env: Env) -> None:
        seen.append(1)
        flags["first"] = False
        flags["later"] = True
        for _ in range(7):
            env.branch()

    explored = treadle.explore(program)
    assert len(seen) >= explored.schedules == 128
    assert flags == {"first": False, "later": True}


@pytest.mark.parametrize("schedules", [1, 4])
def test_what_the_function_of_a_program_keeps_is_named(schedules: int) -> None:
    calls, ids = [0], itertools.count()

    async def program(env: Env) -> None:
        calls[0] += 1
        await asyncio.wait([env.future() for _ in range(1 if schedules == 1 else 2)])
        assert next(ids) == 0

    explored = treadle.explore(functools.partial(program))
    is_doubted(explored, f"`ids of program()` in {THIS} stood at one place")


async def asks_for_chance(env: Env) -> None:
    for _ in range(os.urandom(1)[0] % 7):
        env.branch()


class Thing:
    """Hashes to its address."""

    def __init__(self, size: int) -> None:
        self.size = size


async def walks_a_set(env: Env) -> None:
    things = {Thing(size) for size in range(50)}
    await env.future()
    for each in things:
        if not each.size:
            break
        if env.branch():
            return


class Hub:
    def __init__(self) -> None:
        self.things: dict[str, set[Thing]] = {"all": {Thing(size) for size in range(50)}}

    async def walk(self, env: Env) -> None:
        for each in self.things["all"]:
            if not each.size:
                break
            if env.branch():
                return


async def walks_a_set_in_an_attribute(env: Env) -> None:
    await Hub().walk(env)


@pytest.mark.parametrize(
    ("program", "told"),
    [
        (asks_for_chance, "os.urandom() is called at"),
        (walks_a_set, "the set `things` at"),
        (walks_a_set_in_an_attribute, "the set `self.things['all']` at"),
    ],
)
def test_chance_and_sets_without_an_order_are_named(program: Any, told: str) -> None:
    held: list[object] = []
    for _ in range(20):  # where objects lie in memory, and so the order of a set, may be the same by chance
        explored = treadle.explore(program)
        if explored.verdict is not Verdict.HOLDS:
            break
        held.append([object() for _ in range(len(held) * 37)])
    is_doubted(explored, told)


async def walks_a_set_that_no_name_holds(_env: Env) -> None:
    assert next(each.size for each in {Thing(0), Thing(1)}) == 0


async def walks_a_set_comprehension(_env: Env) -> None:
    assert next(each.size for each in {Thing(size) for size in range(2)}) == 0


async def awaits_what_a_set_holds(_env: Env) -> None:
    begun: list[int] = []

    async def begin(number: int) -> None:
        begun.append(number)

    for each in {begin(0), begin(1)}:
        await each
    assert begun == [0, 1]


async def walks_a_set_after_many_choices(env: Env) -> None:
    for _ in range(6):
        env.branch()
    assert next(each.size for each in {Thing(0), Thing(1)}) == 0


async def hands_over_a_set(env: Env) -> None:
    futures = {asyncio.get_running_loop().create_future(): number for number in range(2)}
    for each in futures:
        each.set_result(None)
    done, _ = await asyncio.wait(futures)
    await env.future()
    assert [futures[each] for each in done] == [0, 1]


@pytest.mark.parametrize(
    ("program", "told"),
    [
        (walks_a_set_that_no_name_holds, "the set that is made at"),
        (walks_a_set_comprehension, "the set that is made at"),
        (awaits_what_a_set_holds, "the set that is made at"),
        (walks_a_set_after_many_choices, "the set that is made at"),
        (hands_over_a_set, "the set `done` at"),
    ],
)
def test_what_the_order_of_a_set_decides_neither_holds_nor_is_violated(program: Any, told: str) -> None:
    """Two members: that all of 32 runs have one order happens once in some billions of times."""
    is_doubted(treadle.explore(program), told)


def test_a_violation_of_the_first_execution_counts_although_state_is_kept() -> None:
    async def program(env: Env) -> None:
        first_time_by_a_list()
        await env.future()
        raise AssertionError

    assert treadle.explore(program).verdict is Verdict.VIOLATED


def test_a_program_with_one_schedule_is_told_what_could_be_declared() -> None:
    async def program(env: Env) -> None:
        await env.future()

    told = " ".join(str(treadle.explore(program)).split())
    assert "there is one schedule: at no moment was there a choice" in told
    assert "nothing is declared" not in told


def test_a_module_that_a_program_has_loaded_is_not_emptied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first execution nothing of it was there, and nothing of it is taken away again."""
    (tmp_path / "loaded_late.py").write_text("found = []\n\ndef run(): return len(found)\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    runs = SimpleNamespace(begun=0, ended=0)

    async def program(env: Env) -> None:
        import loaded_late  # type: ignore[import-not-found]  # noqa: PLC0415

        seen.append(1)
        runs.begun += 1
        await asyncio.wait([env.future(), env.future()])
        runs.ended += not loaded_late.run()

    explored = treadle.explore(program)
    assert explored.verdict is Verdict.HOLDS, str(explored)
    assert runs.begun == runs.ended > explored.executions


def test_of_many_modules_those_that_a_program_can_get_at_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The module of the program is one of them, what it imports is another, also where that is done in a function."""
    monkeypatch.syspath_prepend(str(tmp_path))
    texts = {
        "reaching": "import reaching_one\n\nasync def program():\n    import reaching_two\n    reaching_one.run()\n",
        "reaching_one": "from reaching_three import number\n\ndef run(): pass\n",
        "reaching_two": "number = 2\n",
        "reaching_three": "class Number: pass\n\nnumber = Number()\n",
        **{f"reaching_nothing_{number}": "number = 0\n" for number in range(20)},
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    loaded = {name: importlib.import_module(name) for name in texts}
    for name in loaded:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "modules", {**sys.modules, **loaded})
    reached = reached_modules(lambda file: Path(file).parent == tmp_path, loaded["reaching"].program)
    assert set(reached) == {"reaching", "reaching_one", "reaching_two", "reaching_three"}
    assert set(reached_modules(lambda file: Path(file).parent == tmp_path, print)) == set(texts)


def test_a_module_of_a_package_is_reached_by_all_ways_to_name_it_and_not_by_its_last_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    ways = {
        "by_its_whole_name": "async def program():\n    import reached_whole.shared\n",
        "from_its_package": "async def program():\n    from reached_from import shared\n",
        "by_an_attribute": "import reached_attribute\n\nasync def program():\n    reached_attribute.shared.number\n",
        "by_another_name": "import reached_alias as other\n\nasync def program():\n    other.shared.number\n",
        "within": "async def program():\n    from . import shared\n",
    }
    packages = {
        "by_its_whole_name": "reached_whole",
        "from_its_package": "reached_from",
        "by_an_attribute": "reached_attribute",
        "by_another_name": "reached_alias",
        "within": "reached_within",
    }
    for package in (*packages.values(), "reached_never"):
        (tmp_path / package).mkdir()
        for name in ("__init__", "shared", *(f"other_{number}" for number in range(3))):
            (tmp_path / package / f"{name}.py").write_text("number = 0\n", encoding="utf-8")
    names = [f"{each}.{name}" for each in (*packages.values(), "reached_never") for name in ("shared", "other_0")]
    for way, text in ways.items():
        module = f"reached_within.{way}" if way == "within" else f"reaching_{way}"
        (tmp_path / f"{module.replace('.', '/')}.py").write_text(text, encoding="utf-8")
        names.append(module)
    loaded = {name: importlib.import_module(name) for name in names}
    loaded.update({each: sys.modules[each] for each in (*packages.values(), "reached_never")})
    for name in loaded:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "modules", {**sys.modules, **loaded})

    def is_own(file: str) -> bool:
        return tmp_path in Path(file).parents

    for way, package in packages.items():
        module = f"reached_within.{way}" if way == "within" else f"reaching_{way}"
        reached = set(reached_modules(is_own, loaded[module].program))
        assert f"{package}.shared" in reached, way
        assert not any(each.startswith("reached_never") for each in reached), way
        assert all(each.partition(".")[0] in {package, module} for each in reached), way
