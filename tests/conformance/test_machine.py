"""The machine against real tasks on stock asyncio, on every Python found: each edge, one callback at a time.

By default a part of the candidates is driven; TREADLE_CONFORMANCE=full drives all of them in all situations.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from pythons import HERE, ROOT, VARIABLE, VERSIONS, interpreters

FULL = os.environ.get("TREADLE_CONFORMANCE") == "full"
PART = [
    *(f"--candidate={name}" for name in ("treadle-await", "rrevans-wait", "taskgroup")),
    *(
        f"--situation={name}"
        for name in ("plain", "pending", "third-party", "uncancel/0", "timeout", "eager", "nested")
    ),
]


def drive(python: str, *options: str) -> dict[str, Any]:
    path = os.pathsep.join(str(ROOT / folder) for folder in ("harness", "models"))
    answer = subprocess.run(
        [python, HERE / "machine.py", *options],
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    summary: dict[str, Any] = json.loads(answer.stdout)
    return summary


@pytest.mark.parametrize("kind", ["C", "Py"])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_edge_of_the_machine_is_what_real_tasks_do(version: str, kind: str) -> None:
    found = interpreters(version)
    if not found:
        pytest.skip(f"no Python {version} here; name one in {VARIABLE} to compare with it")
    for full, python in found.items():
        summary = drive(python, "--task", kind, *([] if FULL else PART))
        told = "{python} {task}: {edges:,} edges, {callbacks:,} callbacks, {differences:,} differ".format(**summary)
        sys.stdout.write(told + "\n")  # shown by pytest -rP
        assert summary["python"] == full
        assert summary["differences"] == 0, "\n".join([told, *summary["examples"]])
        assert summary["edges"] > 2_000


def test_with_the_version_switch_of_another_python_the_machine_differs() -> None:
    python = sys.version_info[:2]
    other = "3.12" if python >= (3, 13) else "3.13"
    options = ["--candidate=treadle-await", "--situation=uncancel/0", "--events=2", f"--version={other}"]
    assert drive(sys.executable, *options)["differences"] > 0
