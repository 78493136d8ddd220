"""asyncio's primitives, version by version: judge the programs of this folder on every interpreter that is found.

    python tests/primitives/primitives.py [--write FILE] [--only FILE.py:PROGRAM] [--jobs N] [--fresh]

Each program is explored on each interpreter, with tasks in C and in Python, started at once (eager, from 3.12) or not.
What came out is kept in `build/primitives`, and is not asked again as long as the programs, Treadle and the interpreter
are the same (`--fresh` asks all the same). Prints the table; exit status 1 if a difference between versions, or a
violation in the newest one, is not explained in `differences.toml`.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent / "conformance")]

from pythons import VERSIONS, interpreters  # noqa: E402 - the folder was put on the path
from tables import document, table, unexplained  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = ROOT / "build" / "primitives"


@dataclass(frozen=True, slots=True)
class Place:
    """An interpreter, and the tasks that programs have there."""

    python: str
    version: str
    task: str
    start: str

    @property
    def name(self) -> str:
        """It in one word."""
        return f"{self.version}-{self.task}-{self.start}"


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
def fingerprint(file: str) -> str:
    """Return what changes with a file of programs, what they share, and Treadle."""
    files = [HERE / name for name in (file, "acting.py", "claims.py", "there.py")]
    digest = hashlib.sha256()
    for path in [*files, *sorted((ROOT / "harness").rglob("*.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def judge(place: Place, only: list[str], *, fresh: bool) -> list[dict[str, Any]]:
    """Return what each program came to in one place; what is missing is asked, and kept as soon as it is there."""
    file = KEPT / f"{place.name}.jsonl"
    kept: dict[str, dict[str, Any]] = {}
    if file.exists() and not fresh:
        for answer in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
            kept[answer["program"]] = answer
    marks = {name: fingerprint(name.partition(":")[0]) for name in only}
    missing = [name for name in only if name not in kept or kept[name]["mark"] != marks[name]]
    if missing:
        with file.open("a", encoding="utf-8") as lines:
            for answer in ask(place, missing):
                kept[answer["program"]] = {**answer, "mark": marks[answer["program"]]}
                lines.write(json.dumps(kept[answer["program"]]) + "\n")
                lines.flush()
    return [kept[name] for name in only if name in kept]


def ask(place: Place, only: list[str]) -> Iterator[dict[str, Any]]:
    """Run programs under an interpreter of their own; yield each answer as soon as it is there.

    A program that the version does not have is answered, too: it has no properties there.
    """
    folders = [ROOT / "harness", ROOT / "models"]
    command = [place.python, str(HERE / "there.py"), place.task, place.start, *only]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders)), "PYTHONHASHSEED": "0"}
    with tempfile.TemporaryFile("w+") as errors:
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True) as run:
            assert run.stdout is not None
            yield from map(json.loads, run.stdout)
        if run.returncode:
            errors.seek(0)
            message = f"{place.name}: {errors.read().strip()[-2000:]}"
            raise RuntimeError(message)


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
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="so many interpreters at a time")
    parser.add_argument("--fresh", action="store_true", help="use nothing that is kept")
    options = parser.parse_args(arguments)
    KEPT.mkdir(parents=True, exist_ok=True)
    programs = every_program()
    only = options.only or programs
    unknown = sorted(set(only) - set(programs))
    if unknown:
        parser.error(f"there is no program {unknown[0]!r}; there are: {', '.join(programs)}")
    where = places()
    answers: list[dict[str, Any]] = []
    with ThreadPoolExecutor(options.jobs) as pool:
        runs = [pool.submit(judge, place, only, fresh=options.fresh) for place in where]
        for number, (place, run) in enumerate(zip(where, runs, strict=True), 1):
            answers += [each for each in run.result() if each["ended"] != "absent"]
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{number} of {len(where)}: {place.name}\033[K")
    result = document(answers)
    if options.write:
        options.write.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        options.write.with_suffix(".md").write_text(table(result, links=True), encoding="utf-8")
    sys.stdout.write(table(result, links=False))
    left = unexplained(result)
    for each in left:
        sys.stdout.write(f"not explained in differences.toml: {each}\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
