"""Run the command of a claim as a reader would, and say whether it shows what the ledger says."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from treadle.ledger.claim import Evidence

_EXTRAS = {"proofs": "z3", "libraries": "later"}
"""The extras of the package, and for each a module that exists if it is installed."""

_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Shown:
    """The result of a command: `problem` is empty if it showed everything; `skipped` says what is missing to run it."""

    evidence: Evidence
    problem: str
    skipped: str
    output: str


def run_evidence(evidence: Evidence) -> Shown:
    """Run one command with this interpreter and compare its status and output."""
    module = _EXTRAS.get(evidence.needs)
    if module is not None and find_spec(module) is None:
        return Shown(evidence, "", f"needs pip install 'treadle[{evidence.needs}]'", "")
    program, *rest = shlex.split(evidence.command)
    start = [sys.executable, "-m", "treadle"] if program == "treadle" else [sys.executable]
    try:
        done = subprocess.run(  # noqa: S603 - a command of the ledger
            [*start, *rest],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "COLUMNS": "100", "PYTHONUTF8": "1"},
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Shown(evidence, f"no end within {_SECONDS} seconds", "", "")
    return Shown(evidence, _problem(evidence, done), "", done.stdout + done.stderr)


def _problem(evidence: Evidence, done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode != evidence.status:
        return f"it ended with status {done.returncode}, not {evidence.status}"
    found = _unwrapped(done.stdout)
    missing = [each for each in evidence.shows if _unwrapped(each) not in found]
    return f"its output does not say: {missing[0]}" if missing else ""


def _unwrapped(text: str) -> str:
    return " ".join(text.split())
