"""What a failed test says: the counterexamples, how the search ended, and the command that runs one schedule again."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from treadle.programs import as_json, describe
from treadle.pytest_plugin.fixtures import likely_cause
from treadle.pytest_plugin.marked import is_marked
from treadle.pytest_plugin.options import options_of
from treadle.telling import printable_lines, quoted

if TYPE_CHECKING:
    import pytest

    from treadle.programs import Explored


def tell(explored: Explored, item: pytest.Function, parted: str, *, replayable: bool) -> str:
    """Return all that there is to say of a test; `parted` says where it went another way when it was run again.

    One that Hypothesis gives its arguments is not `replayable` from a token.
    """
    text = describe(explored, replay=lambda _, token: command(item, token, replayable=replayable))
    if explored.stopped and "".join(explored.stopped.split()) not in "".join(text.split()):  # lines are broken there
        text += f"\n\nthe search was cut off: {explored.stopped}"
    if parted:
        text += (
            "\n\nThe first schedule was run again after all others, and the test went another way: "
            f"{parted}. So these are not the schedules of one test, as something lives on from one to the next."
        )
    if parted or explored.stopped.startswith("nondeterminism"):
        text += likely_cause(item)
    return printable_lines(text)


def to_show(explored: Explored, item: pytest.Function, *, replayable: bool) -> str:
    """Write down, as text that can cross to another process, all that a page shows of what is wrong with a test."""
    commands = [
        "" if each.token is None else command(item, str(each.token), replayable=replayable)
        for each in explored.violations
    ]
    return json.dumps({"explored": as_json(explored), "commands": commands})


def command(item: pytest.Function, token: str, *, replayable: bool) -> str:
    """Return what to type to run one schedule of a test again."""
    if not replayable:
        return "run the test case that Hypothesis prints"
    options = "".join(f" {quoted(each)}" for each in options_of(item.config)) * (not is_marked(item))
    return f"pytest{options} {quoted(_from_here(item))} {_quoted('--treadle-token=' + token)}"


def _from_here(item: pytest.Function) -> str:
    """Name a test as one does on the command line, where pytest was started."""
    _, colons, rest = item.nodeid.partition("::")
    return os.path.relpath(item.path, item.config.invocation_params.dir) + colons + rest


def _quoted(text: str) -> str:
    """Quote for a shell, and always: a token looks the same whatever is in it."""
    word = quoted(text)
    return word if word != text else f"'{text}'"
