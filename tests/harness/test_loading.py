"""What a user's file is called as a module, what it can import, and what it may do while it is loaded."""

from __future__ import annotations

import os
import pickle
import queue
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from judging import GOOD, SWALLOWS, Write

from treadle.check import resolve_target
from treadle.errors import MisuseError
from treadle.loading import find_attribute, load_module

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).parents[2]
DATA = """
import pickle
from dataclasses import dataclass

@dataclass
class Point:
    x: int

again = pickle.loads(pickle.dumps(Point(3)))
"""


@pytest.fixture(autouse=True)
def _leave_imports_as_they_were() -> Iterator[None]:
    """Put back what is loaded and where it is sought: other tests import what these have hidden."""
    modules, path = dict(sys.modules), [*sys.path]
    yield
    sys.modules.clear()
    sys.modules.update(modules)
    sys.path[:] = path


def load(place: str) -> ModuleType:
    return load_module(place, what="target")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, as the script that is installed would: without that folder on the path."""
    path = os.pathsep.join([str(ROOT / "harness"), str(ROOT / "models")])
    command = [sys.executable, "-P", "-m", "treadle", *arguments]
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ["sched", "queue", "types", "random", "json", "treadle", "two-words", "a.b", "class"])
def test_a_name_that_is_not_free_is_left_to_its_owner(name: str, write: Write) -> None:
    before = sys.modules.get(name)
    module = load(write(DATA, name))
    assert module.__name__.startswith(f"_{re.sub('[-.]', '_', name)}_")
    assert sys.modules[module.__name__] is module
    assert module.again.x == 3, "its classes can be found by the name of their module"
    assert sys.modules.get(name) is before
    assert load(str(module.__file__)).__name__ == module.__name__, "the same each time"


def test_an_ordinary_file_is_the_module_of_its_name(write: Write) -> None:
    assert load(write(DATA)).__name__ == "written"


def test_of_two_files_with_one_name_both_are_modules(write: Write, tmp_path: Path) -> None:
    first = load(write(DATA))
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "written.py").write_text(DATA, encoding="utf-8")
    second = load(str(tmp_path / "inner" / "written.py"))
    assert first.__name__ != second.__name__
    assert sys.modules[first.__name__] is first
    for module in (first, second):
        assert type(pickle.loads(pickle.dumps(module.Point(4)))) is module.Point  # noqa: S301 - our own


def test_what_stands_beside_a_file_hides_what_is_installed_and_not_the_standard_library(write: Write) -> None:
    write("WHO = 'beside'", "jinja2")
    write("WHO = 'beside'", "sched")
    source = "import jinja2\nimport queue\nimport sched\n"
    sys.modules.pop("sched", None)
    for name in [each for each in sys.modules if each.partition(".")[0] == "jinja2"]:
        sys.modules.pop(name)
    module = load(write(source))
    assert module.jinja2.WHO == "beside"
    assert hasattr(module.sched, "scheduler")
    assert module.queue is queue


def test_a_folder_without_a_file_hides_no_package(write: Write, tmp_path: Path) -> None:
    (tmp_path / "rich").mkdir()
    assert hasattr(load(write("import rich")).rich, "get_console")


def test_files_named_as_modules_of_the_standard_library_are_judged_and_explored(tmp_path: Path) -> None:
    for name in ("sched", "types", "random", "queue", "asyncio"):
        source = GOOD.replace("import asyncio", "from asyncio import tasks as asyncio") if name == "asyncio" else GOOD
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    (tmp_path / "uses.py").write_text(f"import sched\n{GOOD}\nassert sched.scheduler\n", encoding="utf-8")
    small = ["--events", "1", "--steps", "1", "--situation", "plain"]
    names = ["sched.py:good", "types.py:good", "queue.py:good", "asyncio.py:good", "uses.py:good", "uses:good"]
    done = run(tmp_path, "check", *names, *small)
    assert (done.returncode, done.stderr) == (0, "")
    program = "async def program(env):\n    await env.future('answer')\n"
    (tmp_path / "random.py").write_text(program, encoding="utf-8")
    done = run(tmp_path, "explore", "random.py:program")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_script_for_such_a_file_shows_the_failure_too(tmp_path: Path) -> None:
    source = f"from sched import scheduler\nimport helper\n{SWALLOWS}    helper.used\n"
    (tmp_path / "queue.py").write_text(source.replace("return", "helper.used"), encoding="utf-8")
    (tmp_path / "sched.py").write_text("", encoding="utf-8")
    (tmp_path / "helper.py").write_text("used = None", encoding="utf-8")
    done = run(tmp_path, "explain", "queue.py:swallows", "--situation", "plain", "--property", "lost", "--events", "1")
    assert "stock asyncio: reproduced" in " ".join(done.stdout.split())


def test_the_command_runs_as_a_module_beside_such_a_file(tmp_path: Path) -> None:
    (tmp_path / "queue.py").write_text(GOOD, encoding="utf-8")
    command = [sys.executable, "-m", "treadle", "check", "queue.py:good", "--situation", "done/result"]
    path = os.pathsep.join([str(ROOT / "harness"), str(ROOT / "models")])
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "1 schedule in 1 execution" in done.stdout, done.stderr


def test_a_file_that_goes_to_another_folder_is_found_again(tmp_path: Path) -> None:
    source = f"import os\nos.chdir('/')\n{SWALLOWS}"
    (tmp_path / "goes.py").write_text(source, encoding="utf-8")
    done = run(tmp_path, "explain", "goes.py:swallows", "--situation", "plain", "--property", "lost", "--events", "1")
    assert "stock asyncio: reproduced" in " ".join(done.stdout.split()), done.stderr


@pytest.mark.parametrize(
    ("source", "name", "told"),
    [
        (
            "def __getattr__(name):\n    raise OSError('no ' + name)\n",
            "f",
            "to look for 'f' raised OSError: no f (writ",
        ),
        (
            "class Meta(type):\n    @property\n    def f(cls):\n        raise OSError('h')\nclass A(metaclass=Meta): 0",
            "A.f",
            "to look for 'f' raised OSError: h (written.py, line 4)",
        ),
        (
            "class Mute(Exception):\n    def __str__(self):\n        raise self\nraise Mute\n",
            "f",
            "failed: Mute: (its text cannot be read",
        ),
        ("raise BaseExceptionGroup('two', [OSError(), KeyboardInterrupt()])\n", "f", "failed: BaseExceptionGroup: two"),
        ("class A:\n    def __dir__(self):\n        raise OSError\na = A()\n", "a.f", "'written' has no 'a.f'."),
        ("async def one(): 0\ndef two(): 0\nthree = 3\n", "f", "'written' has no 'f'. It has: one, two"),
        ("import sys\nsys.modules.pop(__name__)\nraise SystemExit\n", "f", "failed: SystemExit (written.py, line 3)"),
    ],
)
def test_what_goes_wrong_with_a_file_is_misuse_in_one_line(source: str, name: str, told: str, write: Write) -> None:
    place = write(source)
    with pytest.raises(MisuseError, match=re.escape(told)) as refused:
        find_attribute(load(place), name, f"{place}:{name}")
    assert "\n" not in str(refused.value)
    with pytest.raises(MisuseError, match=re.escape(told)):
        resolve_target(f"{place}:{name}")
