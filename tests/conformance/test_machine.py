"""The machine against real tasks on stock asyncio, on every Python found: each edge, one callback at a time.

By default a part of the candidates is driven; TREADLE_CONFORMANCE=full drives all of them in all situations.
"""

from __future__ import annotations

import os
import sys

import pytest
from pythons import VARIABLE, VERSIONS, drive, interpreters

FULL = os.environ.get("TREADLE_CONFORMANCE") == "full"
PART = [
    *(f"--candidate={name}" for name in ("treadle-await", "rrevans-wait", "taskgroup")),
    *(
        f"--situation={name}"
        for name in ("plain", "pending", "third-party", "uncancel/0", "timeout", "eager", "nested")
    ),
]


@pytest.mark.parametrize("kind", ["C", "Py"])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_edge_of_the_machine_is_what_real_tasks_do(version: str, kind: str) -> None:
    found = interpreters(version)
    if not found:
        pytest.skip(f"no Python {version} here; name one in {VARIABLE} to compare with it")
    for full, python in found.items():
        summary = drive(python, "--task", kind, *([] if FULL else PART), comparison="machine.py")
        told = "{python} {task}: {edges:,} edges, {callbacks:,} callbacks, {differences:,} differ".format(**summary)
        sys.stdout.write(told + "\n")  # shown by pytest -rP
        assert summary["python"] == full
        assert summary["differences"] == 0, "\n".join([told, *summary["examples"]])
        assert summary["edges"] > 2_000


def test_with_the_version_switch_of_another_python_the_machine_differs() -> None:
    python = sys.version_info[:2]
    other = "3.12" if python >= (3, 13) else "3.13"
    options = ["--candidate=treadle-await", "--situation=uncancel/0", "--events=2", f"--version={other}"]
    assert drive(sys.executable, *options, comparison="machine.py")["differences"] > 0
