"""What code that has run can name belongs to the state, or the state is opaque; what it cannot name does not."""

from __future__ import annotations

import contextlib
import dataclasses
import fnmatch
import functools
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest
from pythons import ALL

from treadle.check import Job, judge
from treadle.check.target import resolve_target
from treadle.explorer import Limits, visit_states
from treadle.fingerprint import OpaqueError, Scope, watching_code, why_unsupported
from treadle.fingerprint.encoder import Encoder
from treadle.schedule import Bounds, TaskKind
from treadle.situation import SituationWorld, parse_situation
from treadle_models.candidates import CANDIDATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SOURCE = """
import asyncio, re, logging, threading, zlib
LOG = logging.getLogger("target")
WORD = re.compile("x")
calls = 0
waiting = []
packer = zlib.compressobj()

class Registry:
    known = {}
    def method(self, default=[]):
        return default

def closure():
    cell = [0]
    def inner():
        return cell
    return inner

inner = closure()
handler = Registry

async def target(task):
    task.cancel()
    await asyncio.wait([task])

def looks():
    return calls, waiting, WORD, Registry.known, Registry.fresh, inner, handler, target.seen

def packs():
    return packer
"""

# Code that runs and can bind names; that it does makes them part of the state.
BINDS = """
def binds(really=False):
    global calls, handler, fresh
    if really:
        calls = handler = fresh = 0
        Registry.fresh = Registry.known = target.seen = 0
"""


def module(source: str) -> Any:
    made = types.ModuleType("module_under_test")
    sys.modules[made.__name__] = made
    exec(source, vars(made))  # noqa: S102 - a module made for this test
    return made


class Looked:
    """What is written of a target, as code runs."""

    def __init__(self, target: object) -> None:
        self.scope = Scope(target)

    def at(self, *functions: Callable[[], object]) -> tuple[Any, ...]:
        """Run these, and return what is written then."""
        with watching_code() as account:
            account.on()
            for each in functions:
                with contextlib.suppress(AttributeError):
                    each()
            account.off()
            self.scope.learn()
            encoder = Encoder(self.scope)
            self.scope.write(encoder)
        return tuple(encoder.tokens)


@pytest.fixture(autouse=True)
def _leave_no_module() -> Iterator[None]:
    yield
    for name in ("module_under_test", "module_that_uses_it"):
        sys.modules.pop(name, None)


CHANGES = {
    "a number in the module": "calls += 1",
    "a list in the module": "waiting.append(1)",
    "what a name is bound to": "handler = closure",
    "a dictionary in a class": "Registry.known['x'] = 1",
    "a new attribute of a class": "Registry.fresh = 1",
    "an attribute of a function": "target.seen = 1",
    "the cell of a closure": "inner()[0] += 1",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_of_what_code_can_name_changes_the_state(change: str) -> None:
    made = module(SOURCE + BINDS)
    looked = Looked(made.target)
    before = looked.at(made.looks, made.binds)
    assert looked.at(made.looks, made.binds) == before
    exec(change, vars(made))  # noqa: S102 - one of the lines above
    assert looked.at(made.looks, made.binds) != before


def test_a_closure_counts_though_its_name_can_be_bound_anew() -> None:
    made = module(SOURCE + "def f(really=False):\n    global inner\n    if really: inner = 0\n    return inner")
    looked = Looked(made.target)
    before = looked.at(made.f)
    made.inner()[0] += 1
    assert looked.at(made.f) != before


def test_what_no_code_that_ran_can_name_is_no_part_of_the_state() -> None:
    made = module(SOURCE)
    looked = Looked(made.target)
    before = looked.at()
    made.waiting.append(1)
    made.Registry.known["x"] = 1
    assert looked.at() == before


def test_what_code_of_another_module_keeps_counts_when_it_has_run() -> None:
    made = module(SOURCE)
    user = types.ModuleType("module_that_uses_it")
    sys.modules[user.__name__] = user
    exec("from module_under_test import looks\nasync def adapter(task): looks()", vars(user))  # noqa: S102
    looked = Looked(user.adapter)
    before = looked.at(user.looks)
    made.waiting.append(1)
    assert looked.at(user.looks) != before


def test_new_code_that_can_name_more_makes_another_version() -> None:
    made = module(SOURCE)
    looked = Looked(made.target)
    before = looked.at()
    assert looked.at(made.looks) != before
    assert looked.at() != before  # it may run again


def test_new_code_that_can_name_nothing_more_changes_nothing() -> None:
    made = module(SOURCE + "def idle(): return len(str(1))")
    looked = Looked(made.target)
    before = looked.at()
    assert looked.at(made.idle) == before


def test_an_object_that_hides_its_state_is_named_with_its_place() -> None:
    made = module(SOURCE)
    looked = Looked(made.target)
    looked.at(made.looks)
    with pytest.raises(OpaqueError, match=r"module_under_test\.packer is an object of type zlib\.Compress"):
        looked.at(made.packs)


DANGERS = {
    "a name that is put together": "def f(): globals()['cal' + 'ls'] = 1",
    "an alias of setattr": "put = setattr\ndef f(): put(Registry, 'known', 1)",
    "setattr with a name that is put together": "def f(): setattr(Registry, 'kn' + 'own', 1)",
    "the dictionary of a module": "import module_under_test as m\ndef f(): m.__dict__.update(calls=1)",
}


@pytest.mark.parametrize("danger", DANGERS.values(), ids=DANGERS)
def test_who_can_bind_any_name_makes_all_names_count(danger: str) -> None:
    made = module(SOURCE.replace("zlib.compressobj()", "0") + danger)
    looked = Looked(made.target)
    before = looked.at(made.f, made.looks)
    made.calls += 7
    made.Registry.known = {"another": 1}
    assert looked.at(made.looks) != before


@pytest.mark.parametrize(
    "reach", ["import gc\ndef f(): gc.get_count()", "def f(): eval('1')", "e = eval\ndef f(): e('1')"]
)
def test_who_can_reach_anything_makes_states_opaque(reach: str) -> None:
    made = module(SOURCE + reach)
    with pytest.raises(OpaqueError, match=r"that (can reach|asks)"):
        Looked(made.target).at(made.f)


def test_a_method_that_is_called_like_a_function_of_danger_is_none() -> None:
    made = module(SOURCE + "class Door:\n    def open(self): return self\ndef f(): return Door().open()")
    Looked(made.target).at(made.f, made.Door().open)


names_os = functools.partial(fnmatch.filter, ["a"], "a")  # code of the standard library that names `os`

LEADING_TO_OPEN = {
    "it is named as a module": "import os\ndef f(): return os.open",
    "it is imported in a function": "def f():\n    import os\n    return os.open",
    "by way of another module": "import asyncio\ndef f(): return asyncio.base_events.os.open",
    "under another name": "import fnmatch as names\ndef f(): return names.os.open",
    "in the globals of a function": "from fnmatch import filter\ndef f(): return filter.__globals__['os'].open",
    "a variable holds the module": "import os as o\nplaces = [o]\ndef f(): return places[0].open",
    "a variable holds the function": "import os\nputs = os.open\ndef f(): return puts",
}


@pytest.mark.parametrize("way", LEADING_TO_OPEN.values(), ids=LEADING_TO_OPEN)
def test_a_name_of_danger_counts_in_each_module_that_the_code_can_get_hold_of(way: str) -> None:
    made = module(SOURCE + way)
    with pytest.raises(OpaqueError):
        Looked(made.target).at(made.f, names_os)


@pytest.mark.parametrize("late", [False, True])
def test_a_name_of_danger_does_not_count_in_a_module_that_only_a_library_names(*, late: bool) -> None:
    made = module("class Door:\n    def open(self): return self\ndef f(): return Door().open()")
    ran = (names_os, made.f, made.Door().open)
    Looked(made.f).at(*(reversed(ran) if late else ran))


def test_a_module_is_reached_as_soon_as_the_code_can_get_hold_of_it() -> None:
    made = module("import fnmatch\ndef f(): return f.open\ndef late(): return fnmatch.os")
    looked = Looked(made.f)
    looked.at(names_os, made.f)
    with pytest.raises(OpaqueError, match=r"that (can reach|asks)"):
        looked.at(made.late)


HIDDEN = {
    "an array": ("import array\nVALUE = array.array('i', [1])", "VALUE.append(2)"),
    "a digest": ("import hashlib\nVALUE = hashlib.sha256()", "VALUE.update(b'x')"),
    "a key to sort by": ("import functools\nVALUE = functools.cmp_to_key(max)([1])", "VALUE.obj.append(2)"),
    "a key without an object": ("import functools\nVALUE = functools.cmp_to_key(max)", "VALUE = VALUE(3)"),
    "a zone": ("import zoneinfo\nVALUE = zoneinfo.ZoneInfo('UTC')", "VALUE = zoneinfo.ZoneInfo('Asia/Tokyo')"),
    "a thread's own": ("import threading\nVALUE = threading.local()\nVALUE.x = [1]", "VALUE.x.append(2)"),
    "a scanner": ("import json\nVALUE = json.JSONDecoder().scan_once", "VALUE = json.JSONDecoder(strict=0).scan_once"),
    "a stream's buffer": ("import sys\nVALUE = sys.__stdout__.buffer", "VALUE = sys.__stderr__.buffer, VALUE"),
}


@pytest.mark.parametrize(("value", "change"), HIDDEN.values(), ids=HIDDEN)
def test_what_an_object_of_c_code_holds_is_looked_at(value: str, change: str) -> None:
    made = module(SOURCE + value + "\ndef f(): return VALUE\ndef binds():\n    global VALUE")
    looked = Looked(made.target)
    before = looked.at(made.f)
    assert looked.at(made.f) == before
    exec(change, vars(made))  # noqa: S102 - one of the lines above
    assert looked.at(made.f) != before


def test_a_class_may_say_that_its_module_is_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "no_module", object())  # as some libraries do
    made = module(SOURCE + "class C: pass\nC.__module__ = 'no_module'\nVALUE = C()\ndef f(): return VALUE")
    looked = Looked(made.target)
    assert looked.at(made.f) == looked.at(made.f)


HARMLESS = {
    "a generic type": "VALUE = list[int]",
    "a callable type": "from collections.abc import Callable\nVALUE = Callable[[int], str]",
    "a span of time": "import datetime\nVALUE = datetime.timedelta(1), datetime.timezone.utc",
    "a named tuple": "from typing import NamedTuple\nclass P(NamedTuple):\n    x: int\nVALUE = P(1)",
    "a view of a dictionary": "import types\nVALUE = types.MappingProxyType({1: 2})",
    "an abstract class": "import abc\nclass A(abc.ABC):\n    x = 1\nclass B(A): pass\nVALUE = B()",
    "a protocol": "from typing import Protocol\nclass Q(Protocol):\n    x: int\nVALUE = Q",
    "a method of a future": "import asyncio\nVALUE = asyncio.Future.set_result",
    "a weak reference": "import weakref\nclass W: pass\nw = W()\nVALUE = weakref.ref(w)",
    "a lock": "import threading\nVALUE = threading.Lock(), threading.RLock()",
    "an enumeration": "import enum\nclass E(enum.Enum):\n    A = 1\nVALUE = E.A",
    "a data class": "import dataclasses\n@dataclasses.dataclass\nclass D:\n    x: int = 1\nVALUE = D()",
    "a logger": "import logging\nVALUE = logging.getLogger('a.b')",
}


@pytest.mark.parametrize("harmless", HARMLESS.values(), ids=HARMLESS)
def test_what_is_harmless_can_be_looked_at(harmless: str) -> None:
    made = module(SOURCE + harmless + "\ndef f(): return VALUE")
    looked = Looked(made.target)
    looked.at(made.f)  # what is met while it is written, a class with methods, say, counts from then on
    assert looked.at(made.f) == looked.at(made.f)


@pytest.mark.skipif(bool(why_unsupported()), reason=why_unsupported() or "states are identified")
@pytest.mark.parametrize("candidate", list(CANDIDATES)[:: 1 if ALL else 2])
def test_a_candidate_keeps_nothing_outside_of_its_coroutines(candidate: str) -> None:
    """That is why no account is kept of the code that it runs: with one there are as many states."""
    target = resolve_target(candidate)
    for name in ("third-party", "nested"):
        found = []
        for trusted in (True, False):
            play = SituationWorld(target.subject, parse_situation(name), Bounds(events=2, steps=2), TaskKind.C)
            assert not play.keeps
            play.keeps = not trusted
            once = visit_states(play, Limits(), few=0)
            found.append((once.executions, once.states, once.opaque))
        assert found[0] == found[1]
        assert found[0][2] == ""


@pytest.mark.skipif(bool(why_unsupported()), reason=why_unsupported() or "states are identified")
def test_the_report_says_why_states_were_not_told_apart(tmp_path: Any) -> None:
    file = tmp_path / "mine.py"
    file.write_text(SOURCE.replace("task.cancel()", "task.cancel(); packs()"), encoding="utf-8")
    name = f"{file}:target"
    job = Job(target=name, situation="third-party", bounds=Bounds(events=2, steps=2))
    cell = judge(job, target=resolve_target(name))
    assert cell.states is None
    assert cell.executions == cell.schedules
    assert any("packer is an object of type zlib.Compress" in note for note in cell.notes)


NOTEBOOK = """
import asyncio

get_ipython = exit = quit = _ = __ = _3 = asyncio.get_running_loop  # as hard to look at as IPython's own
open = globals().get("shell_open", open)
In, Out, _ih, _oh, _i, _i1 = ["import asyncio"], {3: get_ipython}, [], {}, "", ""
events = []

async def target(task):
    task.cancel()
    await asyncio.wait([task])
"""


def test_what_ipython_keeps_in_a_notebook_is_no_part_of_the_state() -> None:
    cells = module(NOTEBOOK + LOOKS)
    looked = Looked(cells.target)
    cells.In.append(object())
    before = looked.at(cells.looks)
    cells.Out[4] = cells._4 = (each for each in "a result")
    assert looked.at(cells.looks) == before
    cells.events.append(1)
    assert looked.at(cells.looks) != before


def test_a_result_of_treadle_among_the_names_of_a_notebook_can_be_looked_at() -> None:
    cells = module(NOTEBOOK + LOOKS)
    looked = Looked(cells.target)
    cells.cell = judge(Job(target="treadle-wait", situation="plain", bounds=Bounds(events=1, steps=1)))
    cells.shown = {"some": [cells.cell]}
    before = looked.at(cells.looks)
    assert looked.at(cells.looks) == before
    cells.shown["some"] = [dataclasses.replace(cells.cell), cells.cell]
    assert looked.at(cells.looks) != before


LOOKS = """
def looks():
    return In, Out, _i1, events, globals()
"""


def test_names_like_those_of_ipython_belong_to_the_state_elsewhere() -> None:
    elsewhere = module("import asyncio\n_1 = []\nasync def target(task): task.cancel()\ndef looks(): return _1")
    looked = Looked(elsewhere.target)
    before = looked.at(elsewhere.looks)
    elsewhere._1.append(1)
    assert looked.at(elsewhere.looks) != before
