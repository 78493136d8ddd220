"""Get CPythons that are not installed, for the matrix: unpack those of Debian's unstable suite, and install nothing.

    python tests/conformance/newer.py DIR [VERSION ... | --missing]

Prints a path for each of the versions (3.14 and 3.15 unless named) that starts; with `--missing`, only for those that
are found nowhere else. It needs a Debian system, whose own
mirror and keyring it uses, and 150 MB in DIR. The interpreters come with the C library that they were built for; a
small script beside each starts it under that library's own loader, so that nothing of the system is touched. Exit
status 1 if a version could not be had, with the reason; elsewhere `uv python install` or pyenv gives the same.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from pythons import interpreters, version_of

VERSIONS = ("3.14", "3.15")
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_SOURCES = ("sources.list", "sources.list.d/*.list", "sources.list.d/*.sources")


class UnavailableError(Exception):
    """A version cannot be had here; the message says why."""


def mirror(etc: Path = Path("/etc/apt")) -> str:
    """Return the Debian mirror that apt is configured with."""
    for pattern in _SOURCES:
        for file in sorted(etc.glob(pattern)):
            for line in file.read_text(encoding="utf-8").splitlines():
                found = re.search(r"https?://\S+/debian/?(?=\s|$)", line)
                if found and not line.startswith("#"):
                    return found[0]
    problem = "apt has no Debian mirror here; install the versions with `uv python install` or pyenv"
    raise UnavailableError(problem)


def download(folder: Path, versions: tuple[str, ...], *, instead: str = "") -> list[Path]:
    """Let apt fetch the packages and all that they need, with a state of its own; return them.

    With `instead`, one package alone in place of the interpreter: its name, in which {} stands for the version.
    """
    if shutil.which("apt-get") is None or not _KEYRING.exists():
        problem = "this is no Debian system; install the versions with `uv python install` or pyenv"
        raise UnavailableError(problem)
    state = folder / "apt"
    for name in ("lists/partial", "cache/archives/partial"):
        (state / name).mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    (state / "sources.list").write_text(f"deb [signed-by={_KEYRING}] {mirror()} sid main\n", encoding="utf-8")
    settings = {
        "Dir::Etc::sourcelist": state / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State": state,
        "Dir::State::lists": state / "lists",
        "Dir::State::status": state / "status",
        "Dir::Cache": state / "cache",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "1",
    }
    apt = ["apt-get", "-qq", *(word for name, value in settings.items() for word in ("-o", f"{name}={value}"))]
    _run([*apt, "update"])
    if instead:
        archives = state / "cache" / "archives"
        _run([*apt, "download", *(instead.format(version) for version in versions)], cwd=archives)
    else:
        _run([*apt, "--yes", "--download-only", "install", *(f"python{version}" for version in versions)])
    return sorted((state / "cache" / "archives").glob("*.deb"))


def suite(folder: Path, python: str) -> Path:
    """Fetch CPython's own tests for one of these interpreters, which come as a package apart; return `test`.

    `folder` is that of `download`. Raise `UnavailableError` where they are those of another version.
    """
    return _apart(folder, version_of(python), "libpython{}-testsuite", "usr/lib/python{}/test")


def documentation(folder: Path, full: str) -> Path:
    """Fetch the documentation of a version such as 3.15.2, as published; return the folder of its pages.

    `folder` is that of `download`. Raise `UnavailableError` where Debian has that of another version.
    """
    return _apart(folder, full, "python{}-doc", "usr/share/doc/python{}/html")


def _apart(folder: Path, full: str, package: str, inside: str) -> Path:
    version = ".".join(full.split(".")[:2])
    name = package.format(version)
    root = folder / f"{name}-{full}"
    found = root / inside.format(version)
    if not found.exists():
        packages = download(folder, (version,), instead=package)
        mine = [each for each in packages if each.name.startswith(f"{name}_{full}-")]
        if not mine:
            problem = f"Debian has {name} for another version than {full}: fetch the interpreter anew"
            raise UnavailableError(problem)
        unpack(mine[-1:], root)
    return found


def unpack(packages: list[Path], root: Path) -> None:
    """Unpack packages below a folder; nothing of them is run."""
    root.mkdir(parents=True, exist_ok=True)
    for package in packages:
        _run(["dpkg", "-x", str(package), str(root)])


def starter(root: Path, version: str) -> Path:
    """Put a script in the place of an interpreter, which starts it under its own C library; return the script."""
    python = root / "usr" / "bin" / f"python{version}"
    binary = python.with_name(python.name + ".binary")
    if not binary.exists():
        if not python.exists():
            problem = f"the packages have no Python {version}"
            raise UnavailableError(problem)
        python.rename(binary)
    libraries = next(iter(sorted((root / "usr" / "lib").glob("*-linux-gnu*"))))
    loader = next(iter(sorted([*(root / "usr").glob("lib*/ld-linux*"), *libraries.glob("ld-linux*")])))
    words = (str(loader), "--library-path", str(libraries), "--argv0", str(python), str(binary))
    python.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    return python


def _run(command: list[str], cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        problem = f"`{' '.join(command[:1])}` failed: {done.stderr.strip()[-300:]}"
        raise UnavailableError(problem)


def main(arguments: list[str]) -> int:
    """Get the versions; print where they are."""
    if not arguments or arguments[0].startswith("-"):
        print(__doc__)
        return 2
    folder = Path(arguments[0]).resolve()
    versions: tuple[str, ...] = tuple(arguments[1:]) or VERSIONS
    if versions == ("--missing",):
        versions = tuple(version for version in VERSIONS if not interpreters(version))
    if not versions:
        return 0
    status = 0
    try:
        unpack(download(folder, versions), folder / "root")
    except UnavailableError as problem:
        print(f"newer.py: {problem}", file=sys.stderr)
        return 1
    for version in versions:
        try:
            python = starter(folder / "root", version)
            _run([str(python), "-c", f"import asyncio, _asyncio, sys; assert sys.executable == {str(python)!r}"])
        except UnavailableError as problem:
            print(f"newer.py: Python {version}: {problem}", file=sys.stderr)
            status = 1
        else:
            print(python)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
