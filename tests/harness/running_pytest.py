"""Run pytest on small files, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


_PLUGINS = {
    "hypothesispytest": "hypothesis",
    "xdist": "-n ",
    "xdist.looponfail": "",
    "frontrun": "",  # this one and the next are peers in the benchmarks
    "detangle": "",
}
"""Plugins with the word in the file or among the options that shows that they are used, if any does."""


def run_pytest(
    folder: Path, text: str, *options: str, file: str = "test_it.py", forget: bool = True
) -> subprocess.CompletedProcess[str]:
    """Write a file and run it, with nothing known of a run before unless one must not `forget`.

    Under CI pytest tells more in its summary, so it does not hear of that. Plugins that the file has no use for are
    not loaded: they take as long as all the rest.
    """
    (folder / file).write_text(text, encoding="utf-8")
    unused = [each for each, needed in _PLUGINS.items() if not (needed and needed in f"{text} {' '.join(options)} ")]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", "."]
    told = {name: value for name, value in os.environ.items() if name not in ("CI", "BUILD_NUMBER")}
    blocked = [part for each in unused for part in ("-p", f"no:{each}")]
    arguments = [*command, *blocked, *["--treadle-forget"] * forget, *options, file]
    return subprocess.run(arguments, cwd=folder, env=told, capture_output=True, text=True, check=False)


def outcomes_of(folder: Path, text: str, *options: str) -> dict[str, tuple[str, str]]:
    """Run a file; return for each test `passed`, `failed`, `error` or `skipped`, as JUnit has it, and what was said."""
    report = folder / "report.xml"
    run = run_pytest(folder, text, f"--junitxml={report}", *options)
    assert report.exists(), run.stdout + run.stderr
    found = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest has just written it
        outcome, said = "passed", ""
        for kind in ("failure", "error", "skipped"):
            each = case.find(kind)
            if each is not None:
                outcome = "failed" if kind == "failure" else kind
                said = f"{each.get('message')}\n{each.text}"
        found[str(case.get("name"))] = outcome, said
    return found


def table_of(said: str) -> list[str]:
    """Return the lines of the table at the end and of what stands below it, each with single spaces."""
    _, _, rest = said.partition(" treadle ====")
    table = rest.partition("\n")[2].partition("====")[0]
    return [" ".join(line.split()) for line in table.splitlines()]
