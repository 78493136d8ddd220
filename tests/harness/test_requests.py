"""Who cancels whom, as a recorded play tells it."""

from __future__ import annotations

import asyncio
import gc

import pytest

from treadle.check import Counterexample, Job, judge, replay, resolve_target
from treadle.loop import task_kind
from treadle.recording.requests import Requests
from treadle.schedule import Bounds, TaskKind
from treadle.tokens import Token

LOST = "osipenko-proposal/plain/lost:v1:C.3.3.0001.e3dd96"


def counterexample(token: str) -> Counterexample:
    parsed = Token.parse(token)
    return replay(parsed, resolve_target(parsed.target))


def requests(found: Counterexample) -> list[tuple[str, str, bool, bool]]:
    return [(each.by, each.of, each.forwarded, each.effective) for record in found.trace for each in record.requests]


def test_each_request_names_who_made_it_and_of_whom() -> None:
    assert requests(counterexample(LOST)) == [
        ("controller", "dependency", False, True),
        ("environment", "controller", False, True),
        ("controller", "dependency", True, False),  # the dependency is done: nothing takes it
    ]


@pytest.mark.parametrize("task", ["C", "Py"])
def test_a_cancellation_of_the_caller_is_forwarded_into_what_it_awaits(task: str) -> None:
    with task_kind(TaskKind(task)):
        job = Job(target="tacca-corrected", situation="plain", bounds=Bounds(events=1, steps=1), task=TaskKind(task))
        found = next(each.counterexample for each in judge(job).findings if each.property == "undisturbed")
    assert found is not None
    told = requests(found)
    caused = told.index(("controller", "dependency", True, True))
    assert told[caused - 1][1:] == ("controller", False, True)


def test_what_waits_on_a_future_of_its_own_forwards_nothing() -> None:
    token = "rrevans-wait/plain/joined-always:v1:C.2.2.0034.c06635"
    assert not [each for each in requests(counterexample(token)) if each[2]]


def test_the_state_after_a_record_is_that_before_the_next() -> None:
    found = counterexample(LOST)
    assert found.beginning.queue == ("controller",)
    after_entry = {task.name: task for task in found.trace[0].tasks}
    assert after_entry["controller"].waits_for == "dependency"
    assert after_entry["dependency"].cancelling == 1
    cancelled = {task.name: task for task in found.trace[2].tasks}
    assert cancelled["controller"].must_cancel
    assert found.trace[2].queue == ("controller",)


def test_to_cancel_a_task_that_is_gone_does_nothing() -> None:
    loop = asyncio.new_event_loop()
    future: asyncio.Future[object] = loop.create_future()
    heard = Requests(name=lambda _: "it", running=lambda: "")
    heard.listen(future)
    cancel = future.cancel
    assert cancel()
    assert [each.of for each in heard.take()] == ["it"]
    del future
    gc.collect()
    assert not cancel()
    assert not heard.take()
    loop.close()
