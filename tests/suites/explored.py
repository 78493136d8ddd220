"""Explore the test suites of libraries, as published and unedited: `make explored`.

    python tests/suites/explored.py [NAME ...] [--seconds S] [--write FILE]

Each suite of `suites` runs three times: under its own plugin, with `--treadle`, and with one cancellation
(`--treadle-cancel=1`). What was looked at and found goes to the file that `--write` names (`build/explored.json` unless
given), and what pytest said to `build/suites/NAME-WAY.txt`. What is known of a suite is kept in
`build/suites/NAME.json`: the same command goes on where it was cut short, as long as the checker has not changed.

Nothing of that is a verdict on a library before somebody has looked at it: see `findings.md` beside this file.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from suites import BUILD, ROOT, SUITES, Suite, fetch, run_tests

WAYS = {"alone": (), "explored": ("--treadle",), "cancelled": ("--treadle-cancel=1",)}
ENDED = {"exhausted", "bounded"}  # see `treadle.explorer.Ended`
_AT_MOST = 900  # seconds for one suite in one way
_FIVE = 5.0


@dataclass(frozen=True, slots=True)
class End:
    """How a test ended, after how many seconds; how its search did, if it was explored, and if that found anything."""

    how: str
    seconds: float
    search: str = ""
    found: bool = False


Ends = dict[str, End]


def run(suite: Suite, folder: Path, way: str, seconds: float) -> tuple[Ends, float, list[dict[str, Any]]]:
    """Run a suite in one way; return how its tests ended, how long that took, and what the report has of each."""
    junit, report = BUILD / f"{suite.name}-{way}.xml", BUILD / f"{suite.name}-{way}.report.json"
    for each in (junit, report):
        each.unlink(missing_ok=True)
    options = (
        "-p",
        "treadle.pytest_plugin",
        f"--treadle-report={report}",
        "--treadle-forget",
        f"--treadle-seconds={seconds:g}",
    )
    # A timer of pytest-timeout's would be the one by which Treadle notices a step that does not end.
    more = (*options, *WAYS[way]) if WAYS[way] else ("--timeout=120",)
    began = time.perf_counter()
    try:
        answer = run_tests(suite, folder, junit, *more, outside=True, seconds=_AT_MOST)
        said = answer.stdout + answer.stderr
    except subprocess.TimeoutExpired as late:
        said = f"{(late.stdout or b'').decode(errors='replace')}\n\nended after {_AT_MOST} seconds"
    took = time.perf_counter() - began
    (BUILD / f"{suite.name}-{way}.txt").write_text(said)
    ends: Ends = {}
    for case in ET.parse(junit).iter("testcase") if junit.exists() else ():  # noqa: S314 - it was written just now
        how = next((each.tag for each in case if each.tag in ("failure", "error", "skipped")), "passed")
        told = {each.get("name"): each.get("value") for each in case.iter("property")}
        search, found = told.get("treadle_search") or "", "treadle_found" in told
        ends[f"{case.get('classname')}.{case.get('name')}"] = End(how, float(case.get("time") or 0), search, found)
    if not ends:
        message = f"{suite.name}: no test has ended ({way}). The last that pytest said:\n\n{said[-2000:]}"
        raise SystemExit(message)
    tests = json.loads(report.read_text(encoding="utf-8"))["tests"] if report.exists() else []
    return ends, took, tests


def look(suite: Suite, folder: Path, seconds: float) -> dict[str, Any]:
    """Run a suite in all ways; return what came of it."""
    told: dict[str, Any] = {"version": suite.version}
    alone: Ends = {}
    alone_took = 0.0
    for way in WAYS:
        ends, took, tests = run(suite, folder, way, seconds)
        counts = Counter(end.how for end in ends.values())
        told[way] = {"ends": dict(sorted(counts.items()))}
        if way == "alone":
            alone, alone_took = ends, took
            continue
        worse = [end for name, end in ends.items() if end.how != "passed" and alone.get(name, end).how == "passed"]
        told[way] |= _summed(tests, ends)
        told[way]["passed alone, and not here"] = len(worse)
        told[way]["... and nothing was found in it"] = sum(not end.found for end in worse)
        told[way]["times as long as alone"] = round(took / alone_took, 1)
    return told


def _summed(tests: list[dict[str, Any]], ends: Ends) -> dict[str, Any]:
    """Sum up what the report has of each test that was explored."""
    finished = [end for end in ends.values() if end.search in ENDED]
    return {
        "explored": len(tests),
        "more than one schedule": sum(each["schedules"] > 1 for each in tests),
        "schedules": sum(each["schedules"] for each in tests),
        "executions": sum(each["executions"] for each in tests),
        "cut off": len(tests) - len(finished),
        "finished within five seconds": sum(end.seconds <= _FIVE for end in finished),
        "found": dict(sorted(Counter(found["property"] for each in tests for found in each["found"]).items())),
        "tests with findings": sum(bool(each["found"]) for each in tests),
    }


def checker() -> str:
    """Return a digest of the checker and of this measurement: what was found by another is not taken for its work."""
    digest = hashlib.sha256()
    for path in sorted([*(ROOT / "harness").rglob("*.py"), *(ROOT / "tests" / "suites").glob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def known(suite: Suite, folder: Path, seconds: float) -> dict[str, Any]:
    """Return what came of a suite, from the file that keeps it if that is of the same checker."""
    kept = BUILD / f"{suite.name}.json"
    made_by = {"checker": checker(), "folder": folder.name, "seconds": seconds}
    if kept.exists():
        read: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        if read["by"] == made_by:
            told: dict[str, Any] = read["told"]
            return told
    told = look(suite, folder, seconds)
    kept.write_text(json.dumps({"by": made_by, "told": told}, indent=1), encoding="utf-8")
    return told


def total(suites: dict[str, Any]) -> dict[str, Any]:
    """Add up what all suites have in common."""
    summed: dict[str, Any] = {"suites": len(suites)}
    for way, options in WAYS.items():
        ends: Counter[str] = Counter()
        numbers: Counter[str] = Counter()
        found: Counter[str] = Counter()
        for each in suites.values():
            ends.update(each[way]["ends"])
            found.update(each[way].get("found", {}))
            numbers.update({name: value for name, value in each[way].items() if isinstance(value, int)})
        summed[way] = {"ends": dict(sorted(ends.items())), **numbers}
        if options:
            summed[way]["found"] = dict(sorted(found.items()))
    return summed


def main() -> None:
    """Run all suites, or those that are named, and write what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seconds", type=float, default=_FIVE)
    parser.add_argument("--write", type=Path, default=BUILD.parent / "explored.json")
    options = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {}
    for suite in SUITES:
        folder = fetch(suite.name, suite.version) if not options.names or suite.name in options.names else None
        if folder is None:
            continue
        found[suite.name] = known(suite, folder, options.seconds)
        print(f"{folder.name}")
        for way in WAYS:
            print(f"    {way:10} {json.dumps(found[suite.name][way])}", flush=True)
    told = {
        "python": platform.python_version(),
        "seconds for a test": options.seconds,
        "total": total(found),
        "suites": found,
    }
    options.write.write_text(f"{json.dumps(told, indent=1)}\n", encoding="utf-8")
    print(json.dumps(told["total"], indent=1))


if __name__ == "__main__":
    main()
