"""Targets: what a name means, and what is said of one that means nothing."""

from __future__ import annotations

import gc
import re
import shlex
import sys
import textwrap
from pathlib import Path

import pytest
from judging import GOOD, OWNER, Write, finding, job, verdicts

from treadle.check import Verdict, judge, resolve_target
from treadle.errors import MisuseError
from treadle.explorer import Ended
from treadle.situation import parse_situation
from treadle_models.candidates import CANDIDATES, OWNER_EXCLUDES
from treadle_models.spec import PROPERTIES

OWNER_THAT_FAILS = """
import contextlib


@contextlib.asynccontextmanager
async def owner(life):
    raise LookupError
    yield
"""


@pytest.mark.parametrize("name", CANDIDATES)
def test_every_candidate_is_a_target(name: str) -> None:
    target = resolve_target(name)
    candidate = CANDIDATES[name]
    assert target.in_catalogue
    assert (target.name, target.subject.function, target.subject.owner) == (name, candidate.function, candidate.owner)
    assert target.file == ""
    assert sys.modules[target.module].__file__ in target.files
    assert getattr(sys.modules[target.module], target.attribute) is candidate.function


def test_a_function_of_an_installed_module_is_a_target() -> None:
    target = resolve_target("treadle_models.candidates.treadle_wait:treadle_wait")
    assert target.subject.function is CANDIDATES["treadle-wait"].function
    assert not target.in_catalogue
    assert (target.module, target.attribute) == ("treadle_models.candidates.treadle_wait", "treadle_wait")


def test_a_function_in_a_file_is_a_target(write: Write) -> None:
    place = write(GOOD)
    target = resolve_target(f"{place}:good")
    assert (target.name, target.file, target.module, target.attribute) == (f"{place}:good", place, "written", "good")
    assert target.files == {place}
    assert not target.subject.owner
    assert not target.excludes


def test_a_file_may_import_what_stands_beside_it(write: Write) -> None:
    write("DELAY = 0", "beside")
    place = write(GOOD.replace("import asyncio", "import asyncio\nfrom beside import DELAY"))
    assert judge(job(f"{place}:good")).ended is Ended.BOUNDED


def test_a_method_a_partial_and_an_object_with_a_call_are_targets(write: Write) -> None:
    source = """
    import asyncio
    import functools

    class Canceller:
        async def method(self, task):
            task.cancel()
            await asyncio.wait([task])

        async def __call__(self, task):
            await self.method(task)

    an_object = Canceller()

    async def with_options(task, *, message=None):
        task.cancel(message)
        await asyncio.wait([task])

    a_partial = functools.partial(with_options, message="stop")
    """
    place = write(source)
    for name in ("an_object", "an_object.method", "a_partial", "with_options"):
        assert verdicts(judge(job(f"{place}:{name}")))["lost"] is Verdict.HOLDS, name


def test_an_owner_that_fails_leaves_nothing_that_was_never_awaited(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", said.append)
    cell = judge(job(f"{write(OWNER_THAT_FAILS)}:owner"))
    assert cell.stopped.startswith("the call could not be entered: LookupError")
    gc.collect()
    assert not said


def test_a_class_of_context_managers_is_an_owner(write: Write) -> None:
    source = """
    import asyncio

    class Base:
        def __init__(self, coroutine):
            self.coroutine = coroutine

        async def __aenter__(self):
            self.task = asyncio.create_task(self.coroutine)
            return self.task

    class Owner(Base):
        async def __aexit__(self, *_):
            if not self.task.done():
                self.task.cancel()
                await asyncio.wait([self.task])

    class Wide(Owner):
        def __init__(self, coroutine, seconds):
            super().__init__(coroutine)
    """
    place = write(source)
    target = resolve_target(f"{place}:Owner")
    assert target.subject.owner
    assert target.files == {place}
    found = verdicts(judge(job(target.name, events=2)))
    assert (found["lost"], found["requested"], found["prompt"]) == (Verdict.HOLDS,) * 3
    with pytest.raises(MisuseError, match="missing a required argument: 'seconds'"):
        resolve_target(f"{place}:Wide")
    with pytest.raises(MisuseError, match="is neither an async function nor an async context manager"):
        resolve_target(f"{place}:Base")


@pytest.mark.parametrize("name", ["naïve-ta.rget.py", "sched.py", "class.py"])
def test_what_is_in_a_file_that_no_import_finds_gets_its_adapter_at_the_end_of_that_file(
    name: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_text("class Stops:\n    async def stop(task, seconds):\n        task.cancel()\n", encoding="utf-8")
    with pytest.raises(MisuseError) as raised:
        resolve_target(f"{file}:Stops.stop")
    told = str(raised.value)
    assert f"two lines; put them at the end of {file}, and check the adapter instead" in told
    assert "import" not in told.partition("An adapter")[2]
    _, _, advice = told.partition("check the adapter instead:\n")
    code = textwrap.dedent(advice.partition("\n    treadle check")[0])
    compile(code, "adapter", "exec")
    file.write_text(file.read_text(encoding="utf-8") + code, encoding="utf-8")
    assert resolve_target(f"{file}:adapter").attribute == "adapter"
    assert f"treadle check {shlex.quote(str(file))}:adapter" in told


def test_an_owner_in_a_file_is_judged_by_leaving_it(write: Write) -> None:
    target = resolve_target(f"{write(OWNER)}:owner")
    assert target.subject.owner
    cell = judge(job(target.name, events=2))
    found = verdicts(cell)
    assert {found[each.name] for each in PROPERTIES} == {Verdict.HOLDS, Verdict.NOT_EXERCISED}
    assert (found["lost"], found["requested"], found["prompt"]) == (Verdict.HOLDS,) * 3
    assert finding(cell, "requested").exercised > 50
    for situation in ("done/result", "shared", "self", "cleanup/1+future"):
        assert target.excluded(parse_situation(situation)) == f"excluded by its contract: {OWNER_EXCLUDES['self']}"


def test_a_method_without_its_object_is_told_as_that(tmp_path: Path) -> None:
    file = tmp_path / "service.py"
    file.write_text(
        "class Service:\n"
        "    async def shutdown(self):\n        await self.task\n\n"
        "    @staticmethod\n    async def stop(task):\n        task.cancel()\n",
        encoding="utf-8",
    )
    with pytest.raises(MisuseError) as raised:
        resolve_target(f"{file}:Service.shutdown")
    told = str(raised.value)
    assert "is a method: it would get the task as its `self`. Make the object in an adapter." in told
    assert "from service import Service" in told
    assert "await Service(...).shutdown(task)" in told
    assert resolve_target(f"{file}:Service.stop").attribute == "Service.stop"


MISUSE = [
    ("treadle-wiat", "there is no candidate 'treadle-wiat' in the catalogue. Did you mean 'treadle-wait'?"),
    ("", "there is no candidate '' in the catalogue. Name a target of your own as package.module:function"),
    ("module:", "there is no candidate 'module:' in the catalogue."),
    (":function", "there is no candidate ':function' in the catalogue."),
    ("no_such_module:f", "there is no module 'no_such_module' in this environment"),
    ("treadle_models.nothing:f", "there is no module 'treadle_models.nothing' in this environment"),
    ("no/such/file.py:f", "there is no file 'no/such/file.py'; name a target in a file as path/file.py:function"),
    ("{}:godo", "'written' has no 'godo'. Did you mean 'good'?"),
    ("{}:good.inner", "'written' has no 'good.inner'."),
    ("{}:number", "is 7, which cannot be called"),
    ("{}:plain", "is neither an async function nor an async context manager, so it cannot wait for a task."),
    ("{}:plain", "from written import plain\n    async def adapter(task):"),
    ("{}:two", "cannot be called with the task as its only argument: missing a required argument: 'seconds'."),
    ("{}:two", "await two(task)"),
    ("{}:generates", "is an async generator function, which can be iterated over but not awaited."),
    ("{}:generates", "decorate it with @contextlib.asynccontextmanager"),
    ("{}:generates_as_a_method", "is an async generator function"),
    ("{}:none", "cannot be called with the task as its only argument: too many positional arguments."),
]

MISUSED = (
    GOOD
    + """
number = 7

def plain(task):
    task.cancel()

async def two(task, seconds):
    pass

async def generates(task):
    yield

class Generates:
    async def stop(self, task):
        yield

generates_as_a_method = Generates().stop

async def none():
    pass
"""
)


@pytest.mark.parametrize(("name", "message"), MISUSE)
def test_a_name_that_cannot_be_judged_is_refused_with_the_reason(write: Write, name: str, message: str) -> None:
    with pytest.raises(MisuseError, match=re.escape(message)):
        resolve_target(name.format(write(MISUSED)))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1\nasync def f(task:\n", "failed: SyntaxError: '(' was never closed (written.py, line 2)"),
        ("x = 1\nif x:\nprint()\n", "line 2 (written.py, line 3)"),
        ("exec('(')\n", "failed: SyntaxError: '(' was never closed (<string>, line 1) (written.py, line 1)"),
        ("x = 1\ny = x / 0\n", "failed: ZeroDivisionError: division by zero (written.py, line 2)"),
        ("import sys\nsys.exit(3)\n", "failed: SystemExit: 3 (written.py, line 2)"),
        ("import no_such_module\n", "failed: ModuleNotFoundError: No module named 'no_such_module'"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_refused_and_leaves_no_module(write: Write, source: str, message: str) -> None:
    place = write(source)
    with pytest.raises(MisuseError, match=re.escape(message)) as refused:
        resolve_target(f"{place}:f")
    assert repr(place) in str(refused.value)
    assert "written" not in sys.modules


def test_a_module_that_lacks_another_says_which(write: Write) -> None:
    write("import no_such_module\n", "lacking")
    sys.path.insert(0, str(Path(write(GOOD)).parent))
    with pytest.raises(MisuseError, match="importing 'lacking' needs the module 'no_such_module'"):
        resolve_target("lacking:f")
