"""From a name to verdicts: targets, judging small ones, replaying, and comparing with what was recorded."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from treadle.check import Catalogue, CellResult, Finding, Job, Target, Verdict, judge, replay, resolve_target
from treadle.check.catalogue import dump, file_name, record_cell
from treadle.errors import MisuseError, NondeterminismError
from treadle.explorer import Ended, Limits
from treadle.schedule import Bounds, TaskKind, Token
from treadle.situation import ALL_SITUATIONS, parse_situation
from treadle_models.candidates import CANDIDATES
from treadle_models.spec import BY_NAME, MODES, PROPERTIES, Reading

Write = Callable[..., str]

GOOD = """
import asyncio

async def good(task):
    if not task.done():
        task.cancel()
        await asyncio.wait([task])
"""

SWALLOWS = """
import asyncio

async def swallows(task):
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        return
"""

OWNER = """
import asyncio
from contextlib import asynccontextmanager

@asynccontextmanager
async def owner(coroutine):
    task = asyncio.create_task(coroutine)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return a function that writes a module and returns its path; what loading it does to Python is undone."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "modules", sys.modules)
    known = set(sys.modules)

    def write_module(source: str, name: str = "written") -> str:
        file = tmp_path / f"{name}.py"
        file.write_text(textwrap.dedent(source), encoding="utf-8")
        if name not in known:
            monkeypatch.delitem(sys.modules, name, raising=False)
        return str(file)

    return write_module


def job(target: str, situation: str = "plain", *, events: int = 1, steps: int = 2, **options: Any) -> Job:
    return Job(target=target, situation=situation, bounds=Bounds(events=events, steps=steps), **options)


def finding(cell: CellResult, name: str, reading: str = "weak") -> Finding:
    (found,) = (each for each in cell.findings if (each.property, each.reading) == (name, reading))
    return found


def verdicts(cell: CellResult) -> dict[str, Verdict]:
    return {each.property: each.verdict for each in cell.findings}


# Targets


@pytest.mark.parametrize("name", CANDIDATES)
def test_every_candidate_is_a_target(name: str) -> None:
    target = resolve_target(name)
    candidate = CANDIDATES[name]
    assert target.in_catalogue
    assert (target.name, target.subject.function, target.subject.owner) == (name, candidate.function, candidate.owner)
    assert target.file == ""
    assert sys.modules[target.module].__file__ in target.files
    assert getattr(sys.modules[target.module], target.attribute) is candidate.function


def test_a_function_of_an_installed_module_is_a_target() -> None:
    target = resolve_target("treadle_models.candidates.treadle_wait:treadle_wait")
    assert target.subject.function is CANDIDATES["treadle-wait"].function
    assert not target.in_catalogue
    assert (target.module, target.attribute) == ("treadle_models.candidates.treadle_wait", "treadle_wait")


def test_a_function_in_a_file_is_a_target(write: Write) -> None:
    place = write(GOOD)
    target = resolve_target(f"{place}:good")
    assert (target.name, target.file, target.module, target.attribute) == (f"{place}:good", place, "written", "good")
    assert target.files == {place}
    assert not target.subject.owner
    assert not target.excludes


def test_a_file_may_import_what_stands_beside_it(write: Write) -> None:
    write("DELAY = 0", "beside")
    place = write(GOOD.replace("import asyncio", "import asyncio\nfrom beside import DELAY"))
    assert judge(job(f"{place}:good")).ended is Ended.BOUNDED


def test_a_method_a_partial_and_an_object_with_a_call_are_targets(write: Write) -> None:
    source = """
    import asyncio
    import functools

    class Canceller:
        async def method(self, task):
            task.cancel()
            await asyncio.wait([task])

        async def __call__(self, task):
            await self.method(task)

    an_object = Canceller()

    async def with_options(task, *, message=None):
        task.cancel(message)
        await asyncio.wait([task])

    a_partial = functools.partial(with_options, message="stop")
    """
    place = write(source)
    for name in ("an_object", "an_object.method", "a_partial", "with_options"):
        assert verdicts(judge(job(f"{place}:{name}")))["lost"] is Verdict.HOLDS, name


def test_an_owner_in_a_file_is_judged_by_leaving_it(write: Write) -> None:
    target = resolve_target(f"{write(OWNER)}:owner")
    assert target.subject.owner
    cell = judge(job(target.name, events=2))
    found = verdicts(cell)
    assert {found[each.name] for each in PROPERTIES} == {Verdict.HOLDS, Verdict.NOT_EXERCISED}
    assert (found["lost"], found["requested"], found["prompt"]) == (Verdict.HOLDS,) * 3
    assert finding(cell, "requested").exercised > 50
    for situation in ("done/result", "shared", "self", "cleanup/1+future"):
        assert target.excluded(parse_situation(situation)) == "excluded by its contract: it makes its dependency itself"


MISUSE = [
    ("treadle-wiat", "there is no candidate 'treadle-wiat' in the catalogue. Did you mean 'treadle-wait'?"),
    ("", "there is no candidate '' in the catalogue. A target of your own reads package.module:function"),
    ("module:", "there is no candidate 'module:' in the catalogue."),
    (":function", "there is no candidate ':function' in the catalogue."),
    ("no_such_module:f", "there is no module 'no_such_module' in this environment"),
    ("treadle_models.nothing:f", "there is no module 'treadle_models.nothing' in this environment"),
    ("no/such/file.py:f", "there is no file 'no/such/file.py'; a target in a file reads path/file.py:function"),
    ("{}:godo", "'written' has no 'godo'. Did you mean 'good'?"),
    ("{}:good.inner", "'written' has no 'good.inner'."),
    ("{}:number", "is 7, which cannot be called"),
    ("{}:plain", "is neither an async function nor an async context manager, so it cannot wait for a task."),
    ("{}:plain", "from written import plain\n    async def adapter(task):"),
    ("{}:two", "cannot be called with the task as its only argument: missing a required argument: 'seconds'."),
    ("{}:two", "await two(task)"),
    ("{}:none", "cannot be called with the task as its only argument: too many positional arguments."),
]

MISUSED = (
    GOOD
    + """
number = 7

def plain(task):
    task.cancel()

async def two(task, seconds):
    pass

async def none():
    pass
"""
)


@pytest.mark.parametrize(("name", "message"), MISUSE)
def test_a_name_that_cannot_be_judged_is_refused_with_the_reason(write: Write, name: str, message: str) -> None:
    with pytest.raises(MisuseError, match=re.escape(message)):
        resolve_target(name.format(write(MISUSED)))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("async def f(task:\n", "failed: SyntaxError: "),
        ("x = 1\ny = x / 0\n", "failed: ZeroDivisionError: division by zero (written.py, line 2)"),
        ("import sys\nsys.exit(3)\n", "failed: SystemExit: 3 (written.py, line 2)"),
        ("import no_such_module\n", "failed: ModuleNotFoundError: No module named 'no_such_module'"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_refused_and_leaves_no_module(write: Write, source: str, message: str) -> None:
    place = write(source)
    with pytest.raises(MisuseError, match=re.escape(message)) as refused:
        resolve_target(f"{place}:f")
    assert repr(place) in str(refused.value)
    assert "written" not in sys.modules


def test_a_module_that_lacks_another_says_which(write: Write) -> None:
    write("import no_such_module\n", "lacking")
    sys.path.insert(0, str(Path(write(GOOD)).parent))
    with pytest.raises(MisuseError, match="importing 'lacking' needs the module 'no_such_module'"):
        resolve_target("lacking:f")


# Judging


def test_a_good_target_holds_everything_that_is_exercised(write: Write) -> None:
    cell = judge(job(f"{write(GOOD)}:good", events=2))
    found = verdicts(cell)
    assert list(found) == list(BY_NAME)
    assert set(found.values()) == {Verdict.HOLDS, Verdict.VIOLATED, Verdict.NOT_EXERCISED}
    assert [name for name, verdict in found.items() if verdict is Verdict.VIOLATED] == ["joined-always"]
    assert (cell.ended, cell.stopped) == (Ended.BOUNDED, "")
    assert cell.executions == cell.schedules > 100
    assert cell.states is None
    assert cell.python == f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert cell.kinds == ("completion", "dependency", "event", "timer")
    for each in cell.findings:
        assert each.reading == "weak"
        assert each.exercised <= cell.schedules
        assert (each.violating > 0) == (each.verdict is Verdict.VIOLATED)
        assert (each.counterexample is not None) == (each.verdict is Verdict.VIOLATED)
        if each.verdict is Verdict.NOT_EXERCISED:
            assert (each.exercised, each.reason) == (0, "its premise came true in no schedule")


def test_the_outcome_table_counts_every_schedule_once(write: Write) -> None:
    place = write(GOOD)
    for situation, controllers in (("plain", 1), ("cleanup/1", 1)):
        cell = judge(job(f"{place}:good", situation))
        assert sum(sum(does.values()) for does in cell.outcomes.values()) == controllers * cell.schedules
    assert set(cell.outcomes) == {"cancelled", "exception", "never", "running", "suppressed"}
    assert cell.outcomes["running"] == {"raises CancelledError": cell.outcomes["running"]["raises CancelledError"]}
    assert cell.outcomes["never"].keys() == {"waits"}


def test_a_bad_target_gets_a_minimal_counterexample(write: Write) -> None:
    cell = judge(job(f"{write(SWALLOWS)}:swallows", events=3))
    lost = finding(cell, "lost")
    assert lost.verdict is Verdict.VIOLATED
    assert 0 < lost.violating <= lost.exercised
    counterexample = lost.counterexample
    assert counterexample is not None
    assert counterexample.minimal
    assert counterexample.events == 1
    assert [record.kind for record in counterexample.trace].count("event") == 1
    assert "event" in counterexample.kinds
    assert not BY_NAME["lost"].holds(counterexample.outcome[0].observation)
    fewer = judge(job(f"{cell.target}", events=0))
    assert finding(fewer, "lost").verdict is Verdict.NOT_EXERCISED


def test_what_a_contract_excludes_is_not_exercised_for_that_reason() -> None:
    cell = judge(job("taskgroup", "done/result"))
    assert set(verdicts(cell).values()) == {Verdict.NOT_EXERCISED}
    assert {each.reason for each in cell.findings} == {
        f"excluded by its contract: {CANDIDATES['taskgroup'].excludes['done/result']}"
    }
    assert (cell.schedules, cell.ended) == (0, Ended.EXHAUSTED)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="from Python 3.12 on there are eager tasks")
def test_before_python_3_12_there_are_no_eager_tasks_to_judge() -> None:
    assert {each.reason for each in judge(job("treadle-wait", "eager")).findings} == {"Python 3.11 has no eager tasks"}


def test_in_self_only_no_self_hang_is_judged() -> None:
    for name, verdict in (("treadle-joined", Verdict.HOLDS), ("osipenko-lock", Verdict.NOT_EXERCISED)):
        cell = judge(job(name, "self"))
        assert finding(cell, "no-self-hang").verdict is verdict
        others = [each for each in cell.findings if each.property != "no-self-hang"]
        assert {each.verdict for each in others} == {Verdict.NOT_EXERCISED}


def test_readings_are_told_apart_where_others_may_uncancel_and_only_there() -> None:
    readings = tuple(Reading)
    cell = judge(job("treadle-await", "uncancel/0", readings=readings))
    for each in (*PROPERTIES, *MODES):
        found = [found.reading for found in cell.findings if found.property == each.name]
        assert found == ([*map(str, readings)] if each.readings else ["weak"])
    cell = judge(job("treadle-await", "plain", readings=(Reading.NET, Reading.ANY)))
    assert {each.reading for each in cell.findings} == {"net"}


def test_a_target_that_cannot_be_entered_is_not_exercised_for_that_reason() -> None:
    for situation in ("plain", "third-party", "unstarted"):
        cell = judge(job("osipenko-lock", situation))
        assert {each.reason for each in cell.findings} == {
            "the call could not be entered: AttributeError: 'Lock' object has no attribute 'task'"
        }
        assert set(verdicts(cell).values()) == {Verdict.NOT_EXERCISED}


def test_a_search_that_was_cut_off_never_says_holds() -> None:
    for limits in (Limits(executions=20), Limits(deadline=time.monotonic() - 1)):
        cell = judge(job("loucadufault-wait-for", events=2, limits=limits))
        assert cell.ended is Ended.STOPPED
        assert cell.stopped
        assert Verdict.HOLDS not in verdicts(cell).values()
        assert {each.reason for each in cell.findings if each.verdict is Verdict.NO_VIOLATION_FOUND} == {cell.stopped}


def test_after_a_search_that_was_cut_off_the_bounds_are_raised_until_it_is_minimal() -> None:
    whole = finding(judge(job("docs-example", events=3, steps=3)), "lost").counterexample
    cut = finding(judge(job("docs-example", events=3, steps=3, limits=Limits(executions=1000))), "lost").counterexample
    assert whole is not None
    assert cut is not None
    assert cut.minimal
    assert (cut.events, cut.callbacks) == (whole.events, whole.callbacks)


def test_only_what_was_proved_minimal_is_called_so() -> None:
    """With 50 executions, all schedules without an event are covered, and not all with one."""
    cell = judge(job("osipenko-proposal", events=3, steps=3, limits=Limits(executions=50)))
    found = {each.property: each.counterexample for each in cell.findings if each.counterexample is not None}
    assert {name: each.minimal for name, each in found.items() if name in ("lost", "phantom")} == {
        "lost": False,
        "phantom": True,
    }
    assert {each.minimal for each in found.values() if each.events} == {False}


def test_a_target_that_is_not_the_same_twice_is_told(write: Write) -> None:
    source = """
    import asyncio

    calls = 0

    async def moody(task):
        global calls
        calls += 1
        task.cancel()
        if calls % 3 == 0:
            await asyncio.sleep(0)
        await asyncio.wait([task])
    """
    cell = judge(job(f"{write(source)}:moody"))
    assert cell.ended is Ended.STOPPED
    assert cell.stopped.startswith("nondeterminism: two runs under one schedule differ at choice point ")
    assert "it keeps state in a module or class from one run to the next" in cell.stopped
    assert Verdict.HOLDS not in verdicts(cell).values()


def test_a_violation_that_does_not_come_again_is_told(write: Write) -> None:
    source = """
    import asyncio

    calls = 0

    async def forgets_at_first(task):
        global calls
        calls += 1
        if calls > 1:
            task.cancel()
            await asyncio.wait([task])
    """
    cell = judge(job(f"{write(source)}:forgets_at_first"))
    assert cell.ended is Ended.STOPPED
    assert re.match(
        "nondeterminism: a schedule of .*written.py:forgets_at_first in the situation plain violated `[a-z-]*` once "
        "and did not when it was run again: the target keeps state from one run to the next",
        cell.stopped,
    )
    assert finding(cell, "requested").counterexample is None


def test_what_a_target_prints_is_not_seen(write: Write, capfd: pytest.CaptureFixture[str]) -> None:
    source = GOOD.replace(
        "    if not", "    print('so', 'much')\n    import sys; print('noise', file=sys.stderr)\n    if not"
    )
    judge(job(f"{write(source)}:good"))
    assert capfd.readouterr() == ("", "")


def test_a_target_that_wants_the_outside_world_is_told_what_it_called(write: Write) -> None:
    source = GOOD.replace("await asyncio.wait([task])", "await asyncio.to_thread(print)")
    cell = judge(job(f"{write(source)}:good"))
    assert cell.ended is Ended.STOPPED
    assert "loop.run_in_executor() (which asyncio.to_thread uses)" in cell.stopped


def test_progress_is_the_number_of_executions() -> None:
    told: list[int] = []
    cell = judge(job("treadle-await", events=2), progress=told.append)
    assert sum(told) == cell.executions


# Counterexamples and back


@pytest.fixture(scope="module")
def violated() -> tuple[Target, Token]:
    counterexample = finding(judge(job("osipenko-proposal", events=2)), "lost").counterexample
    assert counterexample is not None
    return resolve_target("osipenko-proposal"), counterexample.token


def test_a_token_replays_to_the_same_trace(violated: tuple[Target, Token]) -> None:
    target, token = violated
    again = replay(Token.parse(str(token)), target)
    assert again.token == token
    assert not again.minimal, "a replay proves nothing of the kind"
    assert again.events == 1


def test_a_token_has_no_default_choices_at_its_end(violated: tuple[Target, Token]) -> None:
    target, token = violated
    assert token.choices[-1] != 0
    longer = replay(dataclasses.replace(token, choices=(*token.choices, 0)), target)
    assert longer.token == token


def test_a_token_with_another_digest_is_told(violated: tuple[Target, Token]) -> None:
    target, token = violated
    other = dataclasses.replace(token, digest="0" * 6)
    with pytest.raises(
        NondeterminismError, match=f"the token ends in 000000, the trace of this replay has {token.digest}"
    ):
        replay(other, target)


def test_a_token_for_another_target_or_property_is_told(violated: tuple[Target, Token]) -> None:
    target, token = violated
    with pytest.raises(NondeterminismError):
        replay(token, resolve_target("treadle-wait"))
    with pytest.raises(NondeterminismError, match="violated `joined` once and did not when it was run again"):
        replay(dataclasses.replace(token, property="joined"), target)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"property": "found"}, "the token names the property 'found'; there are: lost, phantom"),
        ({"reading": "odd"}, "the token names the reading 'odd'; there are: weak, strict, net, any"),
        ({"situation": "odd"}, "there is no situation 'odd'"),
    ],
)
def test_a_token_that_names_what_is_not_there_is_refused(
    violated: tuple[Target, Token], change: dict[str, str], message: str
) -> None:
    target, token = violated
    with pytest.raises(MisuseError, match=message):
        replay(dataclasses.replace(token, **change), target)  # type: ignore[arg-type]


def test_a_choice_that_is_not_there_is_told(violated: tuple[Target, Token]) -> None:
    target, token = violated
    with pytest.raises(NondeterminismError, match="choice point 0: expected an option number 35"):
        replay(dataclasses.replace(token, choices=(35,)), target)


# The catalogue


@pytest.fixture(scope="module")
def cells() -> list[CellResult]:
    return [judge(job("treadle-wait", situation)) for situation in ("plain", "uncancel/0", "done/result")]


def catalogue_of(cells: list[CellResult]) -> Catalogue:
    return Catalogue({"treadle-wait": {cell.situation: record_cell(cell) for cell in cells}})


def test_what_was_recorded_is_found_again(cells: list[CellResult]) -> None:
    catalogue = catalogue_of(cells)
    for cell in cells:
        assert catalogue.differences(cell) == []
        for each in cell.findings:
            assert catalogue.expected("treadle-wait", cell.situation, each.property, each.reading) is each.verdict


def test_a_count_that_has_changed_is_told(cells: list[CellResult]) -> None:
    cell = cells[0]
    catalogue = catalogue_of(cells)
    changed = dataclasses.replace(
        cell,
        schedules=cell.schedules + 1,
        findings=tuple(
            dataclasses.replace(each, exercised=each.exercised - 1) if each.property == "lost" else each
            for each in cell.findings
        ),
    )
    before = finding(cell, "lost").exercised
    assert catalogue.differences(changed) == [
        f"treadle-wait, plain: schedules was recorded as {cell.schedules}, found {cell.schedules + 1}",
        (
            f"treadle-wait, plain, lost: recorded violated in 0 of {before:,} schedules, "
            f"found violated in 0 of {before - 1:,} schedules"
        ),
    ]


def test_a_property_that_is_no_longer_exercised_or_kept_is_told(cells: list[CellResult]) -> None:
    cell = cells[0]
    balanced = finding(cell, "balanced")
    for changed in (dataclasses.replace(balanced, exercised=0), dataclasses.replace(balanced, violating=1)):
        findings = tuple(changed if each is balanced else each for each in cell.findings)
        (difference,) = catalogue_of(cells).differences(dataclasses.replace(cell, findings=findings))
        assert difference.startswith("treadle-wait, plain, balanced: recorded violated in 0 of ")


def test_where_nothing_was_recorded_nothing_is_expected(cells: list[CellResult]) -> None:
    catalogue = catalogue_of(cells[:1])
    assert catalogue.differences(cells[1]) == []
    assert catalogue.expected("treadle-wait", "uncancel/0", "lost", "weak") is None
    assert catalogue.expected("treadle-await", "plain", "lost", "weak") is None


def test_bounds_for_which_there_is_no_record_have_an_empty_catalogue() -> None:
    bounds = Bounds(events=97, steps=98)
    assert file_name("3.11", TaskKind.C, bounds) == "3.11-C-97-98.json"
    assert Catalogue.load("3.11", TaskKind.C, bounds) == Catalogue({})


def test_records_are_written_one_line_a_cell(cells: list[CellResult]) -> None:
    records = catalogue_of(cells).cells
    lines = dump(records).splitlines()
    assert sum(line.lstrip().startswith(tuple(f'"{situation}"' for situation in ALL_SITUATIONS)) for line in lines) == 3
    assert Catalogue(json.loads(dump(records))) == Catalogue(records)
