"""What a trivial marked test costs, beside the same test under pytest-asyncio, in one run of pytest.

    python tests/bench/marked.py [--tests 40] [--turns 5]

Needs `pip install pytest-asyncio`. Prints, for each turn, the milliseconds a test by JUnit's count (setting up, running
and tearing down), and the ratio. The first test of each file is left out: it pays for imports.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

_FILE = """\
import asyncio

import pytest


@pytest.mark.{marker}
@pytest.mark.parametrize("number", range({tests}))
async def test_one(number):
    await asyncio.sleep(0)
"""


def measure(folder: Path, tests: int) -> dict[str, float]:
    """Return the milliseconds a test, by marker."""
    for marker in ("treadle", "asyncio"):
        (folder / f"test_{marker}.py").write_text(_FILE.format(marker=marker, tests=tests + 1), encoding="utf-8")
    options = ["-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", ".", "--junitxml=report.xml"]
    run = subprocess.run([sys.executable, "-m", "pytest", *options], cwd=folder, capture_output=True, check=False)
    if run.returncode:
        sys.exit(run.stdout.decode() + "\nIs pytest-asyncio installed?")
    times: dict[str, list[float]] = {}
    for case in ET.parse(folder / "report.xml").iter("testcase"):  # noqa: S314 - pytest has just written it
        times.setdefault(str(case.get("classname")), []).append(1000 * float(case.get("time", 0)))
    return {name.removeprefix("test_"): sum(each[1:]) / tests for name, each in times.items()}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tests", type=int, default=40, help="tests in each file (default 40)")
    parser.add_argument("--turns", type=int, default=5, help="runs of pytest (default 5)")
    arguments = parser.parse_args()
    ratios = []
    for _ in range(arguments.turns):
        with tempfile.TemporaryDirectory() as folder:
            found = measure(Path(folder), arguments.tests)
        ratios.append(found["treadle"] / found["asyncio"])
        print(f"treadle {found['treadle']:.2f} ms, pytest-asyncio {found['asyncio']:.2f} ms: {ratios[-1]:.2f}")
    print(f"median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
