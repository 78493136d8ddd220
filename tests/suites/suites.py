"""Run the test suites of libraries, as published, on the stock loop and on Treadle's, and compare: `make suites`.

Each library is fetched as a source package into `build/suites`, and its own tests run twice in a process of their own.
A test must end alike on both, but for those that `OTHERWISE` names, each with its reason. What cannot be fetched, or
has no tests in its source package, is said and not compared. Exit status 1 where something differs that is not named.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "suites"
LOOPS = ("stock", "treadle")

# Their build systems, so that pip can look at a source package without an environment for each; and what tests import.
TOOLS = (
    *("setuptools>=77", "wheel", "hatchling", "hatch-vcs", "flit-core", "poetry-core", "setuptools-scm", "uv-build"),
    *("pdm-backend", "pytest", "pytest-asyncio", "pytest-mock", "pytest-timeout", "typing-extensions", "trio"),
    *(
        "attrs",
        "hypothesis",
        "idna",
        "sniffio",
        "exceptiongroup",
        "psutil",
        "trustme",
        "truststore",
        "blockbuster",
        "dunamai",
        "aiohttp",
        "aiologic",
        "pytest-aiohttp",
        "pytest-cov",
        "pybreaker",
        "pyjwt",
        "dirty-equals",
        "opentelemetry-api",
        "opentelemetry-sdk",
        "numpy",
    ),
)


# For those whose settings are not in their source package: pytest would look for some up to our own.
_NO_SETTINGS = "[pytest]\nasyncio_mode = auto\n"


@dataclass(frozen=True, slots=True)
class Suite:
    """A library's tests: where they are in its source package, options for pytest, and the last version that has them.

    Where no version is named, that is the newest.
    """

    name: str
    tests: tuple[str, ...] = ("tests",)
    options: tuple[str, ...] = ()
    version: str = ""


_ANYIO = (
    *("test_taskgroups", "test_synchronization", "test_debugging", "test_eventloop", "test_lowlevel"),
    *("streams/test_memory", "streams/test_stapled", "streams/test_buffered"),
)

# Those that need no server of Redis.
_REDIS = (
    *("test_multidb", "test_observability", "test_connect.py", "test_retry.py", "test_usage_counter.py"),
    "test_sentinel_managed_connection.py",
)

SUITES = (
    Suite("aiostream", version="0.8.1"),
    Suite("async-lru", version="2.4.0"),
    Suite("async-timeout", version="5.0.1"),
    Suite("asyncstdlib", ("unittests",), version="3.14.0"),
    Suite("aiorwlock", version="1.4.0"),
    Suite("aiolimiter", version="1.3.0"),
    Suite("anyio", tuple(f"tests/{name}.py" for name in _ANYIO), ("-k", "not trio and not uvloop"), version="4.16.0"),
    Suite("quattro", version="26.1.0"),
    Suite("aiojobs", version="1.4.0"),
    Suite("janus", version="2.0.0", options=("--ignore=tests/test_benchmarks.py",)),
    Suite("aiotools", version="2.2.4", options=("--ignore=tests/test_server.py", "--ignore=tests/test_fork.py")),
    Suite("tenacity", ("tests/test_asyncio.py",), version="9.2.1"),
    Suite("culsans", version="0.11.0"),
    Suite("aiodataloader", ("test_aiodataloader.py",), version="0.4.3"),
    Suite("aiosignal", version="1.4.0"),
    Suite("async-property", version="0.2.2"),
    Suite("asgiref", version="3.13.0"),
    Suite("redis", tuple(f"tests/test_asyncio/{name}" for name in _REDIS), version="8.1.0"),
)

_THREADS = "calls a function in a thread, and Treadle's loop has none"
_REAL_TIME = "measures how long real work takes, and no time passes on Treadle's loop while a callback runs"

OTHERWISE: dict[tuple[str, str], str] = {}
"""Tests that end otherwise, by suite and by the end of their name: with the reason."""


def python() -> Path:
    """Return the interpreter of the environment for all suites; make it where it is missing."""
    path = BUILD / "venv" / "bin" / "python"
    ready = BUILD / "venv" / ".ready"
    if not ready.exists() or ready.read_text() != " ".join(TOOLS):
        subprocess.run([sys.executable, "-m", "venv", "--clear", BUILD / "venv"], check=True)
        subprocess.run([path, "-m", "pip", "install", "--quiet", *TOOLS], check=True)
        ready.write_text(" ".join(TOOLS))
    return path


def fetch(name: str, version: str) -> Path | None:
    """Return the unpacked source package of a library, or None where it cannot be had."""
    numbered = re.escape(version) or "[^-]*"
    stem = re.compile(re.escape(name).replace("\\-", "[-_]") + rf"-{numbered}\.tar\.gz", re.IGNORECASE)

    def archives() -> list[Path]:
        return sorted(path for path in BUILD.glob("*.tar.gz") if stem.fullmatch(path.name))

    if not archives():
        options = ("--no-deps", "--no-build-isolation", "--no-binary", name)
        subprocess.run(
            [python(), "-m", "pip", "download", "--quiet", *options, f"{name}=={version}" if version else name],
            cwd=BUILD,
            check=False,
            capture_output=True,
        )
    found = archives()
    if not found:
        return None
    with tarfile.open(found[-1]) as archive:
        archive.extractall(BUILD, filter="data")
        folder = BUILD / archive.getnames()[0].partition("/")[0]
    about = BUILD / "metadata" / f"{folder.name}.dist-info"  # some look up their own version, as if they were installed
    about.mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / "PKG-INFO", about / "METADATA")
    return folder


def run_tests(
    suite: Suite, folder: Path, report: Path, *options: str, seconds: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a suite as it is, with options for pytest, and have it write a report."""
    (BUILD / "pytest.ini").write_text(_NO_SETTINGS)
    places = (folder / "src", folder, BUILD / "metadata", ROOT / "harness", ROOT / "models", ROOT / "tests" / "suites")
    command: list[str | Path] = [
        *(python(), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "as_before", f"--junitxml={report}"),
        *options,
        *("-o", "addopts=", "-o", "filterwarnings=", *suite.options),
        *(name for name in suite.tests if (folder / name).exists()),
    ]
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places)), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )


def ends(suite: Suite, folder: Path, loop: str) -> dict[str, str]:
    """Run a suite on one loop; return how each test ended."""
    report = BUILD / f"{suite.name}-{loop}.xml"
    report.unlink(missing_ok=True)
    plugins = ("-p", "on_treadle") if loop == "treadle" else ()
    answer = run_tests(suite, folder, report, *plugins, "--timeout=60")
    (BUILD / f"{suite.name}-{loop}.txt").write_text(answer.stdout + answer.stderr)
    if not report.exists():
        return {}
    found = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - it was written by pytest just now
        how = next((each.tag for each in case if each.tag in ("failure", "error", "skipped")), "passed")
        found[f"{case.get('classname')}.{case.get('name')}"] = how
    return found


def compare(suite: Suite) -> int:
    """Run a suite on both loops and say what differs; return how many tests do and are not named."""
    folder = fetch(suite.name, suite.version)
    if folder is None:
        print(f"{suite.name:15} not compared: its source package cannot be had here")
        return 0
    if not any((folder / name).exists() for name in suite.tests):
        print(f"{suite.name:15} not compared: {folder.name} has no tests")
        return 0
    stock, ours = (ends(suite, folder, loop) for loop in LOOPS)
    differ = [name for name, end in stock.items() if ours.get(name) != end] + [
        name for name in ours if name not in stock
    ]
    unnamed = [name for name in differ if not any(suite.name == of and name.endswith(end) for of, end in OTHERWISE)]
    passed = [sum(end == "passed" for end in found.values()) for found in (stock, ours)]
    print(f"{folder.name:22} {len(stock)} tests: {passed[0]} pass on the stock loop, {passed[1]} on Treadle's")
    for name in differ:
        reason = next((why for (of, end), why in OTHERWISE.items() if suite.name == of and name.endswith(end)), "")
        print(f"    {name}: {stock.get(name)} -> {ours.get(name)}   {reason or 'NOT EXPECTED'}")
    if not stock:
        print(f"    nothing ran: see build/suites/{suite.name}-stock.txt")
    return len(unnamed) + (not stock)


def main(*names: str) -> int:
    """Compare all suites, or those that are named."""
    BUILD.mkdir(parents=True, exist_ok=True)
    return int(sum(compare(suite) for suite in SUITES if not names or suite.name in names) > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
