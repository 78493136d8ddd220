"""What published fixes have left behind: `make residue`.

    python tests/history/residue.py [BUG ...] [--write FILE] [--check] [--render] [--fresh] [--fast]

For each recorded bug: the program that shows it, and the neighbours of that program (by rule, see `neighbours`; and by
hand, in the folder `by_hand`), are explored with the release that has the bug, the one that repairs it, and the newest
one on the registry. What came out is kept in `build/residue`, so that a run that was cut short goes on where it was;
nothing is asked again as long as the program, Treadle and the release are the same, but with `--fresh`. `--write`
records the result and, beside it, the table as FILE.md. `--check` asks nothing: it fails where a finding of a repaired
or the newest release has no verdict by hand in `residue.toml`, or a verdict has no finding. `--render` writes the
recorded table anew.

The whole takes about an hour on one core. Exit status: 0 all is well, 1 it is not, 2 misuse.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent / "conformance"), str(ROOT / "harness"), str(ROOT / "models")]

from bugs import Bug, every_bug  # noqa: E402 - the folder was put on the path
from neighbours import NAMES, SECOND, neighbour  # noqa: E402
from releases import MissingError, Release, releases  # noqa: E402
from residue_tables import judged, table, undecided  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Json = dict[str, Any]

KEPT = ROOT / "build" / "residue"
RESULTS = ROOT / "paper" / "results" / "residue.json"
FORMAT = 1
SECONDS = 5
EXECUTIONS = 200
"""Where an exploration is cut off; whichever comes first."""
BOUNDS = [SECONDS, EXECUTIONS]
_HANGS = 40  # seconds after which a process has not only been slow
ITSELF = "itself"


@dataclass(frozen=True, slots=True)
class Program:
    """A program to explore: which neighbour it is, its name for `treadle explore`, and its events."""

    kind: str
    name: str
    events: int
    text: str


def programs_of(bug: Bug) -> list[Program]:
    """Return the program of a bug and its neighbours, which are written into `build/residue/programs`."""
    source = bug.file.read_text(encoding="utf-8")
    file = bug.file.relative_to(ROOT)
    found = [Program(ITSELF, f"{file}:{bug.program}", bug.events, source)]
    for rule in NAMES:
        text = neighbour(source, rule)
        if text is not None:
            written = KEPT / "programs" / f"{bug.name}_{rule}.py"
            written.parent.mkdir(parents=True, exist_ok=True)
            written.write_text(text, encoding="utf-8")
            events = max(bug.events, 2 if rule == SECOND else 1)
            found.append(Program(rule, f"{written.relative_to(ROOT)}:{bug.program}", events, text))
    for written in sorted((HERE / "by_hand").glob(f"{bug.name}_*.py")):
        kind = written.stem.removeprefix(f"{bug.name}_").replace("_", " ")
        name = f"{written.relative_to(ROOT)}:program"
        found.append(Program(f"by hand: {kind}", name, max(bug.events, 1), written.read_text(encoding="utf-8")))
    return found


def explore(bug: Bug, release: Release, *, fresh: bool) -> list[Json]:
    """Return what each program of a bug comes to with a release; what is missing is asked, and kept at once."""
    programs = programs_of(bug)
    marks = {each.name: _mark(each, release) for each in programs}
    file = KEPT / f"{bug.name}-{release.slug}.jsonl"
    kept: dict[str, Json] = {}
    if file.exists() and not fresh:
        lines = map(json.loads, file.read_text(encoding="utf-8").splitlines())
        kept = {each["program"]: each for each in lines if each["mark"] == marks.get(each["program"]) and _lasts(each)}
    missing = [each for each in programs if each.name not in kept]
    if missing:
        with file.open("a", encoding="utf-8") as lines_out:
            for answer in _ask(release, missing):
                kept[answer["program"]] = {**answer, "mark": marks[answer["program"]], "bounds": BOUNDS}
                lines_out.write(json.dumps(kept[answer["program"]]) + "\n")
                lines_out.flush()
    return [_shown(each, kept[each.name], release) for each in programs]


def _lasts(answer: Json) -> bool:
    """Say whether an answer is as good as a new one: it came to an end by itself, or its bounds were no smaller."""
    seconds, executions = answer["bounds"]
    return not answer["cut off"] or (seconds >= SECONDS and executions >= EXECUTIONS)


def _shown(program: Program, answer: Json, release: Release) -> Json:
    """Return what is recorded of one exploration."""
    seconds, executions = answer["bounds"]
    command = f"treadle explore {program.name} --events {program.events} --seconds {seconds} --limit {executions}"
    left = {key: answer[key] for key in answer if key not in {"mark", "bounds", "program", "verdict"}}
    left["findings"] = [  # where this is on the machine is no result
        {key: text.replace(f"{ROOT}/", "") if isinstance(text, str) else text for key, text in each.items()}
        for each in left["findings"]
    ]
    return {"neighbour": program.kind, "verdict": answer["verdict"], **left, "command": release.command(command)}


def _mark(program: Program, release: Release) -> str:
    """Return what changes with a program, what programs share, Treadle, and the release."""
    digest = hashlib.sha256(repr((program.text, program.events, release.told)).encode())
    digest.update(_shared())
    return digest.hexdigest()[:16]


@functools.cache
def _shared() -> bytes:
    """Return the text of what all programs share, which is read once: Treadle, and the servers of this folder."""
    shared = [HERE / "servers.py", HERE / "postgres.py", HERE / "residue_there.py"]
    return b"".join(path.read_bytes() for path in [*shared, *sorted((ROOT / "harness").rglob("*.py"))])


def _ask(release: Release, programs: Sequence[Program]) -> Iterator[Json]:
    """Explore programs with a release, each in a process of its own: a library may keep what another one did."""
    for each in programs:
        command = [release.python, str(HERE / "residue_there.py"), str(SECONDS), str(EXECUTIONS)]
        environment = {**os.environ, "PYTHONPATH": release.path, "PYTHONHASHSEED": "0"}
        try:
            run = subprocess.run(
                [*command, f"{each.name}={each.events}"],
                env=environment,
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
                timeout=_HANGS,
            )
            problem = run.stderr.strip().splitlines()[-1:] if run.returncode else []
            yield json.loads(run.stdout) if not run.returncode else _unasked(each, "".join(problem))
        except subprocess.TimeoutExpired:
            yield _unasked(each, f"no answer within {_HANGS} seconds")


def _unasked(program: Program, why: str) -> Json:
    return {"program": program.name, "verdict": "unsupported", "events": program.events, "cut off": why, "findings": []}


def examine(bugs: Sequence[Bug], *, fresh: bool) -> list[Json]:
    """Explore all programs of these bugs with all their releases; say how far it is."""
    told: list[Json] = []
    begun = time.monotonic()
    for number, bug in enumerate(bugs, 1):
        seconds = time.monotonic() - begun
        left = seconds / (number - 1) * (len(bugs) - number + 1) if number > 1 else 0.0
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{number} of {len(bugs)}: {bug.name}, {left / 60:.0f} minutes left\033[K")
        runs: list[Json] = []
        for role, release in releases(bug, fresh=fresh):
            if isinstance(release, MissingError):
                runs.append({"role": role, "release": "", "cut off": str(release), "programs": []})
            else:
                programs = explore(bug, release, fresh=fresh)
                runs.append({"role": role, "release": release.name, "with": release.told, "programs": programs})
        told.append({"bug": bug.name, "library": bug.library, "says": bug.says, "runs": runs})
    if sys.stderr.isatty():
        sys.stderr.write("\n")
    return told


def document(told: list[Json]) -> Json:
    """Return the result document."""
    bounds = {"seconds": SECONDS, "executions": EXECUTIONS}
    return {"format": FORMAT, "treadle": _version(), "bounds": bounds, "bugs": told}


def _version() -> str:
    from treadle import __version__

    return __version__


def write(result: Json, file: Path) -> None:
    """Write the result document and the table."""
    file.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    file.with_suffix(".md").write_text(table(judged(result)), encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Explore, and tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("bugs", nargs="*", metavar="BUG", help="these alone, as aiohttp_9670; all if none is named")
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="write the result document, and the table as FILE.md"
    )
    parser.add_argument("--check", action="store_true", help="does each recorded finding have a verdict by hand?")
    parser.add_argument("--render", action="store_true", help="write the recorded table anew")
    parser.add_argument("--fresh", action="store_true", help="use nothing that is kept, and look for newer releases")
    options = parser.parse_args(arguments)
    if options.check or options.render:
        result = json.loads(RESULTS.read_text(encoding="utf-8"))
        if options.render:
            write(result, RESULTS)
    else:
        bugs = every_bug()
        unknown = sorted(set(options.bugs) - {each.name for each in bugs})
        if unknown:
            parser.error(f"there is no bug {unknown[0]!r}; there are: {', '.join(each.name for each in bugs)}")
        KEPT.mkdir(parents=True, exist_ok=True)
        chosen = [each for each in bugs if not options.bugs or each.name in options.bugs]
        result = document(examine(chosen, fresh=options.fresh))
        if options.write:
            write(result, options.write)
        sys.stdout.write(table(judged(result)))
    wrong = list(undecided(result, whole=not options.bugs))
    for each in wrong:
        sys.stdout.write(f"{each}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
