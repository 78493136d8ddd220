"""To what a name may be bound. Each value says "a" or "b" in its own way, and no two of them look alike elsewhere."""

# ruff: noqa: E501 - texts of programs

from __future__ import annotations

from kept.place import Value

_WORDS = 'words_N = {"a": 1, "b": 2}\nnames_N = {1: "a", 2: "b"}'
_WHO = """\
class Who_N:
    def __init__(self, name):
        self.name = name

    def who(self):
        return self.name
"""

TEXT = Value(name="text", encode="name", decode="at")

VALUES = (
    TEXT,
    Value(name="a whole number", module=_WORDS, encode="words_N[name]", decode="names_N[at]"),
    Value(name="a float", module=_WORDS, encode="words_N[name] / 2", decode="names_N[at * 2]"),
    Value(
        name="a float or a whole number", encode="1 if name == 'a' else 1.0", decode="'a' if type(at) is int else 'b'"
    ),
    Value(
        name="a sign of what is no number",
        module="import math",
        encode="float('nan') if name == 'a' else -float('nan')",
        decode="'a' if math.copysign(1, at) > 0 else 'b'",
    ),
    Value(name="a zero with a sign", encode="0.0 if name == 'a' else -0.0", decode="'b' if str(at)[0] == '-' else 'a'"),
    Value(name="True or 1", encode="True if name == 'a' else 1", decode="'a' if at is True else 'b'"),
    Value(name="bytes", encode="name.encode()", decode="at.decode()"),
    Value(name="a complex number", encode="complex(0, ord(name))", decode="chr(int(at.imag))"),
    Value(name="a tuple", encode="(0, (name,))", decode="at[1][0]"),
    Value(name="a list", encode="[name]", decode="at[0]"),
    Value(name="a frozen set", encode="frozenset([name])", decode="next(iter(at))"),
    Value(name="a range", encode="range(ord(name))", decode="chr(len(at))"),
    Value(name="a slice", encode="slice(ord(name))", decode="chr(at.stop)"),
    Value(
        name="a function",
        module='def a_N(): return "a"\ndef b_N(): return "b"',
        encode="a_N if name == 'a' else b_N",
        decode="at()",
    ),
    Value(
        name="a function of one code",
        module="def one_N(name): return lambda: name",
        encode="one_N(name)",
        decode="at()",
    ),
    Value(name="a function with a default", encode="lambda name=name: name", decode="at()"),
    Value(
        name="a coroutine function",
        module='async def a_N(): return "a"\nasync def b_N(): return "b"',
        encode="a_N if name == 'a' else b_N",
        decode="await at()",
    ),
    Value(
        name="a class",
        module='class A_N:\n    who = "a"\nclass B_N:\n    who = "b"',
        encode="A_N if name == 'a' else B_N",
        decode="at.who",
    ),
    Value(
        name="a class of one name",
        module="def kind_N(name): return type('Kind', (), {'who': name})",
        encode="kind_N(name)",
        decode="at.who",
    ),
    Value(
        name="an instance of one of two classes",
        module="class A_N: pass\nclass B_N: pass",
        encode="A_N() if name == 'a' else B_N()",
        decode="'a' if isinstance(at, A_N) else 'b'",
    ),
    Value(
        name="one of two instances without attributes",
        module="class Mark_N: pass\nmarks_N = {'a': Mark_N(), 'b': Mark_N()}",
        encode="marks_N[name]",
        decode="next(key for key, mark in marks_N.items() if mark is at)",
    ),
    Value(
        name="one of two plain objects",
        module="marks_N = {'a': object(), 'b': object()}",
        encode="marks_N[name]",
        decode="next(key for key, mark in marks_N.items() if mark is at)",
    ),
    Value(name="an instance", module=_WHO, encode="Who_N(name)", decode="at.who()"),
    Value(name="a bound method", module=_WHO, encode="Who_N(name).who", decode="at()"),
    Value(name="a bound method of a built-in type", encode="name.upper", decode="at().lower()"),
    Value(name="a partial", module="import functools", encode="functools.partial(str, name)", decode="at()"),
    Value(
        name="a partial with keywords",
        module="import functools",
        encode="functools.partial(dict, who=name)",
        decode="at()['who']",
    ),
    Value(name="a built-in function", encode="min if name == 'a' else max", decode="'a' if at(1, 2) == 1 else 'b'"),
    Value(
        name="a module",
        module="import json, string",
        encode="json if name == 'a' else string",
        decode="'a' if at.__name__ == 'json' else 'b'",
    ),
    Value(
        name="a subclass of str that hides it",
        module="class Secret_N(str):\n    def __str__(self): return '***'",
        encode="Secret_N(name)",
        decode="at[0]",
    ),
    Value(
        name="a subclass of str whose instances are all equal",
        module="class Equal_N(str):\n    def __eq__(self, other): return True\n    def __hash__(self): return 0",
        encode="Equal_N(name)",
        decode="at[0]",
    ),
    Value(
        name="a subclass of int",
        module=f"{_WORDS}\nclass Number_N(int):\n    def __int__(self): return 7\n"
        "    def __index__(self): return 7\n    def __repr__(self): return '7'",
        encode="Number_N(words_N[name])",
        decode="names_N[at + 0]",
    ),
    Value(
        name="a subclass of float",
        module=f"{_WORDS}\nclass Size_N(float):\n    def __float__(self): return 7.0",
        encode="Size_N(words_N[name])",
        decode="names_N[int(at + 0)]",
    ),
    Value(
        name="a subclass of bytes",
        module="class Raw_N(bytes):\n    def __bytes__(self): return b'raw'",
        encode="Raw_N(name.encode())",
        decode="chr(at[0])",
    ),
    Value(
        name="a subclass of tuple",
        module="class Pair_N(tuple):\n    def __iter__(self): return iter(())\n    def __len__(self): return 0",
        encode="Pair_N((name, 0))",
        decode="at[0]",
    ),
    Value(
        name="a named tuple",
        module="import collections\nPoint_N = collections.namedtuple('Point_N', 'who where')",
        encode="Point_N(name, 0)",
        decode="at.who",
    ),
    Value(
        name="a member of an enumeration",
        module="import enum\nclass Who_N(enum.Enum):\n    A = 'a'\n    B = 'b'",
        encode="Who_N(name)",
        decode="at.value",
    ),
    Value(
        name="a flag",
        module="import enum\nclass Flags_N(enum.Flag):\n    A = 1\n    B = 2\n    C = 4",
        encode="Flags_N.C | Flags_N[name.upper()]",
        decode="'a' if Flags_N.A in at else 'b'",
    ),
    Value(
        name="a decimal number",
        module=f"import decimal\n{_WORDS}",
        encode="decimal.Decimal(words_N[name])",
        decode="names_N[int(at)]",
    ),
    Value(
        name="a decimal number of one value",
        module="import decimal",
        encode="decimal.Decimal('1.0' if name == 'a' else '1.00')",
        decode="'a' if str(at) == '1.0' else 'b'",
    ),
    Value(
        name="a fraction",
        module=f"import fractions\n{_WORDS}",
        encode="fractions.Fraction(words_N[name], 3)",
        decode="names_N[at.numerator]",
    ),
    Value(
        name="a date",
        module=f"import datetime\n{_WORDS}",
        encode="datetime.date(2026, 1, words_N[name])",
        decode="names_N[at.day]",
    ),
    Value(
        name="a time with a zone",
        module=f"import datetime\n{_WORDS}",
        encode="datetime.datetime(2026, 1, 1, words_N[name], tzinfo=datetime.timezone(datetime.timedelta(hours=words_N[name])))",
        decode="names_N[at.utcoffset().seconds // 3600]",
    ),
    Value(
        name="a time span",
        module=f"import datetime\n{_WORDS}",
        encode="datetime.timedelta(words_N[name])",
        decode="names_N[at.days]",
    ),
    Value(name="a path", module="import pathlib", encode="pathlib.PurePosixPath(name)", decode="at.name"),
    Value(
        name="a UUID", module=f"import uuid\n{_WORDS}", encode="uuid.UUID(int=words_N[name])", decode="names_N[at.int]"
    ),
    Value(
        name="a generic alias",
        encode="list[int] if name == 'a' else list[str]",
        decode="'a' if at.__args__ == (int,) else 'b'",
    ),
    Value(
        name="an alias of typing",
        module="import typing",
        encode="typing.Optional[int] if name == 'a' else typing.Optional[str]",
        decode="'a' if int in at.__args__ else 'b'",
    ),
    Value(
        name="a type of a callable",
        module="import collections.abc",
        encode="collections.abc.Callable[[int if name == 'a' else str], None]",
        decode="'a' if at.__args__[0] is int else 'b'",
    ),
    Value(
        name="a union of types",
        encode="int | None if name == 'a' else str | None",
        decode="'a' if int in at.__args__ else 'b'",
    ),
    Value(name="a pattern", module="import re", encode="re.compile(name)", decode="at.pattern"),
    Value(name="an exception", encode="ValueError(name)", decode="str(at)"),
    Value(
        name="an exception group", encode="ExceptionGroup('all', [ValueError(name)])", decode="str(at.exceptions[0])"
    ),
    Value(
        name="a class of exceptions",
        encode="KeyError if name == 'a' else IndexError",
        decode="'a' if at is KeyError else 'b'",
    ),
    Value(name="a code object", encode="compile(repr(name), 'code', 'eval')", decode="eval(at)", identified=False),
    Value(
        name="a read-only mapping",
        module="import types",
        encode="types.MappingProxyType({'who': name})",
        decode="at['who']",
    ),
    Value(name="a frozen dictionary", encode="frozendict(who=[name])", decode="at['who'][0]", since=(3, 15)),
    Value(
        name="a sentinel",
        module="a_N, b_N = sentinel('a'), sentinel('b')",
        encode="a_N if name == 'a' else b_N",
        decode="'a' if at is a_N else 'b'",
        since=(3, 15),
    ),
    Value(name="a view of a dictionary", encode="{name: 0}.keys()", decode="next(iter(at))"),
    Value(name="a view of bytes", encode="memoryview(name.encode())", decode="bytes(at).decode()", identified=False),
    Value(name="a cell", module="import types", encode="types.CellType(name)", decode="at.cell_contents"),
    Value(name="a property", encode="property(lambda self, name=name: name)", decode="at.fget(None)"),
    Value(name="a static method", encode="staticmethod(lambda name=name: name)", decode="at()"),
    Value(
        name="an attribute getter",
        module="import operator, types",
        encode="operator.attrgetter(name)",
        decode="at(types.SimpleNamespace(a='a', b='b'))",
        identified=False,
    ),
    Value(
        name="a caller of a method",
        module="import operator",
        encode="operator.methodcaller('replace', '_', name)",
        decode="at('_')",
        identified=False,
    ),
    Value(
        name="an item getter",
        module="import operator",
        encode="operator.itemgetter(ord(name) - ord('a'))",
        decode="at('ab')",
        identified=False,
    ),
    Value(
        name="a weak reference",
        module=f"import weakref\n{_WHO}people_N = {{'a': Who_N('a'), 'b': Who_N('b')}}",
        encode="weakref.ref(people_N[name])",
        decode="at().name",
    ),
    Value(
        name="a weak reference to a method",
        module=f"import weakref\n{_WHO}people_N = {{'a': Who_N('a'), 'b': Who_N('b')}}",
        encode="weakref.WeakMethod(people_N[name].who)",
        decode="at()()",
        identified=False,
    ),
    Value(
        name="a dataclass",
        module="import dataclasses\n@dataclasses.dataclass(frozen=True, slots=True)\nclass Data_N:\n    who: str",
        encode="Data_N(name)",
        decode="at.who",
    ),
    Value(
        name="a new type",
        module="import typing\nName_N = typing.NewType('Name_N', str)",
        encode="Name_N(name)",
        decode="at",
    ),
    Value(
        name="which of two equal times",
        module="import datetime",
        encode="datetime.datetime(2026, 10, 25, 2, fold=int(name == 'b'))",
        decode="'b' if at.fold else 'a'",
    ),
    Value(
        name="the default of a context variable",
        module="import contextvars",
        encode="contextvars.ContextVar('v', default=name)",
        decode="at.get()",
    ),
    Value(
        name="a subclass of datetime",
        module=f"import datetime\n{_WORDS}\nclass Moment_N(datetime.datetime):\n    def __reduce_ex__(self, protocol): return None",
        encode="Moment_N(2026, 1, words_N[name])",
        decode="names_N[at.day]",
    ),
    Value(
        name="a subclass of timedelta",
        module=f"import datetime\n{_WORDS}\nclass Span_N(datetime.timedelta): pass",
        encode="Span_N(words_N[name])",
        decode="names_N[at.days]",
    ),
    Value(
        name="a subclass of decimal numbers",
        module=f"import decimal\n{_WORDS}\nclass Number_N(decimal.Decimal):\n    def __str__(self): return '0'",
        encode="Number_N(words_N[name])",
        decode="names_N[int(at)]",
    ),
    Value(
        name="a subclass of partials",
        module="import functools\nclass Later_N(functools.partial): pass",
        encode="Later_N(str, name)",
        decode="at()",
    ),
    Value(
        name="a subclass of property",
        module="class Field_N(property): pass",
        encode="Field_N(lambda self, name=name: name)",
        decode="at.fget(None)",
    ),
    Value(
        name="a subclass of static methods",
        module="class Static_N(staticmethod): pass",
        encode="Static_N(lambda name=name: name)",
        decode="at()",
    ),
    Value(
        name="a subclass of text streams",
        module="import io\nclass Stream_N(io.StringIO):\n    def getvalue(self): return ''",
        encode="Stream_N(name)",
        decode="(at.seek(0), at.read())[1]",
    ),
    Value(
        name="a hash with a key",
        module="import hashlib",
        encode="hashlib.blake2b(name.encode(), key=b'kept')",
        decode="'a' if at.digest() == hashlib.blake2b(b'a', key=b'kept').digest() else 'b'",
    ),
    Value(
        name="a hash of any length",
        module="import hashlib",
        encode="hashlib.shake_128(name.encode())",
        decode="'a' if at.digest(9) == hashlib.shake_128(b'a').digest(9) else 'b'",
    ),
    Value(
        name="a template",
        encode="t'{name}'",
        decode="at.interpolations[0].value",
        since=(3, 14),
    ),
    Value(
        name="a partial with a placeholder",
        module="import functools",
        encode="functools.partial(str.replace, functools.Placeholder, '_', name)",
        decode="at('_')",
        since=(3, 14),
    ),
    Value(
        name="a function with names of its own",
        module="import types",
        encode="types.FunctionType((lambda: owner).__code__, {'owner': name})",
        decode="at()",
    ),
)
