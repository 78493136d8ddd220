"""The command line: exit statuses, messages, the result document, and what targets may do to the worker processes."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pythons import VERSIONS, interpreters, none_here

import treadle
from treadle import Bounds, Job, judge
from treadle.check import Catalogue, CellResult
from treadle.check.catalogue import record_cell
from treadle.cli import main, record
from treadle.cli.meter import Meter
from treadle.workers.requests.targets import WIRE

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
MISBEHAVING = "tests/harness/misbehaving.py"
SMALL = ("--events", "1", "--steps", "2")


@pytest.fixture(autouse=True)
def _from_the_top(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture
def unrecorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Catalogue, "load", lambda *_: Catalogue({}))


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    main(["check", *arguments, "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "harness"), str(ROOT / "models")]), **more}


def start(*arguments: str, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "treadle", *arguments],
        cwd=ROOT,
        env=environment(**more),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


# Exit status


@pytest.mark.usefixtures("unrecorded")
def test_a_target_that_keeps_everything_and_is_in_a_mode_exits_with_0() -> None:
    assert main(["check", f"{MISBEHAVING}:waits", *SMALL, "--situation", "plain", "--situation", "self"]) == 0


@pytest.mark.usefixtures("unrecorded")
def test_a_violation_exits_with_1() -> None:
    assert main(["check", "osipenko-proposal", *SMALL, "--situation", "plain"]) == 1


@pytest.mark.usefixtures("unrecorded")
def test_a_search_that_was_cut_off_exits_with_1() -> None:
    assert main(["check", "treadle-wait", *SMALL, "--situation", "plain", "--limit", "3"]) == 1


@pytest.mark.usefixtures("unrecorded")
def test_a_target_in_neither_mode_exits_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    # Nothing is exercised, so no property is violated: it must not pass for that.
    assert main(["check", "osipenko-lock", *SMALL, "--situation", "plain"]) == 1
    assert "in neither mode" in capsys.readouterr().out


@pytest.mark.usefixtures("unrecorded")
def test_where_modes_are_not_asked_for_they_do_not_count() -> None:
    assert main(["check", "osipenko-proposal", *SMALL, "--situation", "plain", "--property", "joined"]) == 0
    assert main(["check", "treadle-wait", *SMALL, "--situation", "self"]) == 0


def test_a_candidate_that_is_as_recorded_exits_with_0_whatever_it_violates(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cell = judge(Job(target="osipenko-proposal", situation="plain", bounds=Bounds(events=1, steps=2)))
    recorded = Catalogue({"osipenko-proposal": {"plain": record_cell(cell)}})
    monkeypatch.setattr(Catalogue, "load", lambda *_: recorded)
    arguments = ["check", "osipenko-proposal", *SMALL, "--situation", "plain"]
    assert main(arguments) == 0
    assert "osipenko-proposal: violated, as recorded" in capsys.readouterr().out
    assert main([*arguments, "--reading", "net"]) == 0, "the readings do not differ in `plain`"
    recorded.cells["osipenko-proposal"]["plain"]["schedules"] += 1
    assert main(arguments) == 1
    assert f"schedules was recorded as {cell.schedules + 1}, found {cell.schedules}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["check", "--events", "33"], ("'33'", "0 to 32")),
        (["check", "--events", "2.5"], ("'2.5'", "whole number")),
        (["check", "--steps", "0"], ("'0'", "1 to 32")),
        (["check", "--seconds", "-1"], ("'-1'", "whole number")),
        (["check", "--situation", "plan"], ("'plan'", "'plain'")),
        (["check", "--property", "lsot"], ("'lsot'", "'lost'", "phantom")),
        (["check", "--reading", "odd"], ("'odd'", "weak, strict, net, any")),
        (["check", "--task", "c"], ("'c'", "C, Py")),
        (["check", "osipenko-proposla"], ("'osipenko-proposla'", "'osipenko-proposal'", "path/file.py:function")),
        (["check", "nowhere.py:f"], ("'nowhere.py'", "seen from here")),
        (["check", "nowhere.at.all:f"], ("'nowhere'", "install it")),
        (["check", f"{MISBEHAVING}:wait"], ("'wait'", "'waits'")),
        (["check", f"{MISBEHAVING}:sys"], ("cannot be called",)),
        (["check", "--python", "no-such-python"], ("'no-such-python'", "python3.13")),
        (["check", "--python", "false"], ("'false'", "not a Python interpreter")),
        (["explain"], ("TARGET", "treadle explain --help")),
        (["chekc"], ("'chekc'", "'check'")),
        ([], ("a command is missing", "treadle --help")),
        (["replay", "nonsense"], ("'nonsense' is not a token", "replay:")),
        (["replay", "osipenko-proposal/plain/lost:v9:C.1.2.0001.e3dd96"], ("v9", "v1")),
        (["script", "osipenko-proposal/plain/lsot:v1:C.1.2.0001.e3dd96"], ("'lsot'", "lost")),
        (["replay", "osipenko-proposal/plain/lost:v1:C.1.2.0001.000000"], ("000000", "Check the target again")),
        (["replay", "osipenko-proposal/plain/lost:v1:C.1.2.zzzz.000000"], ("expected", "found", "Likely causes")),
        (["replay", "treadle-wait/plain/lost:v1:C.1.2.0001.000000"], ("again", "not when")),
    ],
)
def test_misuse_exits_with_2_and_one_line_that_shows_the_value_and_the_way_out(
    arguments: Sequence[str], told: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, error = capsys.readouterr()
    assert not out
    assert error.startswith("treadle: ")
    for each in told:
        assert each in error


def test_an_interpreter_that_is_too_old_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = tmp_path / "python3.10"
    old.write_text('#!/bin/sh\necho \'[[3, 10], "CPython", "3.10.13"]\'\n')
    old.chmod(0o755)
    assert main(["check", "--python", str(old)]) == 2
    assert "is Python 3.10, and Treadle needs 3.11 or newer" in capsys.readouterr().err


def test_two_interpreters_of_one_minor_version_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "python"
    minor = sys.version_info[1]
    other.write_text(f'#!/bin/sh\necho \'[[3, {minor}], "CPython", "3.{minor}.99"]\'\n')
    other.chmod(0o755)
    assert main(["check", "--python", sys.executable, "--python", str(other)]) == 2
    assert f"CPython 3.{minor}.99" in capsys.readouterr().err


def test_an_interrupt_is_one_line_and_exits_with_130(tmp_path: Path) -> None:
    target = tmp_path / "slow.py"
    target.write_text(f"{SAYS_THAT_IT_RUNS.format(str(tmp_path / 'runs'))}\nasync def slow(task): time.sleep(0.01)\n")
    # A shell that starts something in the background has it ignore SIGINT; who is interrupted here must not.
    code = f"import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); {RUN}"
    command = [sys.executable, "-c", code, "check", f"{target}:slow", "--jobs", "2"]
    with subprocess.Popen(command, cwd=ROOT, env=environment(), text=True, stdout=-1, stderr=-1) as process:
        try:
            wait_for(tmp_path / "runs")
            time.sleep(0.5)  # until it waits for its workers
            process.send_signal(signal.SIGINT)
            out, error = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 130
    assert not out
    assert error.startswith("treadle: interrupted")
    assert error.count("\n") == 1


RUN = "from treadle.cli import main; sys.exit(main(sys.argv[1:]))"
SAYS_THAT_IT_RUNS = "import pathlib, time\npathlib.Path({!r}).touch()"


def wait_for(file: Path) -> None:
    for _ in range(600):
        if file.exists():
            return
        time.sleep(0.05)
    pytest.fail(f"{file.name} did not come")


def test_an_interrupt_says_what_was_done() -> None:
    interrupt = KeyboardInterrupt()
    meter = Meter("searches", [2.0, 1.0])
    with contextlib.suppress(KeyboardInterrupt), meter:
        meter.heard(1, 1500, done=False)
        meter.heard(1, 12, done=True)
        raise interrupt
    assert interrupt.__notes__ == ["1 of 2 searches done, 1,512 executions"]


def test_a_reader_that_has_had_enough_is_no_error() -> None:
    process = start("check", "osipenko-proposal", *SMALL, "--situation", "plain", "--json")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert not process.stderr.read()
    process.wait(timeout=10)
    process.stderr.close()


def test_a_pipe_gets_no_progress_and_no_colour() -> None:
    out, error = start("check", "osipenko-proposal", *SMALL, "--situation", "plain").communicate(timeout=20)
    assert "\x1b" not in out
    assert not error
    assert not [line for line in out.splitlines() if line != line.rstrip()]


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"treadle {treadle.__version__}\n"
    assert f'version = "{treadle.__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


# The result document


def test_the_document_is_the_same_from_run_to_run_and_with_any_number_of_workers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    situations = ("--situation", "plain", "--situation", "shared", "--situation", "done/cancelled")
    arguments = ("check", "osipenko-proposal", *SMALL, *situations, "--json")
    texts = []
    for jobs in ("1", "2", "2"):
        main([*arguments, "--jobs", jobs])
        text, _, measured = capsys.readouterr().out.rpartition('"measured": ')
        assert json.loads(measured.removesuffix("}\n"))["workers"] == int(jobs)
        texts.append(text)
    assert texts[0] == texts[1] == texts[2]


def test_no_cell_sees_what_another_has_left_behind(capsys: pytest.CaptureFixture[str]) -> None:
    # The target counts its calls. An odd number of them in one cell must not change the next.
    target = f"{MISBEHAVING}:depends_on_earlier_runs"
    bounds = ("--events", "0", "--steps", "1")
    alone = document(capsys, target, *bounds, "--situation", "cleanup/1")
    after = document(capsys, target, *bounds, "--jobs", "1", "--situation", "plain", "--situation", "cleanup/1")
    told = [
        [(each["property"], each["verdict"], each["reason"], each["executions"]) for each in found["results"]]
        for found in (alone, after)
    ]
    assert told[0] == told[1][len(told[0]) :]


def test_the_document_has_the_promised_keys(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "osipenko-proposal", *SMALL, "--situation", "pending", "--situation", "plain")
    assert list(found) == ["format", "treadle", "results", "candidates", "measured"]
    assert found["format"] == 1
    result = found["results"][0]
    assert " ".join(result) == (
        "python task candidate property situation reading verdict reason expected ended events steps kinds "
        "schedules executions states counterexample"
    )
    assert [each["situation"] for each in found["results"][::13]] == ["plain", "pending"], "in the order of the spec"
    assert " ".join(result["counterexample"]) == "token events callbacks kinds stock trace script"
    assert found["candidates"][0]["mode"] == ["joined-always"]


def test_the_smallest_counterexample_of_a_property_was_executed_on_stock_asyncio(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = document(capsys, "osipenko-proposal", *SMALL, "--situation", "pending", "--situation", "plain")
    lost = {each["situation"]: each["counterexample"] for each in found["results"] if each["property"] == "lost"}
    assert (lost["pending"]["events"], lost["plain"]["events"]) == (0, 1)
    assert lost["pending"]["stock"] == "reproduced"
    assert "import asyncio" in lost["pending"]["script"]
    assert (lost["plain"]["stock"], lost["plain"]["script"]) == ("not tried", None)


def test_the_table_says_which_violations_did_not_show_on_stock_asyncio(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Treadle's tasks are of a subclass, and whoever compares classes sees that."""
    monkeypatch.chdir(tmp_path)  # so that the names are short
    Path("stops_exactly.py").write_text(
        "import asyncio\n"
        "async def exact(task):\n"
        "    if type(task) is asyncio.Task:\n"
        "        task.cancel()\n"
        "        await asyncio.wait([task])\n"
        "async def never(task):\n"
        "    pass\n",
        encoding="utf-8",
    )
    small = ["--events", "1", "--steps", "1", "--situation", "plain", "--jobs", "1"]
    assert main(["check", "stops_exactly.py:exact", "stops_exactly.py:never", "docs-example", *small]) == 1
    told = [line for line in capsys.readouterr().out.splitlines() if line.endswith("not reproduced on stock asyncio")]
    assert told == [
        f"stops_exactly.py:exact, {name}: not reproduced on stock asyncio" for name in ("joined", "requested")
    ]


def test_a_reading_is_named_and_applies(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "treadle-wait", *SMALL, "--situation", "uncancel/1", "--reading", "any")
    assert {each["reading"] for each in found["results"]} == {"any"}


def test_a_cell_crosses_the_border_between_processes_unchanged() -> None:
    cell = judge(Job(target="osipenko-proposal", situation="shared", bounds=Bounds(events=1, steps=1)))
    again = WIRE.read(CellResult, json.loads(json.dumps(WIRE.write(CellResult, cell))))
    assert again == dataclasses.replace(cell, findings=again.findings)
    assert WIRE.write(CellResult, again) == WIRE.write(CellResult, cell)
    assert again.outcomes == cell.outcomes
    found = [each.counterexample for each in again.findings if each.counterexample is not None]
    assert found
    assert [each.outcome for each in found] == [
        each.counterexample.outcome for each in cell.findings if each.counterexample is not None
    ]


# Interpreters and task kinds


def test_pure_python_tasks_are_judged_alike(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("osipenko-proposal", *SMALL, "--situation", "plain", "--situation", "timeout")
    accelerated, plain = document(capsys, *arguments), document(capsys, *arguments, "--task", "Py")
    assert {each["task"] for each in plain["results"]} == {"Py"}
    assert [each["schedules"] for each in plain["results"]] == [each["schedules"] for each in accelerated["results"]]
    assert plain["results"][0]["counterexample"]["token"].count(":v1:Py.") == 1


OTHERS = [version for version in VERSIONS if version != "{}.{}".format(*sys.version_info)]


def path_of(version: str) -> str:
    found = interpreters(version)
    if not found:
        pytest.skip(none_here(version))
    return next(iter(found.values()))


@pytest.mark.parametrize("version", OTHERS)
def test_another_interpreter_needs_nothing_installed(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("osipenko-proposal", *SMALL, "--situation", "plain", "--python", path_of(version))
    found = document(capsys, *arguments, "--python", sys.executable)
    assert [each["python"] for each in found["candidates"]] == [version, "{}.{}".format(*sys.version_info)]
    lost = [each for each in found["results"] if each["property"] == "lost"]
    assert [each["counterexample"]["stock"] for each in lost] == ["reproduced", "reproduced"]


@pytest.mark.parametrize("version", [version for version in VERSIONS if version != "3.11"])
def test_tasks_that_a_call_makes_are_eager_where_the_dependency_is(
    version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every Python that has them is asked: no candidate makes tasks, so no count would tell."""
    source = """
    import asyncio

    async def asks_only_if_eager(task):
        async def help():
            if asyncio.current_task() is not controller:
                task.cancel()

        controller = asyncio.current_task()
        helper = asyncio.create_task(help())
        if not helper.done():
            helper.cancel()
    """
    file = tmp_path / "eager.py"
    file.write_text(textwrap.dedent(source), encoding="utf-8")
    arguments = (f"{file}:asks_only_if_eager", *SMALL, "--situation", "plain", "--situation", "eager")
    found = document(capsys, *arguments, "--python", path_of(version))["results"]
    requested = {each["situation"]: each["verdict"] for each in found if each["property"] == "requested"}
    assert requested == {"plain": "violated", "eager": "holds"}


def test_a_worker_needs_the_standard_library_alone() -> None:
    code = "import sys, treadle.workers.worker; print(sorted({'rich', 'pygments'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# The record


def test_records_are_written_compared_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--most", "2", "--folder", str(tmp_path), "--python", sys.executable]
    minor = "{}.{}".format(*sys.version_info)
    assert record.main(["osipenko-lock", *options]) == 0
    assert "osipenko-lock: new" in capsys.readouterr().out
    assert sorted(each.name for each in tmp_path.iterdir()) == [f"{minor}-C-2-2.json", f"{minor}-Py-2-2.json"]
    file = tmp_path / f"{minor}-C-2-2.json"
    before = file.read_text(encoding="utf-8")
    assert record.main(["osipenko-lock", "--check", *options]) == 0
    file.write_text(before.replace('"schedules": 1,', '"schedules": 2,', 1), encoding="utf-8")
    assert record.main(["osipenko-lock", "--check", *options]) == 1
    assert "osipenko-lock, plain: schedules was recorded as 2, found 1" in capsys.readouterr().out
    known = json.loads(before)
    file.write_text(json.dumps({"treadle-wait": known["osipenko-lock"], "of-yesterday": {}}), encoding="utf-8")
    assert record.main(["osipenko-lock", *options]) == 0
    assert "of-yesterday: no longer a candidate" in capsys.readouterr().out
    assert list(json.loads(file.read_text(encoding="utf-8"))) == ["osipenko-lock", "treadle-wait"], "in canonical order"
