"""The digest of a trace: it covers who did what and where, and leaves out what may differ between two equal runs."""

from __future__ import annotations

import dataclasses
import json

import pytest

from treadle.trace import Record, SourceLine, TaskState, Trace, digest

STATE = TaskState(name="controller", cancelling=0, must_cancel=False, waits_for="dependency", ended="")
TRACE: Trace = (
    Record(gap=0, who="controller", kind="callback", text="enters the call"),
    Record(gap=1, who="environment", kind="event", text="controller.cancel()", tasks=(STATE,), queue=("dependency",)),
)


def changed(**fields: object) -> Trace:
    return TRACE[0], dataclasses.replace(TRACE[1], **fields)  # type: ignore[arg-type]


def test_a_digest_is_six_hexadecimal_digits() -> None:
    assert len(digest(TRACE)) == len(digest(())) == 6
    int(digest(TRACE), 16)


@pytest.mark.parametrize("change", [{"gap": 2}, {"who": "dependency"}, {"kind": "timer"}, {"text": "a timer fires"}])
def test_another_record_gives_another_digest(change: dict[str, object]) -> None:
    assert digest(changed(**change)) != digest(TRACE)


def test_the_order_of_records_counts() -> None:
    assert digest(TRACE[::-1]) != digest(TRACE)
    assert digest(TRACE[:1]) != digest(TRACE)


def test_where_the_source_stands_does_not_count() -> None:
    assert digest(changed(lines=(SourceLine(file="f.py", number=1, text="pass"),))) == digest(TRACE)


def test_a_record_as_json_is_plain_data() -> None:
    record = changed(lines=(SourceLine(file="f.py", number=1, text="pass"),))[1]
    assert json.loads(json.dumps(record.as_json())) == {
        "gap": 1,
        "who": "environment",
        "kind": "event",
        "text": "controller.cancel()",
        "lines": [{"file": "f.py", "number": 1, "text": "pass"}],
        "raised": None,
        "requests": [],
        "tasks": [
            {
                "name": "controller",
                "cancelling": 0,
                "must_cancel": False,
                "waits_for": "dependency",
                "ended": "",
                "callbacks": 0,
            }
        ],
        "queue": ["dependency"],
    }
