"""How a name is bound or read where its spelling does not show it.

What follows whatever a program can reach, and what a value that could change anything does, must be known, or states
are opaque. So none of these needs to be identified, though a search may.
"""

# ruff: noqa: E501 - texts of programs

from __future__ import annotations

from kept.place import Root

_BESIDE = {"OTHER.py": "owner = None\n"}
_CLASS = "class App_N: pass"


def spelled(  # noqa: PLR0913 - all that makes one
    name: str, module: str, put: str, get: str, *, beside: bool = False, begin: str = ""
) -> Root:
    """Return a root whose beginning is written as `put`, unless told otherwise; `beside`: with another module."""
    return Root(
        name=name,
        module=module,
        begin=begin or put.replace("VALUE", "FRESH"),
        put=put,
        get=get,
        files=_BESIDE if beside else {},
        identified=False,
    )


_IN_OTHER = "OTHER.owner"

SPELLINGS = (
    spelled("globals()[name]", "", "globals()['owner' + '_N'] = VALUE", "globals()['owner' + '_N']"),
    spelled("globals()[name], read plainly", "", "globals()['owner_N'] = VALUE", "owner_N"),
    spelled("globals().update()", "", "globals().update(owner_N=VALUE)", "owner_N"),
    spelled("globals kept in a name", "names_N = globals()", "names_N['owner_N'] = VALUE", "owner_N"),
    spelled(
        "the globals of a function", "def ask_N(): return owner_N", "ask_N.__globals__['owner_N'] = VALUE", "ask_N()"
    ),
    spelled("setattr on a module", "import OTHER", "setattr(OTHER, 'owner', VALUE)", _IN_OTHER, beside=True),
    spelled(
        "setattr under another name",
        "import OTHER\nput_N = setattr",
        "put_N(OTHER, 'owner', VALUE)",
        _IN_OTHER,
        beside=True,
    ),
    spelled(
        "a partial of setattr",
        "import OTHER, functools\nput_N = functools.partial(setattr, OTHER, 'owner')",
        "put_N(VALUE)",
        _IN_OTHER,
        beside=True,
    ),
    spelled(
        "map over setattr", "import OTHER", "list(map(setattr, [OTHER], ['owner'], [VALUE]))", _IN_OTHER, beside=True
    ),
    spelled(
        "setattr with a computed name",
        f"{_CLASS}\nkey_N = ''.join(['ow', 'ner'])",
        "setattr(App_N, key_N, VALUE)",
        "getattr(App_N, key_N)",
    ),
    spelled(
        "getattr under another name", f"{_CLASS}\nget_N = getattr", "App_N.owner = VALUE", "get_N(App_N, 'own' + 'er')"
    ),
    spelled("type.__setattr__", _CLASS, "type.__setattr__(App_N, 'owner', VALUE)", "App_N.owner"),
    spelled(
        "type.__setattr__ under another name",
        f"{_CLASS}\nput_N = type.__setattr__",
        "put_N(App_N, 'owner', VALUE)",
        "App_N.owner",
    ),
    spelled(
        "object.__setattr__", f"{_CLASS}\napp_N = App_N()", "object.__setattr__(app_N, 'owner', VALUE)", "app_N.owner"
    ),
    spelled(
        "a bound __setattr__",
        f"{_CLASS}\napp_N = App_N()\nput_N = app_N.__setattr__",
        "put_N('owner', VALUE)",
        "app_N.owner",
    ),
    spelled("vars(module)[name]", "import OTHER", "vars(OTHER)['owner'] = VALUE", "vars(OTHER)['owner']", beside=True),
    spelled("module.__dict__.update", "import OTHER", "OTHER.__dict__.update(owner=VALUE)", _IN_OTHER, beside=True),
    spelled(
        "a module's dictionary under a name",
        "import OTHER\nheld_N = vars(OTHER)",
        "held_N['owner'] = VALUE",
        _IN_OTHER,
        beside=True,
    ),
    spelled(
        "instance.__dict__[name]",
        f"{_CLASS}\napp_N = App_N()",
        "app_N.__dict__['owner'] = VALUE",
        "vars(app_N)['owner']",
    ),
    spelled(
        "operator.attrgetter",
        "import OTHER, operator\nget_N = operator.attrgetter('owner')",
        "OTHER.owner = VALUE",
        "get_N(OTHER)",
        beside=True,
    ),
    spelled(
        "operator.attrgetter of a class",
        f"import operator\n{_CLASS}\nget_N = operator.attrgetter('owner')",
        "App_N.owner = VALUE",
        "get_N(App_N)",
    ),
    spelled(
        "operator.methodcaller",
        "import operator\nclass App_N:\n    owner = None\n    @classmethod\n    def put(cls, value): cls.owner = value\n"
        "    @classmethod\n    def get(cls): return cls.owner\nget_N = operator.methodcaller('get')",
        "operator.methodcaller('put', VALUE)(App_N)",
        "get_N(App_N)",
    ),
    spelled(
        "exec", "owner_N = None", "exec('global owner_N; owner_N = value', globals(), {'value': VALUE})", "owner_N"
    ),
    spelled(
        "exec in a module",
        "import OTHER",
        "OTHER.value = VALUE\nexec('owner = value', vars(OTHER))",
        _IN_OTHER,
        beside=True,
    ),
    spelled("eval", "owner_N = None", "global owner_N\nowner_N = VALUE", "eval('owner' + '_N')"),
    spelled(
        "compiled code",
        "owner_N = None\ncode_N = compile('owner_N', 'elsewhere', 'eval')",
        "global owner_N\nowner_N = VALUE",
        "eval(code_N)",
    ),
    spelled(
        "sys.modules",
        "import OTHER, sys",
        "sys.modules['OTHER'].owner = VALUE",
        "sys.modules['OTHER'].owner",
        beside=True,
    ),
    spelled("sys.modules of the module itself", "import sys", "sys.modules[__name__].owner_N = VALUE", "owner_N"),
    spelled(
        "importlib.import_module",
        "import importlib",
        "importlib.import_module('OTHER').owner = VALUE",
        "importlib.import_module('OTHER').owner",
        beside=True,
    ),
    spelled("__import__", "", "__import__('OTHER').owner = VALUE", "__import__('OTHER').owner", beside=True),
    spelled(
        "a frame's globals", "import sys\nowner_N = None", "sys._getframe().f_globals['owner_N'] = VALUE", "owner_N"
    ),
    spelled(
        "gc.get_objects",
        f"import gc\n{_CLASS}",
        "app_N.owner = VALUE",
        "[each for each in gc.get_objects() if type(each) is App_N][-1].owner",
        begin="global app_N\napp_N = App_N()\napp_N.owner = FRESH",
    ),
    spelled(
        "gc.get_referents",
        f"import gc\n{_CLASS}\nhidden_N = [App_N()]",
        "gc.get_referents(hidden_N)[0].owner = VALUE",
        "gc.get_referents(hidden_N)[0].owner",
    ),
    spelled(
        "the subclasses of a class",
        "class Base_N: pass\ndef make_N():\n    class App(Base_N): pass\n    return [App]\nhidden_N = make_N()",
        "Base_N.__subclasses__()[0].owner = VALUE",
        "Base_N.__subclasses__()[0].owner",
    ),
    spelled(
        "ctypes",
        "import ctypes\nowners_N = [None]",
        "owners_N[0] = VALUE",
        "ctypes.cast(id(owners_N), ctypes.py_object).value[0]",
    ),
    spelled(
        "a class through its method resolution order",
        "class Base_N: pass\nclass App_N(Base_N): pass",
        "App_N.__mro__[1].owner = VALUE",
        "App_N.owner",
    ),
    spelled(
        "the function below a wrapper",
        "import functools\ndef plain_N(): pass\n@functools.wraps(plain_N)\ndef ask_N(): pass",
        "ask_N.__wrapped__.owner = VALUE",
        "ask_N.__wrapped__.owner",
    ),
    spelled(
        "the cell of a closure",
        "def make_N():\n    owner = None\n    return lambda: owner\nask_N = make_N()",
        "ask_N.__closure__[0].cell_contents = VALUE",
        "ask_N()",
    ),
    spelled(
        "a dictionary of functions",
        f"{_CLASS}\ndeeds_N = {{'put': setattr, 'get': getattr}}",
        "deeds_N['put'](App_N, 'owner', VALUE)",
        "deeds_N['get'](App_N, 'owner')",
    ),
    spelled(
        "unittest.mock.patch",
        "import OTHER, unittest.mock",
        "unittest.mock.patch.object(OTHER, 'owner', VALUE).start()",
        _IN_OTHER,
        beside=True,
        begin="unittest.mock.patch.stopall()\nOTHER.owner = FRESH",
    ),
)
