"""The message of a failed test: counterexamples, how the search ended, and the command that replays a schedule."""

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
    """Return the message of a test; `parted` says where it ran other lines when it was run again.

    A test whose arguments Hypothesis draws is not `replayable` from a token.
    """
    text = describe(explored, replay=lambda _, token: command(item, token, replayable=replayable))
    if explored.stopped and "".join(explored.stopped.split()) not in "".join(text.split()):  # `describe` breaks lines
        text += f"\n\nthe search was cut off: {explored.stopped}"
    if parted:
        text += (
            "\n\nThe first schedule was run again after all others, and the test ran differently: "
            f"{parted}. So these are not schedules of one and the same test: something is kept from one to the next."
        )
    if parted or explored.stopped.startswith("nondeterminism"):
        text += likely_cause(item)
    return printable_lines(text)


def to_show(explored: Explored, item: pytest.Function, *, replayable: bool) -> str:
    """Return all that a page shows of the findings of a test, as text that can be sent to another process."""
    commands = [
        "" if each.token is None else command(item, str(each.token), replayable=replayable)
        for each in explored.violations
    ]
    return json.dumps({"explored": as_json(explored), "commands": commands})


def command(item: pytest.Function, token: str, *, replayable: bool) -> str:
    """Return the command that replays one schedule of a test."""
    if not replayable:
        return "run the test case that Hypothesis prints"
    options = "".join(f" {quoted(each)}" for each in options_of(item.config)) * (not is_marked(item))
    return f"pytest{options} {quoted(_from_here(item))} {_quoted('--treadle-token=' + token)}"


def _from_here(item: pytest.Function) -> str:
    """Return the name of a test as on the command line, relative to where pytest was started."""
    _, colons, rest = item.nodeid.partition("::")
    return os.path.relpath(item.path, item.config.invocation_params.dir) + colons + rest


def _quoted(text: str) -> str:
    """Quote a word for a shell, also where it needs no quotes, so that all tokens look alike."""
    word = quoted(text)
    return word if word != text else f"'{text}'"
