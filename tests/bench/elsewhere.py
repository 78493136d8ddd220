"""Measure the peers on another interpreter, if some of them do not run on this one.

seedloop wants Python 3.12. Where an interpreter with 3.13 or 3.12 is found, an environment is made for it in `build/`
with the peers that the extra `bench` names, and `peers` runs there: all players in one run, on one version.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests" / "conformance"))

from pythons import interpreters  # noqa: E402 - it is found by the path above

_VERSIONS = ("3.13", "3.12")  # newest first; on later ones Treadle does not tell states apart
_PEERS = ("detangle", "frontrun", "seedloop")


def measure_elsewhere(turns: int) -> dict[str, Any] | str:
    """Return what `peers` measures there, or why it could not."""
    found = [path for version in _VERSIONS for path in interpreters(version).values()]
    if not found:
        return f"no Python {' or '.join(_VERSIONS)} is found here; name one in TREADLE_PYTHONS"
    try:
        return _measure(_environment(found[0]), turns)
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout or "").strip().splitlines()
        return f"{Path(error.cmd[0]).name} failed: {said[-1] if said else 'it said nothing'}"


def _environment(python: str) -> Path:
    """Make an environment of this interpreter, or take the one that is there; return its interpreter."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [each for each in extras["optional-dependencies"]["bench"] if each.startswith(_PEERS)]
    folder = ROOT / "build" / "peers"
    there = folder / "bin" / "python"
    if not there.exists():
        _run(python, "-m", "venv", str(folder))
    _run(str(there), "-m", "pip", "install", "--quiet", "-c", "constraints.txt", *extras["dependencies"], *wanted)
    return there


def _measure(python: Path, turns: int) -> dict[str, Any]:
    measured: dict[str, Any] = json.loads(_run(str(python), "tests/bench/peers.py", "--turns", str(turns)))
    return measured


def _run(*command: str) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / each) for each in ("harness", "models"))}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout
