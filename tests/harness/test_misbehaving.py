"""What targets may do to the processes that judge them: each ends in a verdict or an error, in bounded time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from treadle import Bounds, Job, TaskKind
from treadle.check.judge import judge_unanswered
from treadle.cli import main
from treadle.workers.interpreters import find_interpreter
from treadle.workers.pool import Pool, WorkerPlace, WorkerRequest, _Worker
from treadle.workers.requests.request import Resolve

ROOT = Path(__file__).parents[2]
MISBEHAVING = "tests/harness/misbehaving.py"


pytestmark = pytest.mark.xdist_group("misbehaving")  # they are judged once


@pytest.fixture(autouse=True)
def _from_the_top(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="module")
def misbehaved() -> dict[str, Any]:
    """Judge them all at once: some take seconds."""
    return judge_misbehaving()


def judge_misbehaving() -> dict[str, Any]:
    names = [
        line.removeprefix("async def ").partition("(")[0]
        for line in (ROOT / MISBEHAVING).read_text(encoding="utf-8").splitlines()
        if line.startswith("async def ")
    ]
    command = [
        *(sys.executable, "-m", "treadle", "check"),
        *(f"{MISBEHAVING}:{name}" for name in names),
        *("--events", "1", "--steps", "1", "--situation", "plain", "--seconds", "6", "--jobs", str(len(names))),
        "--json",
    ]
    path = os.pathsep.join([str(ROOT / "harness"), str(ROOT / "models")])
    environment = {**os.environ, "PYTHONPATH": path, "TREADLE_SILENCE": "12"}
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert not done.stderr
    results: dict[str, Any] = {name: {} for name in names}
    for each in json.loads(done.stdout)["results"]:
        results[each["candidate"].rpartition(":")[2]][each["property"]] = each
    results["seconds"] = time.monotonic() - began
    return results


def verdicts(results: dict[str, Any]) -> set[str]:
    return {each["verdict"] for each in results.values()}


def test_all_targets_that_misbehave_end_in_bounded_time(misbehaved: dict[str, Any]) -> None:
    assert misbehaved["seconds"] < 60


def test_a_call_that_cancels_for_ever_is_judged(misbehaved: dict[str, Any]) -> None:
    found = misbehaved["cancels_again_and_again"]
    # Together with a dependency that absorbs every cancellation it goes on for ever, which counts as being at rest.
    assert found["undisturbed"]["verdict"] == "violated"
    assert found["ends"]["verdict"] == "holds"
    assert {each["ended"] for each in found.values()} == {"bounded"}


def test_a_call_that_never_settles_violates_ends(misbehaved: dict[str, Any]) -> None:
    found = misbehaved["never_settles"]
    assert found["ends"]["verdict"] == "violated"
    assert {each["ended"] for each in found.values()} == {"bounded"}


def test_a_call_that_waits_for_timers_in_vain_violates_ends(misbehaved: dict[str, Any]) -> None:
    """The number of timers is bounded. That the bound is used up must not hide that the call goes on."""
    found = misbehaved["polls_with_timers"]
    assert found["ends"]["verdict"] == "violated"
    assert found["ends"]["ended"] == "bounded"


def test_a_call_that_stops_the_loop_is_told(misbehaved: dict[str, Any]) -> None:
    found = misbehaved["stops_the_loop"]
    assert verdicts(found) == {"no violation found"}
    assert found["ends"]["reason"] == "the target called loop.stop(), which would end a stock event loop"


def test_a_slow_call_is_cut_off_when_its_time_is_up(misbehaved: dict[str, Any]) -> None:
    found = misbehaved["takes_its_time"]["lost"]
    assert (found["verdict"], found["reason"]) == ("no violation found", "the time limit was reached")
    assert 0 < found["executions"] < 20, "of six seconds, half of one each"


def test_an_exit_that_would_end_a_stock_loop_is_told(misbehaved: dict[str, Any]) -> None:
    found = misbehaved["exits_in_a_callback"]
    assert verdicts(found) == {"no violation found"}
    assert found["ends"]["reason"].startswith("SystemExit left a callback of the target")


def test_a_step_that_spins_violates_ends(misbehaved: dict[str, Any]) -> None:
    found = misbehaved["spins"]
    assert found["ends"]["verdict"] == "violated"
    assert found["ends"]["reason"] == "a step of the target did not end within 3 seconds"
    assert found["joined-always"]["verdict"] == "no violation found", "an interruption of ours is no exit"


def test_a_step_that_swallows_every_interruption_violates_ends(misbehaved: dict[str, Any]) -> None:
    found = misbehaved["swallows_everything_and_spins"]
    assert found["ends"]["verdict"] == "violated"
    assert found["ends"]["reason"] == "a step of the call did not end and swallowed every interruption"
    assert {each["verdict"] for name, each in found.items() if name != "ends"} == {"no violation found"}
    assert found["ends"]["schedules"] == 0


def test_a_step_that_spins_in_c_is_no_verdict_on_ends(misbehaved: dict[str, Any]) -> None:
    found = misbehaved["spins_in_c"]
    assert verdicts(found) == {"no violation found"}
    assert found["ends"]["reason"] == "no answer for 12 s: the target blocked the interpreter"
    assert found["ends"]["ended"] == "stopped"


@pytest.mark.parametrize("name", ["raises_system_exit", "raises_keyboard_interrupt", "recurses"])
def test_an_unusual_exception_is_an_exit_like_any_other(name: str, misbehaved: dict[str, Any]) -> None:
    found = misbehaved[name]
    assert found["requested"]["verdict"] == "holds"
    assert found["joined-always"]["verdict"] == "violated"


@pytest.mark.parametrize(
    "name",
    [
        "asks_for_too_much_memory",
        "leaves_tasks_behind",
        "sets_timers_for_ever",
        "prints_a_lot",
        "reads_standard_input",
    ],
)
def test_what_a_target_leaves_or_prints_disturbs_nobody(name: str, misbehaved: dict[str, Any]) -> None:
    found, good = misbehaved[name], misbehaved["waits"]
    assert {key: each["verdict"] for key, each in found.items()} == {key: each["verdict"] for key, each in good.items()}
    assert verdicts(found) >= {"holds"}


def test_chance_is_found_out_and_explained(misbehaved: dict[str, Any]) -> None:
    found = misbehaved["depends_on_chance"]["joined"]
    assert found["ended"] == "stopped"
    assert found["reason"].startswith("nondeterminism: ")
    explanations = ("Likely causes: the program reads the clock, random numbers", "depends on time or chance")
    assert any(each in found["reason"] for each in explanations)
    assert "holds" not in verdicts(misbehaved["depends_on_chance"])


def test_state_that_is_kept_from_run_to_run_is_found_out(misbehaved: dict[str, Any]) -> None:
    found = misbehaved["depends_on_earlier_runs"]["joined"]
    assert found["reason"].startswith("nondeterminism: ")
    assert "keeps state" in found["reason"]


def test_a_process_that_ends_says_how(misbehaved: dict[str, Any]) -> None:
    exits, aborts = misbehaved["ends_the_process"], misbehaved["aborts_the_process"]
    assert verdicts(exits) == verdicts(aborts) == {"no violation found"}
    assert exits["lost"]["reason"] == "the process of the target ended with exit status 0"
    assert aborts["lost"]["reason"] == "the process of the target was killed by SIGABRT"


def test_a_target_that_ends_the_process_when_it_is_loaded_is_misuse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bomb.py").write_text("import os\nos._exit(7)\n")
    assert main(["check", f"{tmp_path}/bomb.py:f"]) == 2
    assert "bomb.py:f' failed: the process of the target ended with exit status 7" in capsys.readouterr().err


def test_a_cell_without_an_answer_keeps_to_what_is_judged_in_its_situation() -> None:
    job = Job(target="treadle-wait", situation="self", bounds=Bounds(events=1, steps=1))
    cell = judge_unanswered(job, "gone", python="3.12", spinning=True)
    told = {each.property: (str(each.verdict), each.reason) for each in cell.findings}
    assert told["no-self-hang"] == ("violated", "gone")
    assert told["ends"] == ("not exercised", "where the controller calls on itself, only no-self-hang is judged")
    assert (cell.python, cell.schedules, cell.outcomes) == ("3.12", 0, {})


def test_a_pool_replaces_a_worker_that_has_died() -> None:
    place = WorkerPlace(interpreter=find_interpreter(sys.executable), task=TaskKind.C)
    question = Resolve(target="treadle-wait")
    with Pool(1) as pool:
        (first,) = pool.ask([WorkerRequest(place=place, question=question)])
        worker = pool._workers[0]
        assert worker is not None
        worker.process.kill()
        worker.process.wait()
        (second,) = pool.ask([WorkerRequest(place=place, question=question)])
    assert not first.failure
    assert not second.failure


def test_a_pool_keeps_the_workers_of_other_targets_for_the_next_round(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[WorkerPlace] = []

    def start(place: WorkerPlace) -> _Worker:
        started.append(place)
        return _Worker(place)

    monkeypatch.setattr("treadle.workers.pool._Worker", start)
    monkeypatch.setattr("treadle.workers.pool._SPARE", 1)
    here = find_interpreter(sys.executable)
    names = [f"{MISBEHAVING}:{name}" for name in ("waits", "never_settles", "stops_the_loop")]
    places = [WorkerPlace(interpreter=here, task=TaskKind.C, target=name) for name in names]
    with Pool(1) as pool:
        for kept in (places[:2], places[:2], places):
            requests = [WorkerRequest(place=each, question=Resolve(target=each.target)) for each in kept]
            assert not any(answer.failure or answer.misuse for answer in pool.ask(requests))
        workers = [*pool._workers, *pool._spare]
    assert started == places, "one each, and none for a second round"
    assert len(workers) == 2, "one was too many"
    assert not any(each.alive() for each in workers if each is not None)
