"""Try the patches on a copy of the library of each CPython found, from 3.13 on.

    python paper/cpython/trial.py [--python PATH ...] [--write FILE] [--quick]

For each interpreter: every test of `test.test_asyncio` is run with its library as it is and with the patches (nothing
that passed may fail); the new tests are run with the library as it is (they must fail, but for those that guard what
was right already) and patched (they must pass); then the functions are judged, in the patched library itself, by the
checker and, where Z3 is installed, by the models; and task groups in a clean-up are explored with both libraries.
What the patches change in the documentation is compared with that of the version that they are made for, as published;
`--tree DIR` applies them as a whole to a copy of a source tree. `--quick` leaves the old tests out. The interpreters
are those that `make matrix` finds; where one has no tests of its own, Debian's package of them is fetched into
build/pythons, and so is the documentation. Exit status: 0 all is so, 1 it is not, 2 DIR is no source tree.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(ROOT / "tests" / "conformance"))

from documented import hunks, missing  # noqa: E402 - the path is set above
from newer import UnavailableError, documentation, suite  # noqa: E402 - the path is set above
from pythons import interpreters, version_of  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Sequence

PATCHES = tuple(sorted(HERE.glob("0*.patch")))
VERSIONS = ("3.13", "3.14", "3.15")
MADE_FOR = "3.15"
NEW = ("test_cancel_and_wait", "test_taskgroups")
FUNCTIONS = ("asyncio.tasks:cancel_and_wait", "asyncio.tasks:cancel_and_join")
PROGRAM = ROOT / "paper" / "programs" / "group_in_clean_up.py"

GUARDS = (
    "test_a_request_during_the_group_is_kept_in_a_clean_up",
    "test_a_request_that_is_pending_at_entry_is_kept",
    "test_taskgroup_cancel_in_clean_up_and_cancelled_again",
)
"""New tests of what was right before and must stay so."""
NEEDS_CANCEL = "test_taskgroup_cancel_in_clean_up"
"""With what the names of new tests begin that call `TaskGroup.cancel()`, which is new in 3.15."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explored:
    """In how many of how many schedules something is wrong."""

    wrong: int
    schedules: int


class TrialError(Exception):
    """Something could not be tried; the message says what."""


def library(folder: Path, python: str) -> Path:
    """Copy asyncio and its tests into a folder, the rest of `test` by reference; return it. It goes on the path."""
    where = "import asyncio, test, os; print(os.path.dirname(asyncio.__file__)); print(os.path.dirname(test.__file__))"
    asyncio, tests = map(Path, _run([python, "-c", where]).split())
    own = [tests] if (tests / "test_asyncio").exists() else [tests, _fetched(python)]
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "Lib" / "test").mkdir(parents=True)
    shutil.copytree(asyncio, folder / "Lib" / "asyncio", ignore=shutil.ignore_patterns("__pycache__"))
    for place in own:
        for path in place.iterdir():
            copy = folder / "Lib" / "test" / path.name
            if path.name == "test_asyncio":
                shutil.copytree(path, copy, ignore=shutil.ignore_patterns("__pycache__"))
            elif not copy.exists() and path.name != "__pycache__":
                copy.symlink_to(path)
    return folder


def _fetched(python: str) -> Path:
    try:
        return suite(ROOT / "build" / "pythons", python)
    except UnavailableError as problem:
        raise TrialError(str(problem)) from None


def apply(patch: Path, folder: Path, *only: str) -> bool:
    """Apply what a patch has for the library; return whether all of its context was there, not one line of three."""
    chosen = [f"--include={each}" for each in only or ("Lib/*",)]
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    for strictness in ((), ("-C1",)):
        command = ["git", "apply", "-p1", *strictness, *chosen, str(patch)]
        done = _done(command, environment, folder)
        if not done.returncode:
            return not strictness
    problem = f"{patch.name} does not apply: {done.stderr.strip()}"
    raise TrialError(problem)


def digest(patch: Path, of: str = "") -> str:
    """Return what changes with a patch, or with what it has for the files below one folder."""
    parts = re.split(r"^(?=diff --git a/)", patch.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    chosen = [part for part in parts if part.startswith(f"diff --git a/{of}")]
    return hashlib.sha256("".join(chosen).encode()).hexdigest()


def in_a_tree(tree: Path, folder: Path) -> None:
    """Apply the patches as a whole, in either order, to a copy of what they touch of a source tree of CPython.

    Each line of their context must be there, in the documentation, too. Raise `TrialError` where one is not.
    """
    for order in (PATCHES, PATCHES[::-1]):
        shutil.rmtree(folder, ignore_errors=True)
        for touched in ("Lib/asyncio", "Lib/test/test_asyncio", "Doc/library"):
            shutil.copytree(tree / touched, folder / touched)
        for patch in order:
            if not apply(patch, folder, "*"):
                problem = f"{patch.name} applies to {tree} with less context only"
                raise TrialError(problem)


def _documented(tried: Tried, full: str) -> None:
    """Compare the context of what the patches change in the documentation with its page, as published."""
    try:
        pages = documentation(ROOT / "build" / "pythons", full)
    except UnavailableError as problem:
        print(f"CPython {full}: the documentation was not compared: {problem}")
        return
    for patch in filter(hunks, PATCHES):
        differing = missing(patch, pages)
        tried.wrong += [f"{patch.name}: the documentation of {full} has no {line!r}" for line in differing]
        if not differing:
            tried.documentation[patch.name] = digest(patch, "Doc/")


def ends(python: str, folder: Path, modules: Sequence[str]) -> dict[str, str]:
    """Run modules of CPython's tests, each in a process of its own; return how each test ended."""
    found: dict[str, str] = {}
    for number, module in enumerate(modules, 1):
        if len(modules) > len(NEW) and sys.stderr.isatty():
            print(f"\r{number}/{len(modules)} {module:30}", end="", file=sys.stderr, flush=True)
        done = _done([python, str(HERE / "suite.py"), module], _environment(folder), folder)
        text = done.stdout.splitlines()[-1] if done.stdout.strip() else ""
        found |= json.loads(text) if not done.returncode else {module: "not run"}
    return found


def _environment(folder: Path, *more: str) -> dict[str, str]:
    path = os.pathsep.join([str(folder / "Lib"), *more])
    return {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1", "COLUMNS": "100"}


def _done(command: Sequence[str], environment: dict[str, str] | None, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own commands, and interpreters that the user has
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False
    )


def _run(command: Sequence[str], environment: dict[str, str] | None = None, *, status: tuple[int, ...] = (0,)) -> str:
    done = _done(command, environment, ROOT)
    if done.returncode not in status:
        problem = f"`{' '.join(command)}` ended with status {done.returncode}: {(done.stderr or done.stdout)[-500:]}"
        raise TrialError(problem)
    return done.stdout


def treadle(python: str, folder: Path, *words: str, status: tuple[int, ...] = (0,)) -> str:
    """Run Treadle under an interpreter with a patched library; return what it printed."""
    extras = folder / "extras"
    extras.mkdir(exist_ok=True)
    for name in ("rich", "pygments", "markdown_it", "mdurl", "z3"):
        spec = find_spec(name)
        if spec is not None and spec.submodule_search_locations and not (extras / name).exists():
            (extras / name).symlink_to(next(iter(spec.submodule_search_locations)))
    environment = _environment(folder, str(ROOT / "harness"), str(ROOT / "models"), str(extras))
    return _run([python, "-m", "treadle", *words], environment, status=status)


def judged(python: str, folder: Path) -> dict[str, dict[str, str]]:
    """Judge the functions in a patched library: of each, the worst verdict of every property over all situations."""
    bounds = ("--events", "2", "--steps", "2")
    answer = json.loads(treadle(python, folder, "check", *FUNCTIONS, *bounds, "--json", status=(0, 1)))
    order = ("violated", "no violation found", "unsupported", "holds", "not exercised")
    found: dict[str, dict[str, str]] = {}
    for each in answer["results"]:
        verdicts = found.setdefault(each["candidate"].partition(":")[2], {})
        verdicts[each["property"]] = min(verdicts.get(each["property"], order[-1]), each["verdict"], key=order.index)
    return found


def proved(python: str, folder: Path) -> dict[str, dict[str, str]]:
    """Prove the functions in a patched library; of each, what came out for every property in the weak reading."""
    found: dict[str, dict[str, str]] = {}
    for function in FUNCTIONS:
        lines = [line.split() for line in treadle(python, folder, "prove", function, status=(0, 1)).splitlines()]
        verdicts = {line[0]: line[1] for line in lines if len(line) > 1 and line[1] in ("proved", "refuted", "unknown")}
        found[function.partition(":")[2]] = verdicts
    return found


def explored(python: str, folder: Path, program: str) -> Explored:
    """Explore a program with task groups: whether something is raised, and in how many of how many schedules."""
    words = ("explore", f"{PROGRAM}:{program}", "--events", "3", "--json")
    answer = json.loads(treadle(python, folder, *words, status=(0, 1)))
    raises = next((each for each in answer["violations"] if each["property"] == "raises"), {"schedules": 0})
    return Explored(wrong=raises["schedules"], schedules=answer["schedules"])


@dataclass(kw_only=True)
class Tried:
    """What came out on one interpreter."""

    quick: bool = False
    """Whether of the old tests only those of task groups were run."""
    patches: dict[str, str] = field(default_factory=dict)
    """What was tried: of each patch, the digest of what it has for the library."""
    documentation: dict[str, str] = field(default_factory=dict)
    """Of each patch whose context is in the documentation as published, the digest of what it has for that."""
    exact: dict[str, bool] = field(default_factory=dict)
    """Of each patch: whether all of its context was there."""
    old: dict[str, int] = field(default_factory=dict)
    """How many of the old tests ended how, before."""
    broken: list[str] = field(default_factory=list)
    new: int = 0
    failing_first: int = 0
    """How many new tests there are, and how many of them fail without the patches."""
    groups: dict[str, list[Explored]] = field(default_factory=dict)
    """Of each program, before and after."""
    checked: dict[str, dict[str, str]] = field(default_factory=dict)
    proved: dict[str, dict[str, str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    """What is not as it must be, in words."""


def try_on(python: str, full: str, *, quick: bool) -> Tried:
    """Try everything on one interpreter."""
    tried = Tried(quick=quick, patches={patch.name: digest(patch, "Lib/") for patch in PATCHES})
    build = ROOT / "build" / "cpython" / full
    if full.startswith(f"{MADE_FOR}."):
        _documented(tried, full)
    before, after, tests_alone = (library(build / name, python) for name in ("before", "after", "tests"))
    tried.exact = {patch.name: apply(patch, after) for patch in PATCHES}
    for patch in PATCHES:
        apply(patch, tests_alone, "Lib/test/*")
    _run_tests(tried, python, full, (before, after, tests_alone), quick=quick)
    for name in ("child_fails", *(("cancelled_group", "cancelled_at_once") if full >= "3.15" else ())):
        tried.groups[name] = [explored(python, each, name) for each in (before, after)]
        if tried.groups[name][1].wrong:
            tried.wrong.append(f"{PROGRAM.name}:{name} is wrong in some schedules with the patches")
    tried.checked = judged(python, after)
    tried.proved = proved(python, after) if find_spec("z3") else {}
    for good, verdicts in (("holds", tried.checked), ("proved", tried.proved)):
        for function, found in verdicts.items():
            other = "prompt" if function == "cancel_and_join" else "joined-always"
            not_so = {name: said for name, said in found.items() if name != other and said != good}
            tried.wrong += [f"{function}: {name} {said}" for name, said in not_so.items()]
    return tried


def _run_tests(tried: Tried, python: str, full: str, libraries: tuple[Path, Path, Path], *, quick: bool) -> None:
    before, after, tests_alone = libraries
    modules = sorted(path.stem for path in (before / "Lib" / "test" / "test_asyncio").glob("test_*.py"))
    old = ends(python, before, NEW[1:] if quick else modules)
    now = ends(python, after, NEW if quick else sorted({*modules, *NEW}))
    tried.old = dict(sorted(Counter(old.values()).items()))
    broken = [name for name, end in old.items() if end == "passed" and now.get(name) != "passed"]
    if broken:  # some depend on the moment: once more, in less of a crowd
        now |= ends(python, after, sorted({name.split(".")[2] for name in broken}))
    tried.broken = [name for name in broken if now.get(name) != "passed"]
    new = {name: end for name, end in now.items() if name not in old and not _left_out(name, full)}
    first = ends(python, tests_alone, NEW)
    failing = {name for name in new if first.get(name) in ("failed", "error")}
    tried.new, tried.failing_first = len(new), len(failing)
    tried.wrong += [f"{name} passed before" for name in tried.broken]
    tried.wrong += [f"{name} {end} with the patches" for name, end in new.items() if end != "passed"]
    guarding = {name for name in new if name.rpartition(".")[2] in GUARDS}
    tried.wrong += [f"{name} passes without the patches" for name in new if name not in failing | guarding]


def _left_out(name: str, full: str) -> bool:
    return full < "3.15" and name.rpartition(".")[2].startswith(NEEDS_CANCEL)


def told(full: str, tried: Tried) -> str:
    """Return what came out as lines."""
    lines = [f"CPython {full}"]
    for name, exact in tried.exact.items():
        page = ", and its context is in the documentation" if name in tried.documentation else ""
        lines.append(f"  {name} applies{'' if exact else ', with one line of context'}{page}")
    ended = ", ".join(f"{count:,} {end}" for end, count in tried.old.items())
    which = "of task groups" if tried.quick else "of asyncio"
    lines.append(f"  tests {which} before: {ended}; of those that passed, {len(tried.broken)} fail now")
    guards = tried.new - tried.failing_first
    lines.append(f"  new tests: {tried.new} pass; {tried.failing_first} fail without the patches, {guards} are guards")
    for name, (before, after) in tried.groups.items():
        wrong = f"{before.wrong} of {before.schedules} schedules before, {after.wrong} of {after.schedules} now"
        lines.append(f"  a group in a clean-up, {name}: wrong in {wrong}")
    for kind, verdicts in (("checked", tried.checked), ("proved", tried.proved)):
        for function, found in verdicts.items():
            counts = Counter(found.values())
            lines.append(f"  {function} {kind}: " + ", ".join(f"{count} {said}" for said, count in counts.items()))
    return "\n".join([*lines, *(f"  WRONG: {each}" for each in tried.wrong)])


def _write(file: Path, full: str, tried: Tried) -> None:
    """Write what came out on one interpreter into the document; what it has of others stays."""
    document = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    document[full] = asdict(tried)
    file.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _apply_to(tree: Path) -> int:
    if not (tree / "Doc" / "library" / "asyncio-task.rst").exists():
        print(f"{tree} is no source tree of CPython: it has no Doc/library/asyncio-task.rst")
        return 2
    try:
        in_a_tree(tree, ROOT / "build" / "cpython" / "tree")
    except TrialError as problem:
        print(problem)
        return 1
    print(f"{', '.join(patch.name for patch in PATCHES)}: all of it applies, in either order, to {tree}")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Try all; print and write what came out."""
    parser = argparse.ArgumentParser(prog="paper/cpython/trial.py", description="Try the patches for CPython.")
    parser.add_argument("--python", action="append", metavar="PATH", help="this interpreter alone; repeatable")
    parser.add_argument(
        "--write", metavar="FILE", type=Path, help="write the results as JSON, beside those of other versions"
    )
    parser.add_argument("--quick", action="store_true", help="of the old tests only those of task groups")
    parser.add_argument(
        "--tree", metavar="DIR", type=Path, help="apply the patches to a copy of this source tree; no more"
    )
    options = parser.parse_args(arguments)
    if options.tree:
        return _apply_to(options.tree)
    if options.python:
        found = {version_of(path): path for path in options.python}
    else:
        found = {full: path for version in VERSIONS for full, path in interpreters(version).items()}
    results: dict[str, Tried] = {}
    for full, python in found.items():
        try:
            results[full] = try_on(python, full, quick=options.quick)
        except TrialError as problem:
            print(f"CPython {full}: not tried: {problem}")
        else:
            print(told(full, results[full]), flush=True)
            if options.write:
                _write(options.write, full, results[full])
    if not results:
        print("no CPython from 3.13 on was tried; `make cpython` fetches 3.14 and 3.15 where Debian has them")
    return 0 if results and not any(each.wrong for each in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
