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
import tomllib
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "suites"
LOOPS = ("stock", "treadle")

# Their build systems, so that pip can look at a source package without an environment for each; what tests import; and
# what Treadle itself needs.
TOOLS = (
    *("setuptools>=77", "wheel", "hatchling", "hatch-vcs", "flit-core", "poetry-core", "setuptools-scm", "uv-build"),
    *("pdm-backend", "pytest", "pytest-asyncio", "pytest-mock", "pytest-timeout", "typing-extensions", "trio"),
    *("attrs", "hypothesis", "idna", "sniffio", "exceptiongroup", "psutil", "trustme", "truststore", "blockbuster"),
    *("dunamai", "aiohttp", "aiologic", "pytest-aiohttp", "pytest-cov", "pybreaker", "async-lru", "pyjwt"),
    *("dirty-equals", "opentelemetry-api", "opentelemetry-sdk", "numpy"),
    *tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"],
)


# For those whose settings are not in their source package: pytest would look for some up to our own.
_NO_SETTINGS = "[pytest]\nasyncio_mode = auto\n"


@dataclass(frozen=True, slots=True)
class Suite:
    """A library's tests: which version, where they are in its source package, and options for pytest.

    Those that need an `outside`, threads or sockets, are only explored: the bare loop has none.
    """

    name: str
    version: str
    tests: tuple[str, ...] = ("tests",)
    options: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()


_ANYIO = (
    *("test_taskgroups", "test_synchronization", "test_debugging", "test_eventloop", "test_lowlevel"),
    *("streams/test_memory", "streams/test_stapled", "streams/test_buffered"),
)


def _files(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"tests/{name}.py" for name in names)


# Some of those that need no server of Redis.
_REDIS = (
    *("test_observability", "test_multidb/test_command_executor.py", "test_multidb/test_config.py"),
    *("test_multidb/test_failover.py", "test_multidb/test_failure_detector.py", "test_multidb/test_healthcheck.py"),
)

_NOT_OF_JANUS = ("--ignore=tests/test_benchmarks.py",)

# They start processes of their own.
_NOT_OF_AIOTOOLS = ("--ignore=tests/test_server.py", "--ignore=tests/test_fork.py")

SUITES = (
    Suite("aiostream", "0.8.1"),
    Suite("async-lru", "2.4.0"),
    Suite("async-timeout", "5.0.1"),
    Suite("asyncstdlib", "3.14.0", ("unittests",)),
    Suite("aiorwlock", "1.4.0"),
    Suite("aiolimiter", "1.3.0"),
    Suite("anyio", "4.16.0", _files(_ANYIO), ("-k", "not trio and not uvloop")),
    Suite("quattro", "26.1.0"),
    Suite("tenacity", "9.2.1", ("tests/test_asyncio.py",)),
    Suite("aiodataloader", "0.4.3", ("test_aiodataloader.py",)),
    Suite("aiosignal", "1.4.0"),
    Suite("async-property", "0.2.2"),
    Suite("aiojobs", "1.4.0", (), outside=("tests",)),
    Suite("aiotools", "2.2.4", (), options=_NOT_OF_AIOTOOLS, outside=("tests",)),
    Suite("janus", "2.0.0", (), options=_NOT_OF_JANUS, outside=("tests",)),
    Suite("culsans", "0.11.0", (), outside=("tests",)),
    Suite("redis", "8.1.0", (), outside=tuple(f"tests/test_asyncio/{name}" for name in _REDIS)),
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
    stem = re.compile(re.escape(name).replace("\\-", "[-_]") + rf"-{re.escape(version)}\.tar\.gz", re.IGNORECASE)

    def archives() -> list[Path]:
        return sorted(path for path in BUILD.glob("*.tar.gz") if stem.fullmatch(path.name))

    if not archives():
        options = ("--no-deps", "--no-build-isolation", "--no-binary", name)
        subprocess.run(
            [python(), "-m", "pip", "download", "--quiet", *options, f"{name}=={version}"],
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
    suite: Suite, folder: Path, report: Path, *options: str, outside: bool = False, seconds: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a suite as it is, with options for pytest, and have it write a report."""
    (BUILD / "pytest.ini").write_text(_NO_SETTINGS)
    places = (folder / "src", folder, BUILD / "metadata", ROOT / "harness", ROOT / "models", ROOT / "tests" / "suites")
    command: list[str | Path] = [
        *(python(), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "as_before", f"--junitxml={report}"),
        *options,
        *("-o", "addopts=", "-o", "filterwarnings=", *suite.options),
        *(name for name in (*suite.tests, *(suite.outside if outside else ())) if (folder / name).exists()),
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
    """Compare all suites that can be, or those that are named."""
    BUILD.mkdir(parents=True, exist_ok=True)
    chosen = [suite for suite in SUITES if suite.tests and (not names or suite.name in names)]
    return int(sum(map(compare, chosen)) > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
