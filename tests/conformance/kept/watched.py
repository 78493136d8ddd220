"""Programs that notice when they are looked at: classes that count calls of every method that they may have.

What such a program has said when it is over must not depend on whether somebody has identified its states meanwhile.
"""

# ruff: noqa: E501 - texts of programs

from __future__ import annotations

_PROGRAM = '''\
"""{name}."""

import asyncio
import collections
import contextvars
import enum
import functools
import gc
import sys
import types
import weakref

SAID = []
VARIABLE = contextvars.ContextVar("VARIABLE")
HELD = []
COUNT = [0]


{text}


class App:
    kept = None


def put_everywhere(loop):
    """Let each kind of place have a thing of its own."""
    HELD[:] = [make(), (make(), [make()]), {{0: make()}}]
    App.kept = make()
    App.app = App()
    vars(App.app)["kept"] = make()
    put_everywhere.kept = make()
    done = loop.create_future()
    done.set_result(make())
    failed = ValueError(make())
    VARIABLE.set([make()])
    loop.call_later(100, print, make())
    loop.call_soon(functools.partial(len, [make()]))
    loop.call_soon((lambda thing: lambda: None)(make()))
    return done, failed


async def keep(answer, thing, default=None):
    for each in [thing, thing]:
        await answer
    return each


async def program(env):
    SAID.clear()
    COUNT[0] = 0
    loop = asyncio.get_running_loop()
    held = put_everywhere(loop)
    here = make()
    answers = [env.future("one"), env.future("two")]
    tasks = [asyncio.create_task(keep(answer, make())) for answer in answers]
    await asyncio.sleep(0)
    SAID.append("waits")
    await asyncio.wait(tasks)
    SAID.append("has waited")
    del held, here, tasks
    HELD.clear()
    App.kept = App.app = put_everywhere.kept = None
    VARIABLE.set(None)
    await asyncio.sleep(0)
    await env.future("three")
    SAID.append("ends")
'''

_WATCHED = """\
def watch(name, base):
    def method(self, *args, **more):
        SAID.append(name)
        there = getattr(base, name, None)
        if there is None:
            raise AttributeError(name)
        return there(self, *args, **more)

    return method


LEFT = {"__new__", "__init__", "__init_subclass__", "__class__", "__subclasshook__", "__class_getitem__", "__doc__", "__del__"}
MORE = "__iter__ __len__ __bool__ __getitem__ __contains__ __getattr__ __index__ __int__ __float__ __complex__ __call__".split()
MORE += "__await__ __next__ __copy__ __deepcopy__ __missing__ __fspath__ __bytes__ __reversed__ __length_hint__ __enter__".split()
MORE += "__eq__ __ne__ __lt__ __hash__ __repr__ __str__ __format__ __sizeof__ __dir__ __reduce__ __reduce_ex__ __getstate__".split()
MORE += "__getattribute__ __instancecheck__ __get__ __set_name__ keys items values get copy".split()


def watched(base, **more):
    names = {name for name in dir(base) if callable(getattr(base, name, None))} | set(MORE)
    return type("Watched", (base,), {name: watch(name, base) for name in names - LEFT} | more)
"""


def _of(base: str, arguments: str = "", module: str = "") -> str:
    return f"{_WATCHED}\n{module}\nWatched = watched({base})\n\n\ndef make():\n    return Watched({arguments})\n"


def _made(text: str, make: str = "Kept()") -> str:
    return f"{text}\n\n\ndef make():\n    return {make}\n"


_META = """\
class Meta(type):
    def __getattribute__(cls, name): SAID.append(f"meta {name}"); return type.__getattribute__(cls, name)
    def __eq__(cls, other): SAID.append("meta =="); return cls is other
    def __hash__(cls): SAID.append("meta hash"); return 7
    def __instancecheck__(cls, item): SAID.append("meta isinstance"); return type.__instancecheck__(cls, item)
    def __subclasscheck__(cls, item): SAID.append("meta issubclass"); return type.__subclasscheck__(cls, item)
    def __repr__(cls): SAID.append("meta repr"); return "Kept"
    def __dir__(cls): SAID.append("meta dir"); return []
    def __len__(cls): SAID.append("meta len"); return 0
    def __iter__(cls): SAID.append("meta iter"); return iter(())
    def __bool__(cls): SAID.append("meta bool"); return False
    def mro(cls): SAID.append("meta mro"); return type.mro(cls)
    def __call__(cls, *args): SAID.append("meta call"); return type.__call__(cls, *args)
    __module__ = property(lambda cls: SAID.append("meta module"))
"""

_METHODS = (
    "__getattribute__",
    "__getattr__",
    "__eq__",
    "__hash__",
    "__repr__",
    "__str__",
    "__len__",
    "__bool__",
    "__iter__",
    "__getitem__",
    "__reduce__",
    "__reduce_ex__",
    "__sizeof__",
    "__call__",
    "__index__",
    "__contains__",
)

WATCHED: dict[str, str] = {
    "an object": _of("object"),
    "a method that the checker has, too": _made(
        "class Kept:\n    def fingerprint_state(self): SAID.append('state'); return (), ()"
    ),
    "a list": _of("list", "[1, 2]"),
    "a dictionary": _of("dict", "{1: 2}"),
    "a tuple": _of("tuple", "(1, 2)"),
    "a set": _of("set", "(1, 2)"),
    "a frozen set": _of("frozenset", "(1, 2)"),
    "a text": _of("str", "'text'"),
    "bytes": _of("bytes", "b'text'"),
    "a byte array": _of("bytearray", "b'text'"),
    "a whole number": _of("int", "3"),
    "a float": _of("float", "3.5"),
    "a complex number": _of("complex", "3, 1"),
    "a deque": _of("collections.deque", "(1, 2)"),
    "an ordered dictionary": _of("collections.OrderedDict", "a=1"),
    "a dictionary with defaults": _of("collections.defaultdict", "list, a=1"),
    "a counter": _of("collections.Counter", "'text'"),
    "a user's dictionary": _of("collections.UserDict", "a=1"),
    "a chain of dictionaries": _of("collections.ChainMap", "{1: 2}"),
    "a simple namespace": _of("types.SimpleNamespace", "a=1"),
    "a module": _of("types.ModuleType", "'made'"),
    "an exception": _of("ValueError", "1"),
    "an exception group": _of("ExceptionGroup", "'all', [ValueError(1)]"),
    "a partial": _of("functools.partial", "print, 1"),
    "a property": _of("property", "print"),
    "a weak reference": _of("weakref.ref", "App"),
    "a queue": _of("asyncio.Queue"),
    "an event": _of("asyncio.Event"),
    "a lock": _of("asyncio.Lock"),
    "a future of one's own": _of("object", "", "class Later: pass"),
    "a random generator": _of("__import__('random').Random", "1"),
    "a decimal number": _of("__import__('decimal').Decimal", "1"),
    "a fraction": _of("__import__('fractions').Fraction", "1"),
    "a date": _of("__import__('datetime').date", "2026, 1, 1"),
    "a path": _of("__import__('pathlib').PurePosixPath", "'a'"),
    "a metaclass": _made(f"{_META}\nclass Kept(metaclass=Meta): pass"),
    "a class with a metaclass": _made(f"{_META}\nclass Kept(metaclass=Meta): pass", "Kept"),
    "a list whose __iter__ never ends": _made(
        "class Kept(list):\n    def __iter__(self):\n        while True:\n            yield 1\n    def __len__(self):\n        return 1 << 60",
        "Kept([1])",
    ),
    "a property that counts": _made(
        "class Kept:\n    @property\n    def number(self): SAID.append('property'); return 1"
    ),
    "a property that raises": _made(
        "class Kept:\n    @property\n    def number(self): SAID.append('property'); raise KeyboardInterrupt"
    ),
    "a descriptor": _made(
        "class Field:\n    def __get__(self, item, owner=None): SAID.append('get'); return 1\n    def __set__(self, item, value): SAID.append('set')\nclass Kept:\n    field = Field()"
    ),
    "a __class__ of its own": _made(
        "class Kept:\n    @property\n    def __class__(self): SAID.append('class'); return int"
    ),
    "a __dict__ of its own": _made(
        "class Kept:\n    @property\n    def __dict__(self): SAID.append('dict'); return {}"
    ),
    "slots with descriptors": _made(
        "class Kept:\n    __slots__ = ('a', 'b')\n    def __init__(self): object.__setattr__(self, 'a', 1)\n    def __getattr__(self, name): SAID.append(name); raise AttributeError(name)\n    def __getattribute__(self, name): SAID.append(name); return object.__getattribute__(self, name)"
    ),
    "everything raises": _made(
        "class End(BaseException): pass\nclass Kept:\n"
        + "".join(f"    def {name}(self, *_): SAID.append('{name}'); raise End\n" for name in _METHODS)
    ),
    "an enumeration": _made(
        "class Kept(enum.Enum):\n    ONE = 1\n    @classmethod\n    def _missing_(cls, value): SAID.append('missing')\n    def __eq__(self, other): SAID.append('=='); return self is other\n    def __hash__(self): SAID.append('hash'); return 1\n    def __str__(self): SAID.append('str'); return ''\n    def __repr__(self): SAID.append('repr'); return ''",
        "Kept.ONE",
    ),
    "a module with __getattr__": _made(
        "made = types.ModuleType('made')\nmade.__getattr__ = lambda name: SAID.append(name)\nsys.modules['kept_made'] = made",
        "made",
    ),
    "a module of a class of its own": _made(
        "class Kept(types.ModuleType):\n    def __getattribute__(self, name): SAID.append(name); return types.ModuleType.__getattribute__(self, name)\nmade = Kept('made')\nsys.modules['kept_made'] = made",
        "made",
    ),
    "a function of a class of one's own": _made(
        "class Kept:\n    def __init__(self): functools.update_wrapper(self, print)\n    def __call__(self): SAID.append('call')\n    def __getattr__(self, name): SAID.append(name); raise AttributeError(name)"
    ),
    "a virtual subclass": _made(
        "import abc\nclass Shape(abc.ABC):\n    @classmethod\n    def __subclasshook__(cls, kind): SAID.append('hook'); return NotImplemented\nclass Kept(Shape): pass"
    ),
    "an iterator": _made(
        "class Kept:\n    def __iter__(self): SAID.append('iter'); return self\n    def __next__(self): SAID.append('next'); raise StopIteration\n    def __length_hint__(self): SAID.append('hint'); return 0\n    def __reduce__(self): SAID.append('reduce'); return (Kept, ())"
    ),
    "an iterator of an iterator": _made(
        "class Kept:\n    def __getitem__(self, index): SAID.append('item'); raise IndexError\n    def __len__(self): SAID.append('len'); return 3\n    def __reduce_ex__(self, _): SAID.append('reduce'); return (Kept, ())",
        "iter(Kept())",
    ),
    "a map": _made(
        "class Kept:\n    def __call__(self, each): SAID.append('call'); return each\n    def __reduce__(self): SAID.append('reduce'); return (Kept, ())",
        "map(Kept(), [1, 2])",
    ),
    "a key of a dictionary": _made(
        "class Kept:\n    def __eq__(self, other): SAID.append('=='); return self is other\n    def __hash__(self): SAID.append('hash'); return 1",
        "{Kept(): 1}",
    ),
    "a member of a set": _made(
        "class Kept:\n    def __eq__(self, other): SAID.append('=='); return self is other\n    def __hash__(self): SAID.append('hash'); return 1",
        "{Kept()}",
    ),
    "a frozen dataclass": _made(
        "import dataclasses\n@dataclasses.dataclass(frozen=True)\nclass Kept:\n    a: object = 1\n    def __eq__(self, other): SAID.append('=='); return True\n    def __hash__(self): SAID.append('hash'); return 1"
    ),
    "a default of a context variable": _made(
        "class Kept:\n    def __eq__(self, other): SAID.append('=='); return self is other\n    def __hash__(self): SAID.append('hash'); return 1",
        "contextvars.ContextVar('made', default=Kept())",
    ),
    "annotations": _made(
        "class Name(str):\n    def __eq__(self, other): SAID.append('=='); return str.__eq__(self, other)\n    def __hash__(self): SAID.append('hash'); return str.__hash__(self)\ndef make_function():\n    def function(): pass\n    function.__dict__[Name('it')] = 1\n    SAID.clear()\n    return function",
        "make_function()",
    ),
    # What lives and when it ends.
    "an end that is told": _made(
        "class Kept:\n    def __init__(self): COUNT[0] += 1; self.number = COUNT[0]\n    def __del__(self): SAID.append(f'end of {self.number}')"
    ),
    "an end that is told by a weak reference": _made(
        "class Kept: pass\nREFERENCES = []\ndef make_one():\n    kept = Kept()\n    REFERENCES.append(weakref.ref(kept, lambda _, number=len(REFERENCES): SAID.append('end')))\n    return kept",
        "make_one()",
    ),
    "an end that a finalizer tells": _made(
        "class Kept: pass\ndef make_one():\n    kept = Kept()\n    weakref.finalize(kept, SAID.append, 'end')\n    return kept",
        "make_one()",
    ),
    "an end of a list": _made("class Kept(list):\n    def __del__(self): SAID.append('end')", "Kept([1])"),
    "an end of an exception": _made("class Kept(Exception):\n    def __del__(self): SAID.append('end')", "Kept(1)"),
    "an end of a generator": _made(
        "def numbers():\n    try:\n        yield 1\n        yield 2\n    finally:\n        SAID.append('end')\ndef begun():\n    made = numbers()\n    next(made)\n    return made",
        "begun()",
    ),
    "an end of a closure": _made(
        "class Kept:\n    def __del__(self): SAID.append('end')\ndef closure():\n    kept = Kept()\n    return lambda: kept",
        "closure()",
    ),
    "an end of a bound method": _made(
        "class Kept:\n    def method(self): pass\n    def __del__(self): SAID.append('end')", "Kept().method"
    ),
}
"""Texts that define `make()`, by what it makes."""

FRAMES: dict[str, str] = {
    "locals() are kept": """\
async def look(answer, host="localhost"):
    given = locals()
    await answer
    SAID.append(sorted(given, key=str))
    SAID.append(given.get("host"))
""",
    "the names of a frame are kept": """\
async def look(answer, host="localhost"):
    frame = sys._getframe()
    given = frame.f_locals
    await answer
    SAID.append(given.get("host"))
    SAID.append(sorted(given))
""",
    "an exception has been given nothing": """\
async def look(answer, host="localhost"):
    kept = ValueError(1)
    await answer
    SAID.append(len(kept.__reduce__()))
""",
    "a frame's names, changed": """\
async def look(answer, host="localhost"):
    frame = sys._getframe()
    frame.f_locals["more"] = 1
    await answer
    SAID.append("more" in frame.f_locals)
""",
    "what a name referred to has ended": """\
class Kept: pass

async def look(answer):
    kept = Kept()
    reference = weakref.ref(kept)
    await answer
    del kept
    SAID.append(reference() is None)
    await asyncio.sleep(0)
    SAID.append(reference() is None)
""",
    "references are counted": """\
class Kept: pass

async def look(answer):
    kept = Kept()
    before = sys.getrefcount(kept)
    await answer
    SAID.append(sys.getrefcount(kept) - before)
""",
    "an exception that is handled": """\
async def look(answer):
    try:
        raise KeyError("handled")
    except KeyError:
        await answer
        SAID.append(str(sys.exc_info()[1]))
        SAID.append(sys.exc_info()[1].__context__)
""",
    "a coroutine's own view": """\
async def look(answer):
    me = asyncio.current_task().get_coro()
    await answer
    SAID.append(me.cr_running)
    SAID.append([*me.cr_frame.f_locals])
""",
    "a generator and its position": """\
async def look(answer):
    numbers = iter([1, 2, 3])
    for number in numbers:
        await answer
        SAID.append(number)
        SAID.append(numbers.__length_hint__())
""",
}
"""Texts that define `look(answer)`, a coroutine function that says what it has found after it was looked at."""

_LOOKING = '''\
"""{name}."""

import asyncio
import gc
import sys
import weakref

SAID = []


{text}


async def wait(answer):
    await answer


async def program(env):
    SAID.clear()
    await asyncio.gather(look(env.future("one")), wait(env.future("two")), wait(env.future("three")))
    SAID.append("ends")
'''


def text_of_watched(name: str) -> str:
    """Return the module of a program that keeps such a thing in many places."""
    return _PROGRAM.format(name=name, text=WATCHED[name])


def text_of_frames(name: str) -> str:
    """Return the module of a program that looks at its own frame."""
    return _LOOKING.format(name=name, text=FRAMES[name])
