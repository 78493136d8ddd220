"""Iterators, generators and objects of C that go on without being bound anew.

Where one can only go forward, it does so if "a" comes first; `first` says whether nothing was stored before.
"""

# ruff: noqa: E501 - texts of programs

from __future__ import annotations

from kept.place import Thing


def going(  # noqa: PLR0913 - all that makes one
    name: str,
    fresh: str,
    *,
    module: str = "",
    go: str = "next(at)",
    load: str = "'ba'[next(at)]",
    identified: bool = True,
    since: tuple[int, int] = (3, 11),
) -> Thing:
    """Return an object that goes one step forward where "a" comes first."""
    store = f"if first and name == 'a':\n    {go}"
    return Thing(name=name, module=module, fresh=fresh, store=store, load=load, identified=identified, since=since)


ITERATORS = (
    going("itertools.count", "itertools.count(0)", module="import itertools"),
    going("itertools.cycle", "itertools.cycle([0, 1])", module="import itertools", identified=False),
    going("itertools.islice", "itertools.islice([0, 1, 2], 3)", module="import itertools", identified=False),
    going("itertools.chain", "itertools.chain([0], [1])", module="import itertools", identified=False),
    going(
        "itertools.repeat",
        "itertools.repeat(0, 2)",
        module="import itertools",
        load="'ba'[2 - sum(1 for _ in at)]",
        identified=False,
    ),
    going("itertools.accumulate", "itertools.accumulate([0, 1])", module="import itertools", identified=False),
    going(
        "itertools.groupby",
        "itertools.groupby([0, 1])",
        module="import itertools",
        load="'ba'[next(at)[0]]",
        identified=False,
    ),
    going("itertools.tee", "itertools.tee([0, 1])[0]", module="import itertools", identified=False),
    going(
        "itertools.product",
        "itertools.product([0, 1])",
        module="import itertools",
        load="'ba'[next(at)[0]]",
        identified=False,
    ),
    going(
        "itertools.permutations",
        "itertools.permutations([0, 1])",
        module="import itertools",
        load="'ba'[next(at)[0]]",
        identified=False,
    ),
    going("an iterator of a list", "iter([0, 1])"),
    going("an iterator of a tuple", "iter((0, 1))"),
    going("an iterator of a range", "iter(range(2))"),
    going("an iterator of a text", "iter('ba')", load="next(at)"),
    going("an iterator of bytes", "iter(b'ba')", load="chr(next(at))"),
    going("an iterator of a dictionary", "iter({0: 0, 1: 0})"),
    Thing(
        name="an iterator of a dictionary that has used up its places",
        module="def read_N(held, under_way):\n    del held[0]\n    held['new'] = 0\n    try:\n        next(under_way)\n"
        "    except StopIteration:\n        return 'a'\n    except RuntimeError:\n        return 'b'  # the new one is found",
        fresh="(held := {0: 0, 1: 1}, under_way := iter(held), next(under_way), next(under_way))[:2]",
        store="if first and name == 'a':\n    at[0].update(x=0, y=0, z=0)\n    for each in 'xyz':\n        del at[0][each]",
        load="read_N(*at)",
    ),
    going("an iterator of values", "iter({'x': 0, 'y': 1}.values())"),
    going("an iterator of items", "iter({0: 0, 1: 0}.items())", load="'ba'[next(at)[0]]"),
    going("an iterator of a set", "iter({0, 1})"),
    going("a list backwards", "reversed([1, 0])"),
    going("a dictionary backwards", "reversed({1: 0, 0: 0})", identified=False),
    going("enumerate", "enumerate('xy')", load="'ba'[next(at)[0]]"),
    going("zip", "zip([0, 1], 'xy')", load="'ba'[next(at)[0]]"),
    going("a strict zip", "zip([0, 1], 'xy', strict=True)", load="'ba'[next(at)[0]]"),
    going("map", "map(int, '01')"),
    going("filter", "filter(None, [1, 2])", load="'ba'[next(at) - 1]"),
    going("an iterator that calls", "iter([1, 0].pop, 9)", load="'ba'[next(at)]"),
    going(
        "an iterator of __getitem__",
        "iter(Items_N())",
        module="class Items_N:\n    def __getitem__(self, index): return index",
    ),
    going("a generator", "numbers_N()", module="def numbers_N():\n    yield 0\n    yield 1"),
    going(
        "a generator in a loop",
        "numbers_N()",
        module="def numbers_N():\n    for number in (0, 1, 2):\n        yield number",
    ),
    going(
        "a generator that delegates",
        "outer_N()",
        module="def inner_N():\n    yield 0\n    yield 1\ndef outer_N():\n    yield from inner_N()",
    ),
    going("a generator expression", "(number for number in [0, 1])"),
    Thing(
        name="a generator to which things are sent",
        module="def kept_N():\n    at = None\n    while True:\n        at = (yield at) or at\ndef make_N():\n    made = kept_N()\n    next(made)\n    return made",
        fresh="make_N()",
        store="at.send(name)",
        load="next(at)",
    ),
    Thing(
        name="an asynchronous generator",
        module="async def two_N():\n    yield 0\n    yield 1\n    yield 2",
        fresh="two_N()",
        store="if first and name == 'a':\n    try:\n        at.asend(None).send(None)\n    except StopIteration:\n        pass",
        load="'ba'[await anext(at)]",
        tasks=True,
    ),
    Thing(
        name="a coroutine that runs by hand",
        module="import types\n@types.coroutine\ndef give_N(): return (yield)\nasync def kept_N():\n    while True:\n        at = await give_N()\ndef make_N():\n    made = kept_N()\n    made.send(None)\n    return made",
        fresh="make_N()",
        store="at.send(name)",
        load="at.cr_frame.f_locals['at']",
        identified=False,
    ),
    Thing(
        name="random.Random",
        module="import random",
        fresh="random.Random(0)",
        store="at.seed(name)",
        load="'a' if at.random() == random.Random('a').random() else 'b'",
    ),
    Thing(
        name="a text stream",
        module="import io",
        fresh="io.StringIO()",
        store="at.seek(0)\nat.write(name)",
        load="at.getvalue()",
        identified=False,
    ),
    Thing(
        name="a stream of bytes",
        module="import io",
        fresh="io.BytesIO()",
        store="at.seek(0)\nat.write(name.encode())",
        load="at.getvalue().decode()",
        identified=False,
    ),
    Thing(
        name="the position of a stream",
        module="import io",
        fresh="io.StringIO('ba')",
        store="if first and name == 'a':\n    at.read(1)",
        load="at.read(1)",
        identified=False,
    ),
    Thing(
        name="a hash",
        module="import hashlib",
        fresh="hashlib.sha256()",
        store="at.update(name.encode())",
        load="'b' if at.digest() == hashlib.sha256(b'ab').digest() else 'a'",
        identified=False,
    ),
    Thing(
        name="a queue for threads",
        module="import queue",
        fresh="queue.SimpleQueue()",
        store="at.put(name)",
        load="at.get_nowait()",
        identified=False,
    ),
    Thing(
        name="a lock for threads",
        module="import threading",
        fresh="threading.Lock()",
        store="if first and name == 'a':\n    at.acquire()",
        load="'a' if at.locked() else 'b'",
        identified=False,
    ),
    Thing(
        name="a future of threads",
        module="import concurrent.futures",
        fresh="concurrent.futures.Future()",
        store="if first:\n    at.set_result(name)",
        load="at.result(timeout=0)",
        identified=False,
    ),
    Thing(
        name="an element of XML",
        module="import xml.etree.ElementTree",
        fresh="xml.etree.ElementTree.Element('it')",
        store="at.text = name",
        load="at.text",
        identified=False,
    ),
    Thing(
        name="a number of C",
        module="import ctypes",
        fresh="ctypes.c_int(0)",
        store="at.value = ord(name)",
        load="chr(at.value)",
        identified=False,
    ),
)
