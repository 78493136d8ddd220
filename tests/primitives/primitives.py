"""asyncio's primitives, version by version: judge the programs of this folder on every interpreter that is found.

    python tests/primitives/primitives.py [--write FILE] [--only FILE.py:PROGRAM | --repairs] [--jobs N] [--fresh]

Each program is explored on each interpreter, with tasks in C and in Python, started at once (eager, from 3.12) or not.
Then some on the newest with more events, and those that are violated there with asyncio repaired. What came out is kept
in `build/primitives`, and is not asked again as long as the programs, Treadle and the interpreter are the same
(`--fresh` asks all the same). Prints the table; exit status 1 if something does not hold and is not explained in
`differences.toml`, or holds and is, or does not hold after the repair.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent / "conformance"), str(ROOT / "paper" / "cpython")]

from pythons import VERSIONS, interpreters  # noqa: E402 - the folder was put on the path
from tables import differences, document, table, unexplained  # noqa: E402
from trial import apply  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEPT = ROOT / "build" / "primitives"
REPAIRS = ROOT / "paper" / "cpython" / "primitives"
DEEPER = {
    "of_event.py:waiters": 7,
    "of_queue.py:getters": 7,
    "of_queue.py:putters": 7,
    "of_queue.py:items": 5,
    "of_lock.py:users": 6,
    "of_semaphore.py:one_permit": 5,
    "of_condition.py:consumers": 5,
    "of_barrier.py:parties": 5,
}
"""Programs that are judged with more events, too, on the newest interpreter: 7 are all that those can take."""
DEEPER_SECONDS = 1500
UNBOUNDED = ("lock:2", "lock:3", "semaphore:2", "semaphore:3", "condition:2", "queue:2")
"""What is cancelled any number of times, with so many tasks."""
UNBOUNDED_SECONDS = 50


@dataclass(frozen=True, slots=True)
class Place:
    """An interpreter, and the tasks that programs have there."""

    python: str
    version: str
    task: str
    start: str
    repaired: Path | None = None
    """A folder with another asyncio, which comes first."""

    @property
    def name(self) -> str:
        """It in one word."""
        return f"{self.version}-{self.task}-{self.start}{'-repaired' if self.repaired else ''}"

    def run(self, script: str, *arguments: str) -> Iterator[dict[str, Any]]:
        """Run a script of this folder there; yield each line that it prints as soon as it is there."""
        folders = [*([self.repaired] if self.repaired else []), ROOT / "harness", ROOT / "models"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders)), "PYTHONHASHSEED": "0"}
        command = [self.python, str(HERE / script), *arguments]
        with tempfile.TemporaryFile("w+") as errors:
            with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True) as run:
                assert run.stdout is not None
                yield from map(json.loads, run.stdout)
            if run.returncode:
                errors.seek(0)
                message = f"{self.name}: {errors.read().strip()[-2000:]}"
                raise RuntimeError(message)


def places() -> list[Place]:
    """Return every interpreter that is found, with every kind of tasks."""
    return [
        Place(python, full, task, start)
        for version in reversed(VERSIONS)  # the newest first, as that is of most interest
        for full, python in sorted(interpreters(version).items())
        for task in ("C", "Py")
        for start in ("lazy", "eager")
        if start == "lazy" or version != "3.11"
    ]


@functools.cache
def fingerprint(file: str, patches: tuple[Path, ...] = ()) -> str:
    """Return what changes with a file of programs, what they share, Treadle, and repairs of asyncio."""
    files = [HERE / name for name in (file, "acting.py", "claims.py", "there.py")]
    digest = hashlib.sha256()
    for path in [*files, *patches, *sorted((ROOT / "harness").rglob("*.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def judge(place: Place, only: list[str], patches: tuple[Path, ...] = (), *, fresh: bool) -> list[dict[str, Any]]:
    """Return what each program came to in one place; what is missing is asked, and kept as soon as it is there."""
    marks = {name: fingerprint(name.partition(":")[0], patches) for name in only}
    return _kept(
        KEPT / f"{place.name}.jsonl", marks, fresh, lambda names: place.run("there.py", place.task, place.start, *names)
    )


def judge_deeper(place: Place, *, fresh: bool) -> list[dict[str, Any]]:
    """Return what some programs came to with more events."""
    marks = {name: f"{fingerprint(name.partition(':')[0])} {events}" for name, events in DEEPER.items()}

    def ask(names: list[str]) -> Iterator[dict[str, Any]]:
        return place.run("deeper.py", str(DEEPER_SECONDS), *(f"{name}={DEEPER[name]}" for name in names))

    return _kept(KEPT / f"{place.name}-deeper.jsonl", marks, fresh, ask)


def judge_unbounded(place: Place, *, fresh: bool) -> list[dict[str, Any]]:
    """Return how far some primitives are known to hold, however often tasks are cancelled."""

    def ask(names: list[str]) -> Iterator[dict[str, Any]]:
        for answer in place.run("unbounded.py", str(UNBOUNDED_SECONDS), *names):
            yield {"program": f"{answer['primitive']}:{answer['tasks']}", **answer}

    mark = fingerprint("unbounded.py")
    return _kept(KEPT / f"{place.name}-unbounded.jsonl", dict.fromkeys(UNBOUNDED, mark), fresh, ask)


def _kept(
    file: Path, marks: dict[str, str], fresh: bool, ask: Callable[[list[str]], Iterator[dict[str, Any]]]
) -> list[dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = {}
    if file.exists() and not fresh:
        for answer in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
            kept[answer["program"]] = answer
    missing = [name for name, mark in marks.items() if name not in kept or kept[name]["mark"] != mark]
    if missing:
        with file.open("a", encoding="utf-8") as lines:
            for answer in ask(missing):
                kept[answer["program"]] = {**answer, "mark": marks[answer["program"]]}
                lines.write(json.dumps(kept[answer["program"]]) + "\n")
                lines.flush()
    return [{key: kept[name][key] for key in kept[name] if key != "mark"} for name in marks if name in kept]


def repair(place: Place, patches: tuple[Path, ...], folder: Path) -> Path:
    """Copy asyncio of an interpreter into a folder, and apply patches to the copy; return the folder that has it."""
    shutil.rmtree(folder, ignore_errors=True)
    where = subprocess.run(
        [place.python, "-c", "import asyncio; print(asyncio.__path__[0])"], capture_output=True, text=True, check=True
    )
    shutil.copytree(where.stdout.strip(), folder / "Lib" / "asyncio", ignore=shutil.ignore_patterns("__pycache__"))
    for patch in patches:
        apply(patch, folder, "Lib/asyncio/*")
    return folder / "Lib"


def judge_repaired(
    newest: list[Place], programs: list[str], pool: ThreadPoolExecutor, *, fresh: bool
) -> dict[str, Any]:
    """Return what the programs about what was repaired come to, with all repairs applied to the newest asyncio."""
    entries = [each for each in differences() if "patch" in each]
    patches = tuple(sorted({REPAIRS / each["patch"] for each in entries}))
    files = {each["program"].partition(":")[0] for each in entries} | {"of_wait_for.py", "of_shield.py"}
    only = [name for name in programs if name.partition(":")[0] in files]
    lib = repair(newest[0], patches, KEPT / "repaired")
    runs = [pool.submit(judge, replace(place, repaired=lib), only, patches, fresh=fresh) for place in newest]
    answers = [answer for run in runs for answer in run.result() if answer["ended"] != "absent"]
    return {"python": newest[0].version, "patches": [patch.name for patch in patches], "answers": answers}


def every_program() -> list[str]:
    """Return the names of all programs."""
    import there  # noqa: PLC0415 - it needs Treadle, and `--help` does not
    from claims import PROGRAMS  # noqa: PLC0415

    there.load()
    return [f"{each.file}.py:{each.name}" for each in PROGRAMS]


def main(arguments: list[str]) -> int:
    """Judge, and tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="write the result document, and the table as FILE.md"
    )
    parser.add_argument("--only", action="append", metavar="FILE.py:PROGRAM", help="this program alone; repeatable")
    parser.add_argument("--repairs", action="store_true", help="the repairs alone; of the rest FILE keeps what it has")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="so many interpreters at a time")
    parser.add_argument("--fresh", action="store_true", help="use nothing that is kept")
    options = parser.parse_args(arguments)
    if options.repairs and (options.only or not (options.write and options.write.exists())):
        parser.error("--repairs needs a result document in --write, and no --only")
    KEPT.mkdir(parents=True, exist_ok=True)
    programs = every_program()
    only = options.only or programs
    unknown = sorted(set(only) - set(programs))
    if unknown:
        parser.error(f"there is no program {unknown[0]!r}; there are: {', '.join(programs)}")
    where = places()
    if options.repairs:
        result = json.loads(options.write.read_text(encoding="utf-8")) | {"differences": differences()}
        newest = [place for place in where if place.version == where[0].version]
        with ThreadPoolExecutor(options.jobs) as pool:
            result["repaired"] = judge_repaired(newest, programs, pool, fresh=options.fresh)
        return told(result, options.write)
    answers: list[dict[str, Any]] = []
    with ThreadPoolExecutor(options.jobs) as pool:
        runs = [pool.submit(judge, place, only, fresh=options.fresh) for place in where]
        for number, (place, run) in enumerate(zip(where, runs, strict=True), 1):
            answers += [each for each in run.result() if each["ended"] != "absent"]
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{number} of {len(where)}: {place.name}\033[K")
        result = document(answers)
        if not options.only:
            newest = [place for place in where if place.version == where[0].version]
            unbounded = pool.submit(judge_unbounded, newest[0], fresh=options.fresh)
            deeper = pool.submit(judge_deeper, newest[0], fresh=options.fresh)
            result["repaired"] = judge_repaired(newest, programs, pool, fresh=options.fresh)
            result["deeper"] = deeper.result()
            result["unbounded"] = unbounded.result()
    return told(result, options.write)


def told(result: dict[str, Any], file: Path | None) -> int:
    """Print the table, and write it and the document; return 1 if something is not explained, else 0."""
    if file:
        file.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        file.with_suffix(".md").write_text(table(result, links=True), encoding="utf-8")
    sys.stdout.write(table(result, links=False))
    left = list(unexplained(result))
    for each in left:
        sys.stdout.write(f"not explained in differences.toml: {each}\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
