"""Explore the test suites of libraries, as published and unedited: `make explored`.

Each suite of `suites` runs three times: under its own plugin, with `--treadle`, and with one cancellation
(`--treadle-cancel=1`). What was looked at and found goes to `build/explored.json`, with versions, or to the file that
`--write` names. Nothing of that is a verdict on a library before somebody has looked at it.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from suites import BUILD, SUITES, Suite, fetch, run_tests

WAYS = {"alone": (), "explored": ("--treadle",), "cancelled": ("--treadle-cancel=1",)}
_AT_MOST = 1_800  # seconds for one suite in one way


def run(suite: Suite, folder: Path, way: str, seconds: float) -> dict[str, Any]:
    """Run a suite in one way; return how its tests ended, how long that took, and what was found."""
    junit, report = (BUILD / f"{suite.name}-{way}.{kind}" for kind in ("xml", "json"))
    for each in (junit, report):
        each.unlink(missing_ok=True)
    options = ("-p", "treadle.pytest_plugin", "--treadle-forget", f"--treadle-seconds={seconds:g}")
    more = (*options, f"--treadle-report={report}", *WAYS[way]) if WAYS[way] else ()
    began = time.perf_counter()
    answer = run_tests(suite, folder, junit, *more, "--timeout=120", seconds=_AT_MOST)
    took = time.perf_counter() - began
    (BUILD / f"{suite.name}-{way}.txt").write_text(answer.stdout + answer.stderr)
    ends: Counter[str] = Counter()
    for case in ET.parse(junit).iter("testcase") if junit.exists() else ():  # noqa: S314 - it was written just now
        ends[next((each.tag for each in case if each.tag in ("failure", "error", "skipped")), "passed")] += 1
    told: dict[str, Any] = {"ends": dict(sorted(ends.items())), "seconds": round(took, 1)}
    if report.exists():
        tests = json.loads(report.read_text(encoding="utf-8"))["tests"]
        kinds = Counter(found["property"] for each in tests for found in each["found"])
        told["explored"] = len(tests)
        told["more than one schedule"] = sum(each["schedules"] > 1 for each in tests)
        told["schedules"] = sum(each["schedules"] for each in tests)
        told["executions"] = sum(each["executions"] for each in tests)
        told["cut off"] = sum(each["search"] not in {"exhausted", "bounded"} for each in tests)
        told["found"] = dict(sorted(kinds.items()))
    return told


def main() -> None:
    """Run all suites, or those that are named, and write what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--write", type=Path, default=BUILD.parent / "explored.json")
    options = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {}
    for suite in SUITES:
        folder = fetch(suite.name, suite.version) if not options.names or suite.name in options.names else None
        if folder is None:
            continue
        found[folder.name] = {way: run(suite, folder, way, options.seconds) for way in WAYS}
        print(f"{folder.name}")
        for way, told in found[folder.name].items():
            print(f"    {way:10} {json.dumps(told)}")
    text = json.dumps({"python": platform.python_version(), "suites": found}, indent=1)
    options.write.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
