"""Instances, exceptions, functions, classes and caches that change without being bound anew."""

# ruff: noqa: E501 - texts of programs

from __future__ import annotations

from kept.place import Thing


def instance(name: str, module: str, fresh: str = "App_N()", *, identified: bool = True) -> Thing:
    return Thing(name=name, module=module, fresh=fresh, store="at.owner = name", load="at.owner", identified=identified)


INSTANCES = (
    instance("an instance", "class App_N: pass"),
    instance("a slot", "class App_N:\n    __slots__ = ('owner',)"),
    instance(
        "slots of two classes",
        "class Base_N:\n    __slots__ = ('owner',)\nclass App_N(Base_N):\n    __slots__ = ('other', '__dict__')",
    ),
    instance("a simple namespace", "import types", "types.SimpleNamespace(owner=None)"),
    instance("a subclass of a simple namespace", "import types\nclass App_N(types.SimpleNamespace): pass"),
    instance("a dataclass", "import dataclasses\n@dataclasses.dataclass\nclass App_N:\n    owner: object = None"),
    instance(
        "a dataclass that is compared by one field",
        "import dataclasses\n@dataclasses.dataclass\nclass App_N:\n    number: int = 1\n    owner: object = dataclasses.field(default=None, compare=False, repr=False)",
    ),
    instance(
        "an instance with an __eq__",
        "class App_N:\n    def __eq__(self, other): return True\n    def __hash__(self): return 1",
    ),
    instance(
        "an instance with __getstate__",
        "class App_N:\n    def __getstate__(self): return {}\n    def __reduce__(self): return (App_N, ())",
    ),
    instance(
        "an instance whose length is 0",
        "class App_N:\n    def __len__(self): return 0\n    def __bool__(self): return False",
    ),
    instance(
        "an instance with a metaclass",
        "class Meta_N(type):\n    def __eq__(cls, other): return True\n    def __hash__(cls): return 0\nclass App_N(metaclass=Meta_N): pass",
    ),
    instance(
        "an instance of a class with a __dict__ property",
        "class App_N:\n    __dict__ = property(lambda self: {})\n    __slots__ = ('owner',)",
    ),
    instance("an instance in a cycle", "class App_N:\n    def __init__(self): self.me = [self]"),
    instance("an exception", "", "ValueError('kept')"),
    Thing(
        name="the cause of an exception",
        fresh="ValueError('kept')",
        store="at.__cause__ = KeyError(name)",
        load="at.__cause__.args[0]",
    ),
    Thing(
        name="the context of an exception",
        fresh="ValueError('kept')",
        store="at.__context__ = KeyError(name)",
        load="at.__context__.args[0]",
    ),
    Thing(
        name="a note of an exception", fresh="ValueError('kept')", store="at.add_note(name)", load="at.__notes__[-1]"
    ),
    Thing(
        name="the number of an error", fresh="OSError(1, 'kept')", store="at.errno = ord(name)", load="chr(at.errno)"
    ),
    Thing(
        name="the file of an error", fresh="OSError(1, 'kept', 'file')", store="at.filename = name", load="at.filename"
    ),
    Thing(
        name="the value of the end of an iteration", fresh="StopIteration(0)", store="at.value = name", load="at.value"
    ),
    Thing(name="the status of an exit", fresh="SystemExit(0)", store="at.code = name", load="at.code"),
    Thing(name="the name that was missing", fresh="NameError('kept')", store="at.name = name", load="at.name"),
    Thing(
        name="the class of an instance",
        module="class A_N: pass\nclass B_N: pass",
        fresh="A_N()",
        store="at.__class__ = A_N if name == 'a' else B_N",
        load="'a' if type(at) is A_N else 'b'",
    ),
    Thing(
        name="the code of a function",
        module="def a_N(): return 'a'\ndef b_N(): return 'b'",
        fresh="[lambda: None][0]",
        store="at.__code__ = (a_N if name == 'a' else b_N).__code__",
        load="at()",
    ),
    Thing(
        name="the bases of a class",
        module="class A_N:\n    who = 'a'\nclass B_N:\n    who = 'b'",
        fresh="type('App', (A_N,), {})",
        store="at.__bases__ = (A_N if name == 'a' else B_N,)",
        load="at.who",
    ),
    Thing(name="the name of a class", fresh="type('App', (), {})", store="at.__name__ = name", load="at.__name__"),
    Thing(name="the name of a function", fresh="[lambda: None][0]", store="at.__name__ = name", load="at.__name__"),
    Thing(name="the text about a function", fresh="[lambda: None][0]", store="at.__doc__ = name", load="at.__doc__"),
    Thing(
        name="whether an attribute is there",
        module="class App_N: pass",
        fresh="App_N()",
        store="if first and name == 'a':\n    at.owner = 1",
        load="'a' if hasattr(at, 'owner') else 'b'",
    ),
    Thing(
        name="the order of attributes",
        module="class App_N: pass",
        fresh="App_N()",
        store="setattr(at, name, 0)",
        load="[*vars(at)][0]",
    ),
    Thing(
        name="the virtual subclasses of an abstract class",
        module="import abc\nclass A_N: pass\nclass B_N: pass\ndef make_N(): return abc.ABCMeta('Shape', (), {})",
        fresh="make_N()",
        store="if first:\n    at.register(A_N if name == 'a' else B_N)",
        load="'a' if issubclass(A_N, at) else 'b'",
        identified=False,
    ),
    Thing(
        name="a partial's keywords",
        module="import functools",
        fresh="functools.partial(dict)",
        store="at.keywords['it'] = name",
        load="at()['it']",
    ),
    Thing(
        name="a module made by hand",
        module="import types",
        fresh="types.ModuleType('made')",
        store="at.owner = name",
        load="at.owner",
    ),
    Thing(
        name="a cell",
        module="import types",
        fresh="types.CellType(None)",
        store="at.cell_contents = name",
        load="at.cell_contents",
    ),
    Thing(
        name="a parser of configurations",
        module="import configparser",
        fresh="configparser.ConfigParser()",
        store="at.read_dict({'it': {'who': name}})",
        load="at['it']['who']",
        identified=False,
    ),
    Thing(
        name="a context stack",
        module="import contextlib, functools",
        fresh="(contextlib.ExitStack(), [])",
        store="at[0].callback(at[1].append, name)",
        load="(at[0].close(), at[1][0])[1]",
    ),
    Thing(
        name="contexts",
        module="import contextvars\nvariable_N = contextvars.ContextVar('variable_N')",
        fresh="contextvars.copy_context()",
        store="at.run(variable_N.set, name)",
        load="at[variable_N]",
    ),
)

CACHES = (
    Thing(
        name="functools.cache",
        module="import functools\ndef make_N():\n    @functools.cache\n    def owner(): return now_N[0]\n    return owner\nnow_N = [None]",
        fresh="make_N()",
        store="now_N[0] = name\nat()\nnow_N[0] = None",
        load="at()",
    ),
    Thing(
        name="functools.lru_cache",
        module="import functools\ndef make_N():\n    @functools.lru_cache(maxsize=1)\n    def owner(key): return now_N[0]\n    return owner\nnow_N = [None]",
        fresh="make_N()",
        store="now_N[0] = name\nat(1)\nnow_N[0] = None",
        load="at(1)",
    ),
    Thing(
        name="the order of functools.lru_cache",
        module="import functools\ndef make_N():\n    @functools.lru_cache(maxsize=2)\n    def owner(key): return object()\n    return owner",
        fresh="make_N()",
        store="at(name)",
        load="(at('c'), at('a'), 'a' if at.cache_info().misses == 4 else 'b')[2]",
    ),
    Thing(
        name="the statistics of functools.lru_cache",
        module="import functools\ndef make_N():\n    @functools.lru_cache\n    def owner(key): return key\n    return owner",
        fresh="make_N()",
        store="if first and name == 'a':\n    at(0)\n    at(0)\nelif first:\n    at(0)",
        load="'a' if at.cache_info().hits else 'b'",
    ),
    Thing(
        name="a cached method",
        module="import functools\nclass App_N:\n    source = None\n    @functools.cache\n    def owner(self): return self.source",
        fresh="App_N()",
        store="at.source = name\nat.owner()\nat.source = None",
        load="at.owner()",
        identified=False,  # it keeps the objects of all executions, so that no state is met twice
    ),
    Thing(
        name="functools.cached_property",
        module="import functools\nclass App_N:\n    source = None\n    @functools.cached_property\n    def owner(self): return self.source",
        fresh="App_N()",
        store="at.source = name\nat.owner\nat.source = None",
        load="at.owner",
    ),
    Thing(
        name="functools.singledispatch",
        module="import functools\ndef make_N():\n    @functools.singledispatch\n    def owner(value): return None\n    return owner\nclass Who_N: pass",
        fresh="make_N()",
        store="at.register(Who_N, lambda value: name)",
        load="at(Who_N())",
    ),
)
