"""What objects have in common, and what they remember out of sight: no name and no attribute shows it."""

# ruff: noqa: E501 - texts of programs

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kept.process import kept

if TYPE_CHECKING:
    from kept.place import Place

_FIRST_A = "if first and name == 'a':\n    "
_APPS = "class App_N: pass\ndef fresh_N():\n    app = App_N()\n    app.owner = 'b'\n    return app"


def shared(name: str, module: str, begin: str, share: str, copy: str, load: str) -> Place:  # noqa: PLR0913, PLR0917 - all that makes one
    """Return a place: two objects have one dictionary, if "a" comes first, or each has its own, with the same in it."""
    store = f"{_FIRST_A}{share}\nelif first:\n    {copy}"
    return kept(name, module, begin, store, load, end="pass", identified=True)


HIDDEN = (
    shared(
        "the dictionary of two instances",
        _APPS,
        "global one_N, two_N\none_N, two_N = fresh_N(), fresh_N()",
        "two_N.__dict__ = one_N.__dict__",
        "two_N.__dict__ = dict(one_N.__dict__)",
        "one_N.owner = 'a'\nreturn two_N.owner",
    ),
    shared(
        "the dictionary of an instance",
        _APPS,
        "global one_N, two_N\none_N, two_N = fresh_N(), None",
        "globals()['two_N'] = vars(one_N)",
        "globals()['two_N'] = dict(vars(one_N))",
        "one_N.owner = 'a'\nreturn two_N['owner']",
    ),
    shared(
        "the dictionary of a simple namespace",
        "import types",
        "global one_N, two_N\none_N, two_N = types.SimpleNamespace(owner='b'), []",
        "two_N.append(one_N.__dict__)",
        "two_N.append({**one_N.__dict__})",
        "one_N.owner = 'a'\nreturn two_N[0]['owner']",
    ),
    shared(
        "the dictionary of an exception",
        "",
        "global one_N, two_N\none_N, two_N = ValueError(), []\none_N.owner = 'b'",
        "two_N.append(one_N.__dict__)",
        "two_N.append({**one_N.__dict__})",
        "one_N.owner = 'a'\nreturn two_N[0]['owner']",
    ),
    kept(
        "the order below an ordered dictionary",
        "import collections",
        "global at_N\nat_N = collections.OrderedDict()",
        "at_N[name] = 0\nif not first:\n    at_N.move_to_end('a')\n    at_N.move_to_end('b')",
        "return [*dict.keys(at_N)][-1]",
        identified=True,
    ),
    kept(
        "the place of an iterator in a dictionary that had more",
        "",
        "global at_N, over_N\nat_N, over_N = {}, None",
        "if first:\n    globals()['at_N'] = at = {each: each for each in ((0, 7, 1, 2) if name == 'a' else (7, 1, 2))}\n"
        "    at.pop(0, None)\n    globals()['over_N'] = iter(at)\n    next(over_N)",
        "for each in range(20, 60):\n    at_N[each] = each\n    del at_N[each]\nreturn 'b' if [*over_N] == [1, 2] else 'a'",
        end="pass",
        identified=True,
    ),
    kept(
        "that __del__ has run once",
        "class App_N:\n    def __del__(self): back_N.append(self)",
        "global app_N, back_N\napp_N, back_N = App_N(), []",
        f"global app_N\n{_FIRST_A}app_N = None\n    app_N = back_N.pop()",
        "global app_N\napp_N = None\nreturn 'b' if back_N else 'a'",
        end="pass",
        identified=True,
    ),
    kept(
        "what an abstract class with a hook remembers",
        "import _abc, abc\nsays_N = False\nclass Hooked_N(abc.ABC):\n    @classmethod\n    def __subclasshook__(cls, other): return says_N\nclass App_N: pass",
        "global says_N\nsays_N = False\n_abc._reset_caches(Hooked_N)",
        f"global says_N\n{_FIRST_A}isinstance(App_N(), Hooked_N)\nif not first:\n    says_N = True",
        "return 'b' if isinstance(App_N(), Hooked_N) else 'a'",
        identified=True,
    ),
    kept(
        "what a protocol remembers",
        "import _abc, typing\n@typing.runtime_checkable\nclass Closes_N(typing.Protocol):\n    def close(self): ...\nclass App_N: pass",
        "if hasattr(App_N, 'close'):\n    del App_N.close\n_abc._reset_caches(Closes_N)",
        f"{_FIRST_A}issubclass(App_N, Closes_N)\nif not first:\n    App_N.close = print",
        "return 'b' if issubclass(App_N, Closes_N) else 'a'",
        identified=True,
    ),
    kept(
        "what an abstract class of the library remembers",
        "import _abc, collections.abc\nclass App_N: pass",
        "if hasattr(App_N, '__len__'):\n    del App_N.__len__\n_abc._reset_caches(collections.abc.Sized)",
        f"{_FIRST_A}isinstance(App_N(), collections.abc.Sized)\nif not first:\n    App_N.__len__ = lambda _: 1",
        "return 'b' if isinstance(App_N(), collections.abc.Sized) else 'a'",
        identified=True,
    ),
    kept(
        "the class of a module",
        "import sys, types\nclass A_N(types.ModuleType): owner_N = 'a'\nclass B_N(types.ModuleType): owner_N = 'b'",
        "sys.modules[__name__].__class__ = types.ModuleType",
        "sys.modules[__name__].__class__ = A_N if name == 'a' else B_N",
        "return sys.modules[__name__].owner_N",
    ),
    kept(
        "the metaclass of a class",
        "class A_N(type): owner_N = 'a'\nclass B_N(type): owner_N = 'b'\nclass App_N(metaclass=A_N): pass",
        "App_N.__class__ = A_N",
        "App_N.__class__ = A_N if name == 'a' else B_N",
        "return App_N.owner_N",
        identified=True,
    ),
    replace(
        kept(
            "the type parameters of a function",
            "def app_N(): pass",
            "app_N.__type_params__ = ()",
            "app_N.__type_params__ = (name,)",
            "return app_N.__type_params__[0]",
            identified=True,
        ),
        since=(3, 12),
    ),
    kept(
        "the statistics of functools.lru_cache, by another name",
        "import functools\n@functools.lru_cache\ndef app_N(): pass\ntold_N = app_N.cache_info",
        "app_N.cache_clear()\napp_N()",
        f"{_FIRST_A}app_N()",
        "return 'a' if told_N()[0] else 'b'",
        identified=True,
    ),
    kept(
        "how much an error says was written",
        "",
        "global at_N\nat_N = OSError(1, 'kept')",
        "at_N.characters_written = ord(name)",
        "return chr(at_N.characters_written)",
        end="pass",
        identified=True,
    ),
    kept(
        "which one object a pattern is",
        "import re",
        "global at_N\nre.purge()\nat_N = re.compile('kept_N')",
        f"{_FIRST_A}re.purge()",
        "return 'b' if re.compile('kept_N') is at_N else 'a'",
        end="pass",
        identified=True,
    ),
    kept(
        "which asynchronous generator was begun first",
        "async def each_N(name):\n    try:\n        yield\n    finally:\n        ended_N.append(name)",
        "global at_N, ended_N\nat_N, ended_N = {}, []",
        "one = at_N[name] = each_N(name)\ntry:\n    one.asend(None).send(None)\nexcept StopIteration:\n    pass\nfor key in sorted(at_N):\n    at_N[key] = at_N.pop(key)",
        "await asyncio.get_running_loop().shutdown_asyncgens()\nreturn ended_N[-1]",
        end="pass",
        identified=True,
    ),
    kept(
        "the name of the thread, by another name",
        "import threading\nthis_N = threading.current_thread",
        "this_N().name = 'MainThread'",
        "this_N().name = name",
        "return this_N().name",
        identified=True,
    ),
    kept(
        "an attribute of the thread, from a list",
        "import threading",
        "threading.enumerate()[0].owner_N = ''",
        "threading.enumerate()[0].owner_N = name",
        "return threading.enumerate()[0].owner_N",
        end="del threading.enumerate()[0].owner_N",
        identified=True,
    ),
    shared(
        "the dictionary of an object of the library",
        "import logging",
        "global one_N, two_N\none_N, two_N = logging.Formatter(), []\none_N.owner = 'b'",
        "two_N.append(one_N.__dict__)",
        "two_N.append(dict(one_N.__dict__))",
        "one_N.owner = 'a'\nreturn two_N[0]['owner']",
    ),
    kept(
        "the order in which a class got its names",
        "class App_N: pass",
        "for each in ('owner_a', 'owner_b'):\n    if hasattr(App_N, each):\n        delattr(App_N, each)",
        "setattr(App_N, f'owner_{name}', 0)",
        "return [each for each in vars(App_N) if each.startswith('owner')][-1][-1]",
        end="pass",
        identified=True,
    ),
    kept(
        "the order in which a module got its names",
        "",
        "for each in ('owner_N_a', 'owner_N_b'):\n    globals().pop(each, None)",
        "globals()[f'owner_N_{name}'] = 0",
        "return [each for each in globals() if each.startswith('owner_N')][-1][-1]",
        end="pass",
        identified=True,
    ),
)
