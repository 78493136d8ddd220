"""Containers, with and without methods of their own, that change without being bound anew."""

# ruff: noqa: E501 - texts of programs

from __future__ import annotations

from kept.place import Thing


def mapping(name: str, fresh: str, module: str = "", *, identified: bool = True) -> Thing:
    return Thing(name=name, module=module, fresh=fresh, store="at['it'] = name", load="at['it']", identified=identified)


def listing(name: str, fresh: str, module: str = "", *, identified: bool = True) -> Thing:
    return Thing(
        name=name,
        module=module,
        fresh=fresh,
        store="at.append(name)",
        load="list.__getitem__(at, -1)" if "list" in name else "at[-1]",
        identified=identified,
    )


LIST = listing("a list", "[]")

_LIVES = Thing(
    name="whether a weak reference is dead",
    module="import weakref\nclass Who_N: pass",
    fresh="(lambda who: ([who], weakref.ref(who)))(Who_N())",
    store="if first and name == 'a':\n    at[0][0] = None",
    load="'a' if at[1]() is None else 'b'",
)

CONTAINERS = (
    LIST,
    mapping("a dictionary", "{}"),
    Thing(
        name="the order of a dictionary", fresh="{'a': 0, 'b': 0}", store="at[name] = at.pop(name)", load="[*at][-1]"
    ),
    Thing(name="a set", fresh="set()", store="at.clear()\nat.add(name)", load="next(iter(at))"),
    Thing(name="a byte array", fresh="bytearray(b'_')", store="at[0] = ord(name)", load="at.decode()"),
    Thing(
        name="a deque that keeps one",
        module="import collections",
        fresh="collections.deque(maxlen=1)",
        store="at.append(name)",
        load="at[0]",
    ),
    Thing(
        name="a deque",
        module="import collections",
        fresh="collections.deque()",
        store="at.appendleft(name)",
        load="at[0]",
    ),
    Thing(
        name="a counter",
        module="import collections",
        fresh="collections.Counter()",
        store="at[name] += 1 + first",
        load="at.most_common()[-1][0]",
    ),
    Thing(
        name="an ordered dictionary",
        module="import collections",
        fresh="collections.OrderedDict(a=0, b=0)",
        store="at.move_to_end(name)",
        load="[*at][-1]",
    ),
    Thing(
        name="a dictionary with defaults",
        module="import collections",
        fresh="collections.defaultdict(list)",
        store="at['it'].append(name)",
        load="at['it'][-1]",
    ),
    Thing(
        name="the factory of a dictionary with defaults",
        module="import collections",
        fresh="collections.defaultdict(str)",
        store="at.default_factory = lambda: name",
        load="at['it']",
    ),
    mapping("a chain of dictionaries", "collections.ChainMap({}, {})", "import collections"),
    mapping("a user's dictionary", "collections.UserDict()", "import collections"),
    Thing(
        name="a user's sequence",
        module="import collections",
        fresh="collections.UserList()",
        store="at.append(name)",
        load="at[-1]",
    ),
    listing(
        "a list with an __iter__ of its own",
        "List_N()",
        "class List_N(list):\n    def __iter__(self): return iter(())\n    def __len__(self): return 0",
    ),
    listing(
        "a list whose __iter__ never ends",
        "List_N()",
        "class List_N(list):\n    def __iter__(self):\n        while True:\n            yield 1",
    ),
    listing(
        "a list that is equal to all",
        "List_N()",
        "class List_N(list):\n    def __eq__(self, other): return True\n    __hash__ = None",
    ),
    Thing(
        name="an attribute of a list",
        module="class List_N(list): pass",
        fresh="List_N()",
        store="at.owner = name",
        load="at.owner",
    ),
    mapping(
        "a dictionary with items of its own",
        "Dict_N()",
        "class Dict_N(dict):\n    def items(self): return ()\n    def __iter__(self): return iter(())\n    def __len__(self): return 0",
    ),
    Thing(
        name="a dictionary with __missing__",
        module="class Dict_N(dict):\n    def __missing__(self, key): return self.owner",
        fresh="Dict_N()",
        store="at.owner = name",
        load="at['it']",
    ),
    Thing(
        name="a subclass of set",
        module="class Set_N(set):\n    def __iter__(self): return iter(())\n    def __len__(self): return 0",
        fresh="Set_N()",
        store="at.clear()\nat.add(name)",
        load="'a' if 'a' in at else 'b'",
    ),
    Thing(
        name="a subclass of deque",
        module="import collections\nclass Deque_N(collections.deque):\n    def __iter__(self): return iter(())",
        fresh="Deque_N()",
        store="at.append(name)",
        load="at[-1]",
    ),
    Thing(
        name="a subclass of byte arrays",
        module="class Bytes_N(bytearray): pass",
        fresh="Bytes_N(b'_')",
        store="at[0] = ord(name)",
        load="at.decode()",
    ),
    Thing(
        name="an attribute of a text",
        module="class Text_N(str): pass",
        fresh="Text_N('text')",
        store="at.owner = name",
        load="at.owner",
    ),
    Thing(
        name="an attribute of a number",
        module="class Number_N(int): pass",
        fresh="Number_N(1)",
        store="at.owner = name",
        load="at.owner",
    ),
    Thing(
        name="an attribute of a tuple",
        module="class Tuple_N(tuple): pass",
        fresh="Tuple_N()",
        store="at.owner = name",
        load="at.owner",
    ),
    Thing(name="a list in a tuple", fresh="(0, [])", store="at[1].append(name)", load="at[1][-1]"),
    Thing(
        name="a list among the keys of a dictionary",
        module="class Key_N:\n    def __init__(self): self.owner = None\nkey_N = Key_N()",
        fresh="{Key_N(): 0}",
        store="next(iter(at)).owner = name",
        load="next(iter(at)).owner",
    ),
    Thing(
        name="what is one object",
        fresh="[['a'], ['b'], None]",
        store="at[2] = at[ord(name) - ord('a')]",
        load="(at[0].append(0), 'a' if at[2][-1] == 0 else 'b')[1] if at[2] else None",
    ),
    Thing(
        name="which of two equal objects",
        fresh="[[0], [0], None]",
        store="at[2] = at[ord(name) - ord('a')]",
        load="'a' if at[2] is at[0] else 'b'",
    ),
    Thing(
        name="what a read-only mapping shows",
        module="import types",
        fresh="(lambda held: (held, types.MappingProxyType(held)))({})",
        store="at[0]['it'] = name",
        load="at[1]['it']",
    ),
    Thing(
        name="what only a read-only mapping shows",
        module="import types",
        fresh="types.MappingProxyType({'it': [None]})",
        store="at['it'][0] = name",
        load="at['it'][0]",
    ),
    Thing(
        name="an array",
        module="import array",
        fresh="array.array('b', [0])",
        store="at[0] = ord(name)",
        load="chr(at[0])",
        identified=False,
    ),
    Thing(
        name="bytes behind a view",
        fresh="memoryview(bytearray(b'_'))",
        store="at[0] = ord(name)",
        load="chr(at[0])",
        identified=False,
    ),
    Thing(
        name="a set of weak references",
        module="import weakref\nclass Who_N: pass\npeople_N = {'a': Who_N(), 'b': Who_N()}",
        fresh="weakref.WeakSet()",
        store="at.clear()\nat.add(people_N[name])",
        load="'a' if people_N['a'] in at else 'b'",
        identified=False,
    ),
    Thing(
        name="a dictionary of weak values",
        module="import weakref\nclass Who_N: pass\npeople_N = {'a': Who_N(), 'b': Who_N()}",
        fresh="weakref.WeakValueDictionary()",
        store="at['it'] = people_N[name]",
        load="'a' if at['it'] is people_N['a'] else 'b'",
        identified=False,
    ),
    _LIVES,
    Thing(
        name="where a set pops next",
        fresh="{0, 1, 2}",
        store="if first and name == 'a':\n    at.add(at.pop())",
        load="'b' if at.pop() == 0 else 'a'",
    ),
    Thing(
        name="a place of a set that is used up",
        fresh="{0, 8}",
        store="if first and name == 'a':\n    at.discard(0)\nelif first:\n    at.clear()\n    at.add(8)",
        load="(at.add(16), 'a' if list(at)[0] == 16 else 'b')[1]",
    ),
    Thing(
        name="what a stream of text has besides",
        module="import io",
        fresh="io.StringIO()",
        store="at.owner = name",
        load="at.owner",
    ),
)
