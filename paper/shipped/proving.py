"""Prove helpers as they ship, in every situation, and record what is settled and what stands in the way.

    PYTHONPATH=paper python -m shipped.proving [NAME ...]

Each is proved by the interpreter of its own environment, as `make shipped` makes it, with the solver beside it; real
tasks go along. A helper is *settled* if each property is proved, refuted or not exercised in every situation. With
names, only those are proved, and the others stay as recorded.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any, TypedDict

from shipped.entries import BUILD, ROOT, Helper, read
from shipped.environments import InstallError, python_of
from shipped.judging import adapter_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RECORDED = ROOT / "paper" / "shipped" / "proofs.json"
PACKAGES = (
    *("aiostream", "aiotools", "asyncua", "counterweight", "ensuretaskcanceled", "frequenz-sdk", "kopf", "later"),
    *("parfive", "py-asyncutils", "quart", "sanic", "sdsstools", "Telethon"),
)
"""Those whose helpers are proved: of each algorithm that is shipped some."""
_SECONDS = 1_800


Json = dict[str, Any]


class Recorded(TypedDict):
    """What is recorded of a helper: properties with situations, as one text, and by reason what is unknown."""

    package: str
    version: str
    python: str
    settled: bool
    proved: dict[str, str]
    refuted: dict[str, str]
    unknown: dict[str, dict[str, str]]
    schedules: int


def main(names: Sequence[str]) -> int:
    """Prove, record, and say how many are settled."""
    known: dict[str, Recorded] = json.loads(RECORDED.read_text(encoding="utf-8")) if RECORDED.is_file() else {}
    helpers = [each for each in read().helpers if each.package in PACKAGES and not each.unjudged]
    for helper in helpers:
        if names and not any(name.lower() in helper.name.lower() for name in names):
            continue
        print(helper.name, file=sys.stderr, flush=True)
        known[helper.name] = _prove(helper)
        every = {each.name: known[each.name] for each in helpers if each.name in known}
        RECORDED.write_text(json.dumps(every, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    every = {each.name: known[each.name] for each in helpers if each.name in known}
    settled = [name for name, each in every.items() if each["settled"]]
    print(f"{len(settled)} of {len(every)} helpers are settled in every situation: {', '.join(settled)}")
    for name, each in every.items():
        for reason in each["unknown"]:
            print(f"  {name}: {reason}")
    return 0


def _prove(helper: Helper) -> Recorded:
    try:
        python = python_of(helper)
    except InstallError as error:
        return _recorded(helper, {}, str(error))
    folders = [ROOT / "harness", ROOT / "models", _solver()]
    file = adapter_file(helper).relative_to(ROOT)
    command = [python, "paper/shipped/inside.py", f"{file}:stop"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return _recorded(helper, {}, f"there was no answer within {_SECONDS} seconds")
    if done.returncode:
        return _recorded(helper, {}, (done.stderr.strip().splitlines() or ["no answer"])[-1])
    return _recorded(helper, json.loads(done.stdout), "")


def _recorded(helper: Helper, told: Json, problem: str) -> Recorded:
    situations = told.get("situations", {})
    found: dict[str, dict[str, str]] = {"proved": {}, "refuted": {}}
    unknown: dict[str, dict[str, str]] = {_plain(problem): {}} if problem else {}
    for situation, verdicts in situations.items():
        for verdict, properties in verdicts.items():
            for each, reason in properties.items():
                of = unknown.setdefault(_plain(reason), {}) if verdict == "unknown" else found[verdict]
                of[each] = f"{of[each]}, {situation}" if each in of else situation
    return {
        "package": helper.package,
        "version": helper.version,
        "python": str(told.get("python", "")),
        "settled": not unknown,
        "proved": found["proved"],
        "refuted": found["refuted"],
        "unknown": unknown,
        "schedules": int(str(told.get("schedules", 0))),
    }


def _plain(reason: str) -> str:
    """Return a reason without the folders of this machine: places in packages, and from the project's folder on."""
    return re.sub(r"\S*/(?:site-packages/|(?=build/shipped/))", "", reason.replace(f"{ROOT}{os.sep}", ""))


def _solver() -> Path:
    """Return a folder with the solver, and what the checker itself needs, for interpreters that have neither."""
    folder = BUILD / "proving"
    if not (folder / "z3").is_dir():
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        known = ["-c", str(ROOT / "constraints.txt")]
        subprocess.run([*pip, "--target", str(folder), *known, "z3-solver", "rich"], check=True)
    return folder


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
