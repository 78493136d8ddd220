"""The programs of the PEP draft print the same on every Python found."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pythons import every_version, interpreters, none_here

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "paper" / "programs"
PROGRAMS = ("documentation", "repaired")
CALL = "    await asyncio.cancel_and_wait(task)\n"


@every_version
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_prints_on_every_python_what_is_recorded(version: str, name: str) -> None:
    found = interpreters(version)
    if not found:
        pytest.skip(none_here(version))
    for python in found.values():
        run = subprocess.run(
            [python, str(FOLDER / f"{name}.py")],
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert run.stdout == (ROOT / "paper" / "results" / f"{name}.txt").read_text(encoding="utf-8"), python


UNDER_UVLOOP = """
import runpy, sys, uvloop
uvloop.install()
sys.path.insert(0, sys.argv[1])
runpy.run_path(f"{sys.argv[1]}/{sys.argv[2]}.py", run_name="__main__")
"""


@pytest.mark.parametrize("name", [*PROGRAMS, "questions"])
def test_a_program_prints_the_same_under_uvloop(name: str) -> None:
    """Where uvloop is installed: the draft says so, and nothing else here needs it."""
    pytest.importorskip("uvloop")
    command = [sys.executable, "-W", "ignore", "-c", UNDER_UVLOOP, str(FOLDER), name]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert run.stdout == (ROOT / "paper" / "results" / f"{name}.txt").read_text(encoding="utf-8")


def test_the_repaired_program_is_the_first_one_with_the_call_in_place_of_its_try() -> None:
    """So what the draft says of it is said of the program that it shows."""
    first, repaired = ((FOLDER / f"{name}.py").read_text(encoding="utf-8") for name in PROGRAMS)
    body = re.search(r"async def cancel_me.*?(?=asyncio\.run)", first, re.DOTALL)
    assert body
    expected = re.sub(r"    task\.cancel\(\)\n    try:\n.*?\n(?=\n)", CALL, body[0], flags=re.DOTALL)
    assert CALL in expected
    assert expected.rstrip() in repaired


def test_the_proposed_functions_are_those_of_the_patch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    import patched  # type: ignore[import-not-found]  # noqa: PLC0415 - it is no module of ours but a program

    text = patched.text_of()
    assert [line.split("(")[0] for line in text.splitlines() if re.match(r"(async )?def ", line)] == [
        "def _still_to_stop",
        "async def cancel_and_wait",
        "async def cancel_and_join",
    ]
    assert all(f"+{line}\n" in patched.PATCH.read_text(encoding="utf-8") for line in text.splitlines() if line)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("a coroutine", "TypeError"),
        ("a task of another loop", "RuntimeError"),
        ("cancel_and_wait, then cancel_and_join in finally", "interrupted"),
        ("joined, its caller cancelled", "finished"),
        ("timeout() around cancel_and_join", "the task is done: True"),
        ("KeyboardInterrupt raised in the task, cancel_and_wait", "asyncio.run() raises KeyboardInterrupt"),
        ("KeyboardInterrupt raised in the task, cancel_and_join", "asyncio.run() raises KeyboardInterrupt"),
        ("SystemExit raised in the task, cancel_and_wait", "asyncio.run() raises SystemExit"),
        ("SystemExit raised in the task, cancel_and_join", "asyncio.run() raises SystemExit"),
        ("a context variable that the clean-up sets", "the caller has the caller's"),
    ],
)
def test_what_the_draft_says_of_a_question_was_recorded(answer: str, said: str) -> None:
    lines = (ROOT / "paper" / "results" / "questions.txt").read_text(encoding="utf-8").splitlines()
    (line,) = (line for line in lines if line.startswith(answer))
    assert said in line


CIRCLE = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
import proposed

async def one(tasks):
    await asyncio.sleep(0)
    await asyncio.cancel_and_join(tasks["two"])

async def two(tasks):
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.cancel_and_join(tasks["one"])

async def main():
    tasks = {}
    tasks.update({each.__name__: asyncio.create_task(each(tasks), name=each.__name__) for each in (one, two)})
    for _ in range(5):
        await asyncio.sleep(0)
    print("ready", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_a_circle_of_tasks_is_named_by_pstree() -> None:
    """The draft says so, from 3.14 on: the function waits in a way that asyncio keeps a record of."""
    found = [python for version in ("3.14", "3.15") for python in interpreters(version).values()]
    if not found:
        pytest.skip(none_here("from 3.14 on"))
    process = subprocess.Popen(
        [found[-1], "-c", CIRCLE, str(FOLDER)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        command = [found[-1], "-m", "asyncio", "pstree", str(process.pid)]
        told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    finally:
        process.kill()
        process.communicate()
    if "ermission" in told.stderr or "root privileges" in told.stderr:
        pytest.skip("one process may not look at another here")
    text = told.stdout + told.stderr
    assert re.search("cycle: (one \N{RIGHTWARDS ARROW} two|two \N{RIGHTWARDS ARROW} one)", text), text


WINDOW = """
import asyncio, sys

async def dependency(how, when, callers):
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        if when == "in its step":
            callers[0].cancel()
        try:
            if when == "while it cleans up":
                asyncio.get_running_loop().call_soon(callers[0].cancel)
                await asyncio.sleep(3600)
        except asyncio.CancelledError:
            pass
        if how == "fails":
            raise ValueError
        return 1

async def corrected(task):
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        if asyncio.current_task().cancelling() == 0:
            return
        raise

async def main(how, when):
    seen, callers = [], []
    task = asyncio.create_task(dependency(how, when, callers))
    await asyncio.sleep(0)

    async def call():
        try:
            await corrected(task)
        except ValueError:
            seen.append("failed")
        await asyncio.sleep(0)
        seen.append("went on")

    caller = asyncio.create_task(call())
    callers.append(caller)
    if when == "after it":
        task.add_done_callback(lambda _: caller.cancel())
    await asyncio.wait([caller])
    print(how, when, "lost" if seen[-1:] == ["went on"] else "kept")

for how in ("fails", "returns"):
    for when in ("while it cleans up", "in its step", "after it"):
        asyncio.run(main(how, when))
"""


def test_what_is_lost_is_passed_on_before_the_task_has_ended() -> None:
    """After its last step the request is thrown into the caller. A task that returns in that step ends cancelled."""
    run = subprocess.run([sys.executable, "-c", WINDOW], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.splitlines() == [
        "fails while it cleans up lost",
        "fails in its step lost",
        "fails after it kept",
        "returns while it cleans up lost",
        "returns in its step kept",
        "returns after it kept",
    ]
