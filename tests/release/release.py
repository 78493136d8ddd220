"""What must be true of a release, tried before there is one: `make release-check`.

The version is the same everywhere. A wheel and a source package are built, the page of the package renders. The wheel
is installed into an empty environment of each Python that is found, and there the main job and a marked test run. Where
a Python cannot make an environment, as one that was unpacked but not installed, an empty folder takes its place.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

from pythons import VERSIONS, interpreters

ROOT = Path(__file__).parents[2]
BOUNDS = ("--events", "2", "--steps", "2")  # for which there are records of every version
_MARKED = """
import asyncio
import pytest

@pytest.mark.treadle(events=1)
async def test_holds(treadle_env):
    task = treadle_env.cancellable(asyncio.create_task(asyncio.sleep(1)))
    await asyncio.wait([task])
    assert task.done()

@pytest.mark.treadle(events=1)
async def test_fails(treadle_env):
    task = treadle_env.cancellable(asyncio.create_task(asyncio.sleep(1)))
    await asyncio.wait([task])
    assert not task.cancelled()
"""


def versions(root: Path) -> dict[str, str]:
    """Return the version that each place names."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    said = {"pyproject.toml": project["version"]}
    places = {
        "harness/treadle/__init__.py": r'^__version__ = "(.+)"$',
        "CITATION.cff": r"^version: (.+)$",
        "paper/treadle.bib": r"^  version = \{(.+)\},$",
        "CHANGELOG.md": r"^## (\S+)",
    }
    for place, pattern in places.items():
        found = re.search(pattern, (root / place).read_text(encoding="utf-8"), re.MULTILINE)
        said[place] = found[1] if found else "none"
    return said


def missing_from(wheel: Path, root: Path) -> set[str]:
    """Return the files of the packages that a wheel has not."""
    there = set(zipfile.ZipFile(wheel).namelist())
    folders = [root / "harness" / "treadle", root / "models" / "treadle_models"]
    files = [(folder, each) for folder in folders for each in folder.rglob("*") if each.is_file()]
    wanted = {str(each.relative_to(folder.parent)) for folder, each in files if "__pycache__" not in each.parts}
    return wanted - there


def run(*command: str | Path, cwd: Path, path: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, away from the checkout; `path` is its PYTHONPATH."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    variables |= {"PYTHONPATH": path} if path else {}
    given = [str(each) for each in command]
    return subprocess.run(given, cwd=cwd, capture_output=True, text=True, check=False, env=variables)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the wheel is installed and used: the Python that runs there, two commands, and a PYTHONPATH if needed."""

    python: str | Path
    install: tuple[str | Path, ...]
    treadle: tuple[str | Path, ...]
    path: str = ""


def empty_place(python: str | Path, version: str, folder: Path) -> Place:
    """Make an empty environment of a Python in a folder; an empty folder, where the Python cannot make one."""
    pip = (sys.executable, "-m", "pip")
    install: tuple[str | Path, ...]
    inside = folder / "env" / "bin" / "python"
    # Without pip, which some systems leave out of Python: the pip of this Python installs into the environment.
    made = run(python, "-m", "venv", "--without-pip", folder / "env", cwd=folder)
    is_inside = "import sys; sys.exit(sys.prefix == sys.base_prefix)"
    if not made.returncode and not run(inside, "-c", is_inside, cwd=folder).returncode:
        install = (*pip, "--python", inside, "install")
        return Place(python=inside, install=install, treadle=(folder / "env" / "bin" / "treadle",))
    site = folder / "site"
    # An old pip does not run on a new Python, but can install for it.
    install = (*pip, "install", "--target", site, "--python-version", version, "--only-binary=:all:")
    return Place(python=python, install=install, treadle=(python, "-m", "treadle"), path=str(site))


def try_on(wheel: Path, place: Place, folder: Path) -> str:
    """Install the wheel into an empty place and use it; return what is wrong, or nothing."""
    installed = run(*place.install, "-q", wheel, "pytest>=9,<9.2", cwd=folder)
    if installed.returncode:
        return f"it cannot be installed: {installed.stderr.strip()[-400:]}"
    checked = run(*place.treadle, "check", *BOUNDS, "--json", cwd=folder, path=place.path)
    if checked.returncode:
        return f"`treadle check` ends with {checked.returncode}: {(checked.stderr or checked.stdout)[-400:]}"
    unlike = [each for each in json.loads(checked.stdout)["results"] if each["expected"] not in (None, each["verdict"])]
    if unlike:
        return f"{len(unlike)} verdicts are not as recorded"
    (folder / "test_marked.py").write_text(_MARKED, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    tested = run(place.python, "-m", "pytest", "-q", "test_marked.py", cwd=folder, path=place.path)
    return "" if "1 failed, 1 passed" in tested.stdout else f"the marked tests: {tested.stdout[-400:]}"


def build(folder: Path) -> list[Path]:
    """Build both packages into a folder that is empty before."""
    for old in folder.glob("treadle-*"):
        old.unlink()
    built = run(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=ROOT)
    if built.returncode:
        sys.exit(f"the packages cannot be built: {built.stderr[-800:] or built.stdout[-800:]}")
    return sorted(folder.glob("treadle-*"))


def main() -> int:
    """Run all of it; return 1 where something is wrong."""
    named = versions(ROOT)
    problems = [f"{place} says {said}" for place, said in named.items() if said != named["pyproject.toml"]]
    folder = ROOT / "build" / "dist"
    folder.mkdir(parents=True, exist_ok=True)
    packages = build(folder)
    wheel = next(each for each in packages if each.suffix == ".whl")
    problems += [f"the wheel has no {each}" for each in sorted(missing_from(wheel, ROOT))]
    rendered = run(sys.executable, "-m", "twine", "check", "--strict", *packages, cwd=ROOT)
    problems += [f"the page of the package: {rendered.stdout[-400:]}"] if rendered.returncode else []
    for version in VERSIONS:
        for full, python in interpreters(version).items():
            with tempfile.TemporaryDirectory() as there:
                place = empty_place(python, version, Path(there))
                said = try_on(wheel, place, Path(there))
            where = " into a folder" if place.path else ""
            print(f"Python {full}: {said or f'installed{where}, judged as recorded, marked tests as they should be'}")
            problems += [f"Python {full}: {said}"] if said else []
        if not interpreters(version):
            print(f"Python {version}: not found, so not tried")
    print("\n".join(problems) or f"{', '.join(each.name for each in packages)}: nothing stands in the way of a release")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
