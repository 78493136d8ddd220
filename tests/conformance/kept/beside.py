"""What objects have beside what they are made for, and what only code that asks for it in its own way can tell.

Attributes of type variables and static methods, texts about properties, asyncio's own logger and policy, registries of
abstract classes, which of two equal values it is, whether a token was used, names of generators and the like.
"""

# ruff: noqa: E501 - texts of programs

from __future__ import annotations

from kept.place import Place
from kept.process import kept

_FIRST_A = "if first and name == 'a':\n    "


def owned(name: str, module: str, at: str, *, key: str = "owner", identified: bool = True) -> Place:
    """Return a place that is an attribute of what an expression gives."""
    return kept(
        name, module, f"{at}.{key} = ''", f"{at}.{key} = name", f"return {at}.{key}", end="pass", identified=identified
    )


def registered(name: str, at: str, asked: str, module: str = "") -> Place:
    """Return a place that is the registry of an abstract class of the library's."""
    return kept(
        name,
        f"import collections.abc\n{module}class A_N: pass\nclass B_N: pass",
        f"{at}._abc_registry_clear()\n{at}._abc_caches_clear()\ncollections.abc.Sized._abc_caches_clear()",
        f"if first:\n    {at}.register(A_N if name == 'a' else B_N)",
        f"return 'a' if {asked} else 'b'",
        identified=True,
    )


def one_of_two(name: str, made: str, *, asked: str = "at is HELD", module: str = "") -> Place:
    """Return a place that is whether a name is bound to an object, or to another one that is equal to it."""
    return kept(
        f"which of two equal objects: {name}",
        f"{module}\ndef make_N(): return {made}",
        "global held_N, at_N\nheld_N, at_N = make_N(), None",
        "global at_N\nif first:\n    at_N = held_N if name == 'a' else make_N()",
        f"return 'a' if {asked.replace('at', 'at_N').replace('HELD', 'held_N')} else 'b'",
        end="pass",
        identified=True,
    )


_K = "class Kind_N: pass\n"

BESIDE = (
    owned("an attribute of a type variable", "import typing\nkind_N = typing.TypeVar('kind_N')", "kind_N"),
    owned("an attribute of a variable of parameters", "import typing\nkind_N = typing.ParamSpec('kind_N')", "kind_N"),
    owned("an attribute of a variable of types", "import typing\nkind_N = typing.TypeVarTuple('kind_N')", "kind_N"),
    owned("an attribute of a new type", "import typing\nKind_N = typing.NewType('Kind_N', int)", "Kind_N"),
    owned(
        "an attribute of the type variable in an alias",
        "import typing\nkind_N = typing.List[typing.TypeVar('kind_N')]",
        "kind_N.__parameters__[0]",
    ),
    owned(
        "a class that bounds a type variable",
        f"import typing\n{_K}kind_N = typing.TypeVar('kind_N', bound=Kind_N)\ndel Kind_N",
        "kind_N.__bound__",
    ),
    kept(
        "what is said of a type that bounds a type variable",
        "import typing\nkind_N = typing.TypeVar('kind_N', bound=typing.Annotated[int, ['']])",
        "kind_N.__bound__.__metadata__[0][0] = ''",
        "kind_N.__bound__.__metadata__[0][0] = name",
        "return kind_N.__bound__.__metadata__[0][0]",
        identified=True,
    ),
    owned("an attribute of a static method", "@staticmethod\ndef ask_N(): pass", "ask_N"),
    owned("an attribute of a class method", "asks_N = [classmethod(lambda: 0)]", "asks_N[0]"),
    owned(
        "an attribute of a static method, by the table of its class",
        "class App_N:\n    @staticmethod\n    def ask(): pass",
        "vars(App_N)['ask']",
    ),
    owned("the name of a static method", "ask_N = staticmethod(lambda: 0)", "ask_N", key="__name__"),
    owned("the text about a property", "class App_N:\n    ask = property(lambda self: 0)", "App_N.ask", key="__doc__"),
    owned(
        "the text about a field of a named tuple",
        "import collections\nPoint_N = collections.namedtuple('Point_N', 'x y')",
        "Point_N.x",
        key="__doc__",
    ),
    kept(
        "whether asyncio's logger is disabled",
        "import asyncio.log",
        "asyncio.log.logger.disabled = False",
        "if first:\n    asyncio.log.logger.disabled = name == 'a'",
        "return 'a' if asyncio.log.logger.disabled else 'b'",
        identified=True,
    ),
    kept(
        "the filters of asyncio's logger",
        "import asyncio.log\ndef filter_N(record): return True",
        "asyncio.log.logger.filters.clear()",
        f"{_FIRST_A}asyncio.log.logger.addFilter(filter_N)",
        "return 'a' if asyncio.log.logger.filters else 'b'",
        identified=True,
    ),
    kept(
        "an attribute of a member of asyncio's",
        "import asyncio.constants",
        "asyncio.constants._SendfileMode.UNSUPPORTED.owner_N = ''",
        "asyncio.constants._SendfileMode.UNSUPPORTED.owner_N = name",
        "return asyncio.constants._SendfileMode.UNSUPPORTED.owner_N",
        end="vars(asyncio.constants._SendfileMode.UNSUPPORTED).pop('owner_N', None)",
        identified=True,
    ),
    kept(
        "what a thread has of its own, in a class of its own",
        "import threading\nclass Own_N(threading.local): pass\nown_N = Own_N()",
        "own_N.owner = ''",
        "own_N.owner = name",
        "return own_N.owner",
        identified=True,
    ),
    registered(
        "what is registered at a class of the library",
        "collections.abc.Sized",
        "isinstance(A_N(), collections.abc.Sized)",
    ),
    registered(
        "what is registered below a class of the library",
        "collections.abc.Collection",
        "issubclass(A_N, collections.abc.Sized)",
    ),
    registered(
        "what is registered at a class that has another name",
        "Sized_N",
        "isinstance(A_N(), Sized_N)",
        "from collections.abc import Sized as Sized_N\n",
    ),
    kept(
        "which of two classes of one name is registered",
        "import abc\nclass Shape_N(abc.ABC): pass\ndef make_N():\n    class Kind: pass\n    return Kind\nA_N, B_N = make_N(), make_N()",
        "Shape_N._abc_registry_clear()\nShape_N._abc_caches_clear()",
        "if first:\n    Shape_N.register(A_N if name == 'a' else B_N)",
        "return 'a' if isinstance(A_N(), Shape_N) else 'b'",
        identified=True,
    ),
    one_of_two("tuples", "(0, ord('a'))"),
    one_of_two("texts", "'ab' * int('20')"),
    one_of_two("floats", "float('2.5')"),
    one_of_two("numbers, by their addresses", "int('25000')", asked="id(at) == id(HELD)"),
    one_of_two(
        "dates, by a function",
        "datetime.date(2026, 1, 1)",
        asked="operator.is_(at, HELD)",
        module="import datetime, operator",
    ),
    one_of_two("what is no number", "float('nan')", asked="at in [HELD]"),
    one_of_two("bound methods", "KEPT_N.upper", module="KEPT_N = 'kept'"),
    kept(
        "which of two equal values, one of which is a constant",
        "MARK_N = ('mark', ord('a'))",
        "global at_N\nat_N = None",
        "global at_N\nif first:\n    at_N = MARK_N if name == 'a' else (MARK_N[0], MARK_N[1])",
        "return 'a' if at_N is MARK_N else 'b'",
        identified=True,
    ),
    kept(
        "which of two equal values, one of which is written where they are compared",
        "def mark_N(): return ('mark', 'a')",
        "global at_N\nat_N = None",
        "global at_N\nif first:\n    at_N = mark_N() if name == 'a' else tuple(list(mark_N()))",
        "return 'a' if at_N is mark_N() else 'b'",
        identified=True,
    ),
    kept(
        "whether a token was used",
        "import contextvars\nvariable_N = contextvars.ContextVar('variable_N')",
        "global context_N, token_N\ncontext_N = contextvars.Context()\ntoken_N = context_N.run(variable_N.set, 0)",
        "if first and name == 'a':\n    context_N.run(variable_N.reset, token_N)\nif first:\n    context_N.run(variable_N.set, 0)",
        "try:\n    context_N.run(variable_N.reset, token_N)\nexcept RuntimeError:\n    return 'a'\nreturn 'b'",
        end="pass",
        identified=True,
    ),
    kept(
        "what was before a token",
        "import contextvars\nvariable_N = contextvars.ContextVar('variable_N')",
        "global context_N, token_N\ncontext_N = contextvars.Context()\ntoken_N = None",
        "global token_N\nif first:\n    if name == 'a':\n        context_N.run(variable_N.set, ...)\n    token_N = context_N.run(variable_N.set, 0)",
        "return 'a' if token_N.old_value is ... else 'b'",
        end="pass",
        identified=True,
    ),
    kept(
        "whose token it is",
        "import contextvars\nvariable_N = contextvars.ContextVar('variable_N')",
        "global contexts_N, token_N\ncontexts_N = {each: contextvars.Context() for each in 'ab'}\ntoken_N = None\n"
        "for each in contexts_N.values(): each.run(variable_N.set, 0)",
        "global token_N\nif first:\n    token_N = contexts_N[name].run(variable_N.set, 0)",
        "try:\n    contexts_N['a'].run(variable_N.reset, token_N)\nexcept ValueError:\n    return 'b'\nreturn 'a'",
        end="pass",
        identified=True,
    ),
    kept(
        "an attribute that only a pattern asks for",
        "class App_N:\n    __match_args__ = ('lo' + 'w',)\n    low = ''\nput_N, low_N = type.__setattr__, 'lo' + 'w'",
        "put_N(App_N, low_N, '')",
        "put_N(App_N, low_N, name)",
        "match App_N():\n    case App_N(it): return it",
        identified=True,
    ),
    kept(
        "what is said of a field of a data class",
        "import dataclasses\n@dataclasses.dataclass\nclass App_N:\n    it: int = dataclasses.field(default=0, metadata={'who': ['']})",
        "dataclasses.fields(App_N)[0].metadata['who'][0] = ''",
        "dataclasses.fields(App_N)[0].metadata['who'][0] = name",
        "return dataclasses.fields(App_N)[0].metadata['who'][0]",
        identified=True,
    ),
    kept(
        "the type of a field of a data class",
        "import dataclasses\n@dataclasses.dataclass\nclass App_N:\n    it: int = 0\nof_N = dataclasses.fields",
        "of_N(App_N)[0].type = ''",
        "of_N(App_N)[0].type = name",
        "return of_N(App_N)[0].type",
        identified=True,
    ),
    kept(
        "a class that is pickled",
        "import pickle\nclass App_N: owner = ['']\npickled_N = pickle.dumps(App_N)",
        "pickle.loads(pickled_N).owner[0] = ''",
        "pickle.loads(pickled_N).owner[0] = name",
        "return pickle.loads(pickled_N).owner[0]",
    ),
    kept(
        "a class that is pickled, read in Python",
        "import pickle\nclass App_N: owner = ['']\npickled_N = pickle.dumps(App_N)",
        "pickle._loads(pickled_N).owner[0] = ''",
        "pickle._loads(pickled_N).owner[0] = name",
        "return pickle._loads(pickled_N).owner[0]",
    ),
    kept(
        "the name of a generator",
        "def ask_N(): yield",
        "global at_N\nat_N = ask_N()",
        "at_N.__name__ = name",
        "return at_N.__name__",
        identified=True,
    ),
    kept(
        "the full name of an asynchronous generator",
        "async def ask_N(): yield",
        "global at_N\nat_N = ask_N()",
        "at_N.__qualname__ = name",
        "return at_N.__qualname__",
        identified=True,
    ),
    kept(
        "the name of a coroutine, by a name that is put together",
        "async def ask_N(): pass\nnames_N = ['__', 'name', '__']",
        "global at_N\nat_N = ask_N()",
        "setattr(at_N, ''.join(names_N), name)",
        "at_N.close()\nreturn getattr(at_N, ''.join(names_N))",
        end="at_N.close()",
        identified=True,
    ),
    kept(
        "the name that a generator has from its function",
        "def ask_N(): yield",
        "global at_N\nask_N.__name__ = 'ask'\nat_N = None",
        "global at_N\nask_N.__name__ = name\nat_N = ask_N()\nask_N.__name__ = 'ask'",
        "return at_N.__name__",
        identified=True,
    ),
    Place(
        name="whether asyncio speaks of a task that is lost",
        begin="global main_N\nmain_N = asyncio.current_task()\nmain_N._log_destroy_pending = True",
        store="if first:\n    main_N._log_destroy_pending = name == 'a'",
        load="lost = main_N._log_destroy_pending\nmain_N._log_destroy_pending = True\nreturn 'a' if lost else 'b'",
        tasks=True,
    ),
    Place(
        name="whether asyncio knows a task",
        begin="global main_N\nmain_N = asyncio.current_task()\nasyncio._register_task(main_N)",
        store=f"{_FIRST_A}asyncio._unregister_task(main_N)",
        load="known = main_N in asyncio.all_tasks()\nasyncio._register_task(main_N)\nreturn 'b' if known else 'a'",
        identified=False,
        tasks=True,
    ),
    kept(
        "how much was written before it would have waited",
        "error_N = BlockingIOError(1, 'kept')",
        "error_N.characters_written = 0",
        "error_N.characters_written = ord(name)",
        "return chr(error_N.characters_written)",
        identified=True,
    ),
    kept(
        "the order in which the end of an object is told",
        "import weakref\nsaid_N = []\nclass App_N: pass",
        "global app_N, references_N\nreferences_N = {'a': None, 'b': None}\napp_N = App_N()\nsaid_N.clear()",
        "references_N[name] = weakref.ref(app_N, lambda _, name=name: said_N.append(name))",
        "global app_N\ndel app_N\nreturn said_N[0]",
        end="pass",
        identified=True,
    ),
    kept(
        "the flags by which libraries are loaded",
        "import sys\nflags_N = sys.getdlopenflags()",
        "sys.setdlopenflags(flags_N)",
        "if first:\n    sys.setdlopenflags(flags_N if name == 'a' else flags_N | 256)",
        "return 'a' if sys.getdlopenflags() == flags_N else 'b'",
    ),
    kept(
        "how much room a list has",
        "import sys",
        "global at_N\nat_N = [1]",
        f"{_FIRST_A}at_N.append(2); at_N.pop()",
        "return 'a' if sys.getsizeof(at_N) > sys.getsizeof([1]) else 'b'",
        end="pass",
    ),
    kept(
        "how much room a list has, by its own method",
        "",
        "global at_N\nat_N = [1]",
        f"{_FIRST_A}at_N.append(2); at_N.pop()",
        "return 'a' if at_N.__sizeof__() > [1].__sizeof__() else 'b'",
        end="pass",
    ),
    kept(
        "the flags of a file descriptor",
        "import fcntl, os\nends_N = os.pipe()",
        "fcntl.fcntl(ends_N[0], fcntl.F_SETFD, 0)",
        "if first:\n    fcntl.fcntl(ends_N[0], fcntl.F_SETFD, int(name == 'a'))",
        "return 'a' if fcntl.fcntl(ends_N[0], fcntl.F_GETFD) else 'b'",
    ),
    kept(
        "what waits at a socket, by its number",
        "import socket\ndef pair_N(): return [each.detach() for each in socket.socketpair()]\nends_N = pair_N()\n"
        "def read_N():\n    end = socket.socket(fileno=ends_N[0])\n    end.setblocking(False)\n    try:\n        return end.recv(9)\n    except BlockingIOError:\n        return b''\n    finally:\n        end.detach()",
        "read_N()",
        "if first:\n    end = socket.socket(fileno=ends_N[1])\n    end.send(name.encode())\n    end.detach()",
        "return read_N().decode()",
    ),
)
