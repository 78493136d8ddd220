"""Where a name is bound: modules, classes, functions, closures, the loop, tasks, contexts, builtins."""

# ruff: noqa: E501 - texts of programs

from __future__ import annotations

from kept.place import Root


def attribute(name: str, of: str, module: str = "", *, key: str = "owner_N", **others: object) -> Root:
    """Return a root that is an attribute of what an expression gives."""
    return Root(
        name=name,
        module=module,
        begin=f"{of}.{key} = FRESH",
        put=f"{of}.{key} = VALUE",
        get=f"{of}.{key}",
        **others,  # type: ignore[arg-type]
    )


def called(name: str, module: str, **others: object) -> Root:
    """Return a root with functions of its own, `put_N` and `get_N`."""
    return Root(name=name, module=module, begin="put_N(FRESH)", put="put_N(VALUE)", get="get_N()", **others)  # type: ignore[arg-type]


GLOBAL = Root(
    name="a global",
    module="owner_N = None",
    begin="global owner_N\nowner_N = FRESH",
    put="global owner_N\nowner_N = VALUE",
    get="owner_N",
)

_STORE = """\
class Store:
    owner = None

    def put(self, value):
        type(self).owner = value

    def get(self):
        return self.owner


store = Store()
"""
_BESIDE = {"OTHER.py": "owner_N = None\n"}
_INNER = """\
def make_N():
    owner = None

    def put(value):
        nonlocal owner
        owner = value

    return put, lambda: owner


put_N, get_N = make_N()
"""

ROOTS = (
    GLOBAL,
    Root(
        name="a global that is bound late",
        begin="global owner_N\nowner_N = 0\ndel owner_N\nowner_N = FRESH",
        put="global owner_N\ndel owner_N\nowner_N = VALUE",
        get="owner_N",
    ),
    Root(
        name="a global in a list",
        module="owners_N = [None]",
        begin="owners_N[0] = FRESH",
        put="owners_N[0] = VALUE",
        get="owners_N[0]",
    ),
    Root(
        name="a global in a dictionary of lists",
        module="owners_N = {'x': [0, [None]]}",
        begin="owners_N['x'][1][:] = [FRESH]",
        put="owners_N['x'][1][0] = VALUE",
        get="owners_N['x'][1][0]",
    ),
    attribute("an imported module", "OTHER", "import OTHER", files=_BESIDE),
    attribute("a module imported under another name", "other_N", "import OTHER as other_N", files=_BESIDE),
    Root(
        name="a module imported late",
        begin="import OTHER\nOTHER.owner_N = FRESH",
        put="import OTHER\nOTHER.owner_N = VALUE",
        get="late_N()",
        module="def late_N():\n    import OTHER\n    return OTHER.owner_N",
        files=_BESIDE,
    ),
    Root(
        name="a module of a package",
        module="import OTHER.inner",
        begin="OTHER.inner.owner_N = FRESH",
        put="OTHER.inner.owner_N = VALUE",
        get="OTHER.inner.owner_N",
        files={"OTHER/__init__.py": "", "OTHER/inner.py": "owner_N = None\n"},
    ),
    Root(
        name="an object from another module",
        module="from OTHER import store as their_N",
        begin="their_N.put(FRESH)",
        put="their_N.put(VALUE)",
        get="their_N.get()",
        files={"OTHER.py": _STORE},
    ),
    Root(
        name="functions from another module",
        module="from OTHER import put as put_N, get as get_N",
        begin="put_N(FRESH)",
        put="put_N(VALUE)",
        get="get_N()",
        files={
            "OTHER.py": "owner = None\ndef put(value):\n    global owner\n    owner = value\ndef get():\n    return owner\n"
        },
    ),
    Root(
        name="an object from another module, imported late",
        module="def late_N():\n    from OTHER import store\n    return store",
        begin="late_N().put(FRESH)",
        put="late_N().put(VALUE)",
        get="late_N().get()",
        files={"OTHER.py": _STORE},
    ),
    attribute("a class", "App_N", "class App_N: pass", key="owner"),
    attribute(
        "a nested class", "App_N.State.Inner", "class App_N:\n    class State:\n        class Inner: pass", key="owner"
    ),
    attribute("a class that a function made", "App_N", "App_N = type('App', (), {})", key="owner"),
    attribute(
        "a class that only an instance shows",
        "type(app_N)",
        "def make_N():\n    class App: pass\n    return App()\napp_N = make_N()",
        key="owner",
    ),
    called(
        "a class, by a class method",
        "class App_N:\n    owner = None\n    @classmethod\n    def put(cls, value): cls.owner = value\n"
        "put_N, get_N = App_N.put, lambda: App_N.owner",
    ),
    attribute("a base class", "Base_N", "class Base_N: pass\nclass App_N(Base_N): pass\napp_N = App_N()", key="owner"),
    attribute("a metaclass", "Meta_N", "class Meta_N(type): pass\nclass App_N(metaclass=Meta_N): pass", key="owner"),
    attribute(
        "a class, past its metaclass",
        "App_N",
        "class Meta_N(type):\n    def __setattr__(cls, name, value): type.__setattr__(cls, '_' + name, value)\n"
        "    def __getattribute__(cls, name): return type.__getattribute__(cls, '_' + name if name == 'owner' else name)\n"
        "class App_N(metaclass=Meta_N): pass",
        key="owner",
    ),
    Root(
        name="a method of a class",
        module="class App_N:\n    def owner(self): return None\napp_N = App_N()",
        begin="value = FRESH\nApp_N.owner = lambda self: value",
        put="value = VALUE\nApp_N.owner = lambda self: value",
        get="app_N.owner()",
    ),
    attribute("an instance", "app_N", "class App_N: pass\napp_N = App_N()", key="owner"),
    attribute("a slot", "app_N", "class App_N:\n    __slots__ = ('owner',)\napp_N = App_N()", key="owner"),
    attribute(
        "a property",
        "app_N",
        "class App_N:\n    @property\n    def owner(self): return self._it\n    @owner.setter\n"
        "    def owner(self, value): self._it = value\napp_N = App_N()",
        key="owner",
    ),
    attribute(
        "a descriptor",
        "app_N",
        "class Field_N:\n    value = None\n    def __get__(self, item, owner=None): return self.value\n"
        "    def __set__(self, item, value): self.value = value\n"
        "class App_N:\n    owner = Field_N()\napp_N = App_N()",
        key="owner",
    ),
    called(
        "an instance that another refers to by a weak reference",
        "import weakref\nclass App_N: pass\napps_N = [App_N()]\nlook_N = weakref.ref(apps_N[0])\n"
        "def put_N(value): look_N().owner = value\ndef get_N(): return look_N().owner",
    ),
    called(
        "an object with __getattr__",
        "class App_N:\n    def __init__(self): object.__setattr__(self, 'held', {})\n"
        "    def __getattr__(self, name): return self.held[name]\n"
        "    def __setattr__(self, name, value): self.held[name] = value\napp_N = App_N()\n"
        "def put_N(value): app_N.owner = value\ndef get_N(): return app_N.owner",
    ),
    called(
        "an object that hides its dictionary",
        "class App_N:\n    def __getattribute__(self, name):\n        if name == '__dict__': return {}\n"
        "        return object.__getattribute__(self, name)\napp_N = App_N()\n"
        "def put_N(value): app_N.owner = value\ndef get_N(): return app_N.owner",
    ),
    called(
        "an object that lies about its class",
        "class Other_N: pass\nclass App_N:\n    __class__ = Other_N\napp_N = App_N()\n"
        "def put_N(value): app_N.owner = value\ndef get_N(): return app_N.owner",
    ),
    called("a closure", _INNER),
    called(
        "a closure in a closure",
        "def outer_N():\n    owner = None\n    def middle():\n        def put(value):\n            nonlocal owner\n"
        "            owner = value\n        return put, lambda: owner\n    return middle()\nput_N, get_N = outer_N()",
    ),
    called(
        "a mutable default",
        "def put_N(value, held=[None]): held[0] = value\ndef get_N(held=put_N.__defaults__[0]): return held[0]",
    ),
    called(
        "a mutable default by keyword",
        "def put_N(value, *, held={}): held['it'] = value\ndef get_N(*, held=put_N.__kwdefaults__['held']): return held['it']",
    ),
    Root(
        name="the defaults of a function",
        module="def get_N(owner=None): return owner",
        begin="get_N.__defaults__ = (FRESH,)",
        put="get_N.__defaults__ = (VALUE,)",
        get="get_N()",
    ),
    Root(
        name="the keyword defaults of a function",
        module="def get_N(*, owner=None): return owner",
        begin="get_N.__kwdefaults__ = {'owner': FRESH}",
        put="get_N.__kwdefaults__ = {'owner': VALUE}",
        get="get_N()",
    ),
    Root(
        name="the keyword defaults of a method",
        module="class App_N:\n    def get(self, *, owner=None): return owner",
        begin="App_N.get.__kwdefaults__ = {'owner': FRESH}",
        put="App_N.get.__kwdefaults__['owner'] = VALUE",
        get="App_N().get()",
    ),
    attribute("an attribute of a function", "ask_N", "def ask_N(): pass", key="owner"),
    attribute("an attribute of a method", "App_N.ask", "class App_N:\n    def ask(self): pass", key="owner"),
    attribute("an attribute of a partial", "ask_N", "import functools\nask_N = functools.partial(print)", key="owner"),
    attribute(
        "an attribute of a decorated function",
        "ask_N",
        "import functools\ndef plain_N(): pass\n@functools.wraps(plain_N)\ndef ask_N(): pass",
        key="owner",
    ),
    Root(
        name="the annotations of a function",
        module="def ask_N(): pass",
        begin="ask_N.__annotations__ = {'it': FRESH}",
        put="ask_N.__annotations__['it'] = VALUE",
        get="ask_N.__annotations__['it']",
    ),
    Root(
        name="the annotations of a class",
        module="class App_N: pass",
        begin="App_N.__annotations__ = {'it': FRESH}",
        put="App_N.__annotations__ = {'it': VALUE}",
        get="App_N.__annotations__['it']",
    ),
    attribute("a simple namespace", "state_N", "import types\nstate_N = types.SimpleNamespace()", key="owner"),
    attribute("a namespace of arguments", "state_N", "import argparse\nstate_N = argparse.Namespace()", key="owner"),
    attribute("a module made by hand", "state_N", "import types\nstate_N = types.ModuleType('made')", key="owner"),
    attribute("a logger", "log_N", "import logging\nlog_N = logging.getLogger('OTHER')", key="owner"),
    attribute(
        "a member of an enumeration", "Color_N.RED", "import enum\nclass Color_N(enum.Enum):\n    RED = 1", key="owner"
    ),
    attribute("an exception", "error_N", "error_N = ValueError('kept')", key="owner"),
    Root(
        name="the notes of an exception",
        module="error_N = ValueError('kept')",
        begin="error_N.__notes__ = [FRESH]",
        put="error_N.__notes__ = [VALUE]",
        get="error_N.__notes__[-1]",
    ),
    Root(
        name="the arguments of an exception",
        module="error_N = ValueError('kept')",
        begin="error_N.args = (FRESH,)",
        put="error_N.args = (VALUE,)",
        get="error_N.args[0]",
    ),
    attribute(
        "a dataclass",
        "data_N",
        "import dataclasses\n@dataclasses.dataclass\nclass Data_N:\n    owner: object = None\ndata_N = Data_N()",
        key="owner",
    ),
    attribute(
        "a dataclass with slots",
        "data_N",
        "import dataclasses\n@dataclasses.dataclass(slots=True)\nclass Data_N:\n    owner: object = None\ndata_N = Data_N()",
        key="owner",
    ),
    Root(
        name="a frozen dataclass, by force",
        module="import dataclasses\n@dataclasses.dataclass(frozen=True)\nclass Data_N:\n    owner: object = None\ndata_N = Data_N()",
        begin="object.__setattr__(data_N, 'owner', FRESH)",
        put="object.__setattr__(data_N, 'owner', VALUE)",
        get="data_N.owner",
    ),
    attribute(
        "the class of a named tuple",
        "Point_N",
        "import collections\nPoint_N = collections.namedtuple('Point_N', 'x')",
        key="owner",
    ),
    attribute(
        "a class of the standard library",
        "asyncio.Queue",
        key="owner_N",
        end="if 'owner_N' in vars(asyncio.Queue): del asyncio.Queue.owner_N",
    ),
    attribute(
        "a module of the standard library", "json", "import json", end="if hasattr(json, 'owner_N'): del json.owner_N"
    ),
    attribute("asyncio", "asyncio", end="if hasattr(asyncio, 'owner_N'): del asyncio.owner_N"),
    attribute("sys", "sys", "import sys", end="if hasattr(sys, 'owner_N'): del sys.owner_N"),
    attribute("builtins", "builtins", "import builtins", end="if hasattr(builtins, 'owner_N'): del builtins.owner_N"),
    Root(
        name="a name found among builtins",
        module="import builtins",
        begin="builtins.owner_N = FRESH",
        put="builtins.owner_N = VALUE",
        get="owner_N",
        end="if hasattr(builtins, 'owner_N'): del builtins.owner_N",
    ),
    attribute("the loop", "asyncio.get_running_loop()", tasks=True),
    Root(
        name="the exception handler of the loop",
        begin="value = FRESH\nasyncio.get_running_loop().held_N = asyncio.get_running_loop().get_exception_handler()\n"
        "asyncio.get_running_loop().set_exception_handler(lambda loop, context, value=value: value)",
        put="asyncio.get_running_loop().set_exception_handler(lambda loop, context, value=VALUE: value)",
        get="asyncio.get_running_loop().get_exception_handler()(None, {})",
        tasks=True,
    ),
    Root(
        name="a task",
        begin="global main_N\nmain_N = asyncio.current_task()\nmain_N.owner_N = FRESH",
        put="main_N.owner_N = VALUE",
        get="main_N.owner_N",
        tasks=True,
    ),
    Root(
        name="a context variable",
        module="import contextvars\nvariable_N = contextvars.ContextVar('variable_N')",
        begin="global context_N\ncontext_N = contextvars.copy_context()\ncontext_N.run(variable_N.set, FRESH)",
        put="context_N.run(variable_N.set, VALUE)",
        get="context_N[variable_N]",
    ),
    Root(
        name="a context variable with a mutable default",
        module="import contextvars\nvariable_N = contextvars.ContextVar('variable_N', default=[None])",
        begin="variable_N.get()[0] = FRESH",
        put="variable_N.get()[0] = VALUE",
        get="variable_N.get()[0]",
    ),
    Root(
        name="what a context variable of all tasks refers to",
        module="import contextvars\nvariable_N = contextvars.ContextVar('variable_N')",
        begin="variable_N.set({'it': FRESH})",
        put="variable_N.get()['it'] = VALUE",
        get="variable_N.get()['it']",
    ),
    attribute("a thread's own", "own_N", "import threading\nown_N = threading.local()", key="owner", identified=False),
    Root(
        name="a weak dictionary",
        module="import weakref\nclass App_N: pass\napp_N = App_N()\nheld_N = weakref.WeakKeyDictionary()",
        begin="held_N[app_N] = FRESH",
        put="held_N[app_N] = VALUE",
        get="held_N[app_N]",
    ),
    attribute(
        "an attribute of a metaclass",
        "Kind_N",
        module="class Kind_N(type): owner_N = None\nclass Made_N(metaclass=Kind_N): pass",
    ),
    called(
        "a metaclass that is asked through its class",
        module="class Kind_N(type): owners = {}\nclass Made_N(metaclass=Kind_N): pass\ndef put_N(value): Made_N.owners['it'] = value\ndef get_N(): return Made_N.owners['it']",
    ),
    called(
        "the closure of a special method",
        module=f"{_INNER}class Sized_N:\n    def __call__(self, *value): return put_inner_N(*value) if value else get_inner_N()\nput_inner_N, get_inner_N = put_N, get_N\nSized_N.__call__ = (lambda put, get: lambda self, *value: put(*value) if value else get())(put_N, get_N)\ndel put_inner_N, get_inner_N\nsized_N = Sized_N()\ndef put_N(value): sized_N(value)\ndef get_N(): return sized_N()",
    ),
    called(
        "an object in the place of a special method",
        module="class Held_N:\n    held = None\n    def __call__(self, *value):\n        if value: self.held = value[0]\n        return self.held\nclass Thing_N: __call__ = Held_N()\nthing_N = Thing_N()\ndef put_N(value): thing_N(value)\ndef get_N(): return thing_N()",
    ),
    called(
        "the default of a method that the library finds",
        module="import ast\nclass Visitor_N(ast.NodeVisitor):\n    def visit_Constant(self, node, held=[None]):\n        if node.value != (): held[0] = node.value\n        return held[0]\ndef put_N(value): Visitor_N().visit(ast.Constant(value))\ndef get_N(): return Visitor_N().visit(ast.Constant(()))",
    ),
    called(
        "a class in a union of types",
        module="class Own_N: owner = None\nunion_N = Own_N | None\ndel Own_N\ndef put_N(value): union_N.__args__[0].owner = value\ndef get_N(): return union_N.__args__[0].owner",
    ),
    called(
        "the zone of a moment",
        module="import datetime\nclass Zone_N(datetime.tzinfo):\n    owner = None\nmoment_N = datetime.datetime(2026, 1, 1, tzinfo=Zone_N())\ndef put_N(value): moment_N.tzinfo.owner = value\ndef get_N(): return moment_N.tzinfo.owner",
    ),
)
