"""The machine against real tasks on stock asyncio, on every Python found: each edge, one callback at a time.

By default a part of the candidates is driven; TREADLE_CONFORMANCE=full drives all of them in all situations. What the
models refute is played in full.
"""

from __future__ import annotations

import sys

from pythons import FULL, drive, every_kind, every_version, found_or_skip, interpreters, sample

PART = [
    *(f"--candidate={name}" for name in ("treadle-await", "taskgroup", "gathering")),
    *(f"--situation={name}" for name in ("plain", "pending", "uncancel/0", "timeout", "eager")),
]


@every_kind
@every_version
def test_every_edge_of_the_machine_is_what_real_tasks_do(version: str, kind: str) -> None:
    sample(version)
    found = found_or_skip(version)
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
    options = ["--candidate=treadle-await", "--situation=uncancel/0", "--events=3", f"--version={other}"]
    assert drive(sys.executable, *options, comparison="machine.py")["differences"] > 100


@every_version
def test_every_edge_of_what_differs_from_3_14_on_is_what_real_tasks_do(version: str) -> None:
    """`shield` has one more callback, and a task group hears of a task that is done later."""
    options = ["--candidate=later-shield", "--situation=plain", "--situation=eager", "--candidate=taskgroup"]
    for python in interpreters(version).values():
        summary = drive(python, *options, comparison="machine.py")
        assert summary["differences"] == 0, "\n".join(summary["examples"])
        assert summary["edges"] > 300


@every_kind
@every_version
def test_what_the_models_refute_is_violated_by_real_tasks(version: str, kind: str) -> None:
    """Each recorded refutation, on the stock loop."""
    found = found_or_skip(version)
    for python in found.values():
        summary = drive(python, "--task", kind, comparison="refuted.py")
        assert summary["differences"] == 0, "\n".join(summary["examples"])
        assert summary["schedules"] > 700


def test_without_its_choices_a_refutation_shows_nothing() -> None:
    """The control: most properties hold where nobody does anything."""
    summary = drive(sys.executable, "--spoil", comparison="refuted.py")
    assert summary["differences"] > summary["schedules"] // 2
