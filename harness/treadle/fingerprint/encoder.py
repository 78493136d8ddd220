"""Write objects as one flat tuple of tokens, by a rule for each type.

Every object begins with a token that says what it is, and says how long it is where that can vary, so that no two
different states are written alike. An object with an identity is numbered when it is met for the first time; later it
is written as a reference to that number, so that it matters which objects are one, and not at which address they are.

Tokens are compared with `==`, by which `1`, `1.0` and `True` are equal: a plain value is written with its type, a
number that may be a negative zero by its digits. No token belongs to the program, so to compare two fingerprints calls
nothing of it and keeps nothing of it alive. A type without a rule is opaque, which is an error and never a guess.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias
from weakref import ref

from treadle.fingerprint.looking import describe_type, is_written
from treadle.fingerprint.origin import is_treadles

if TYPE_CHECKING:
    import asyncio
    from types import CodeType, ModuleType


Rule: TypeAlias = Callable[["Encoder", Any], None]


class Reference:
    """A token that refers to an object by its number. There is one for each number, so it compares by identity."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    def __repr__(self) -> str:
        return f"<- {self.number}"


_references: list[Reference] = []  # those that were needed so far, from number 0 on


@functools.cache
def reference_below(number: int) -> Reference:
    """Return the reference to what stays what it is; its number is below zero."""
    return Reference(number)


def _further() -> Iterator[Reference]:
    while True:
        further = Reference(len(_references))
        _references.append(further)
        yield further


class CodeToken:
    """A token for a code object: to hash the object itself, Python goes through all that it consists of."""

    __slots__ = ("cells", "code", "is_treadles", "plain", "variables")

    def __init__(self, code: CodeType) -> None:
        """Make the one token for this code and all that are equal to it."""
        self.code = code
        self.is_treadles = is_treadles(code.co_filename)
        self.plain = False  # a coroutine with this code keeps nothing: see `frames`
        cells = [name for name in code.co_cellvars if name not in code.co_varnames]
        self.variables = code.co_nlocals + len(cells) + len(code.co_freevars)
        self.cells = bool(code.co_cellvars or code.co_freevars)

    def __repr__(self) -> str:
        return repr(self.code)


_codes: dict[int, tuple[CodeType, CodeToken]] = {}  # by `id`; the object is kept, so that no other has its place
_distinct_codes: dict[tuple[CodeType, str], CodeToken] = {}  # code is equal to its like from another file
_MANY_CODES = 10_000


def token_of(code: CodeType) -> CodeToken:
    """Return the token of a code object."""
    known = _codes.get(id(code))
    if known is not None:
        return known[1]
    if len(_codes) > _MANY_CODES:
        _codes.clear()  # of a program that compiles in every execution
    token = _distinct_codes.get((code, code.co_filename))
    if token is None:
        token = _distinct_codes[code, code.co_filename] = CodeToken(code)
    _codes[id(code)] = code, token
    return token


RULES: dict[int, Rule] = {}
"""What to do with an object of exactly the type with this `id`; a metaclass may hash its classes in a way of its own.

The modules of this package enter their own. A type that goes takes its rule with it.
"""

LEARNERS: list[Callable[[type], Rule | None]] = []
"""Asked in turn for a rule for a type that has none yet."""

FLEETING: set[int] = set()
"""Types whose rule is asked for each time, by `id`; see `classes`."""

_watched: dict[int, ref[type]] = {}


class OpaqueError(Exception):
    """A state holds something that cannot be fully looked at; the message names it."""


class Hears(Protocol):
    """Hears of what is met while a state is written, and says what of it counts; see `scope`."""

    names: set[str]
    """The names that code which has run has written down."""
    fixed: dict[int, Reference]
    """The references to what stays what it is, by `id`; their numbers are below zero."""
    about_functions: tuple[str, ...]
    """What code reads of functions beside what they are."""
    about_classes: frozenset[str]
    """The same of classes."""
    registers: bool
    """Classes were registered at abstract ones."""

    @property
    def reads_anything(self) -> bool:
        """Say whether code may read attributes by names that nobody can tell."""

    @property
    def reads_tracebacks(self) -> bool:
        """Say whether code may read by which lines an exception went."""

    @property
    def reads_frames(self) -> bool:
        """Say whether code may read what was bound in the calls that an exception went through."""

    def meet_class(self, kind: type) -> None:
        """Hear of a class."""

    def meet_module(self, module: ModuleType) -> None:
        """Hear of a module."""

    def let_go(self, module: ModuleType) -> None:
        """Hear that code has got hold of a module as a value."""

    def meet_value(self, value: object) -> None:
        """Hear of a function of C."""

    def select_attributes(self, state: dict[str, object] | None) -> dict[str, object] | None:
        """Return those attributes of an object of the standard library's that count."""


class Encoder:
    """Encodes one state. Objects are kept alive by the program under test, or here, until the end.

    A rule writes tokens, and adds the objects that belong to them: those are written when everything is that was added
    before. So a rule has to say first how many they are. Nothing is nested, however deep the objects are.

    `ambient` is the context in which the program was started. What it holds was there before, and is not written.
    `scope` hears of each class and module that is met: see `scope`.
    """

    __slots__ = (
        *("_added", "_next", "add", "add_all", "ambient", "kept", "references", "scope", "since", "tokens", "unheard"),
        "waiting",
    )

    add: Callable[[object], None]
    """Have one object written."""
    add_all: Callable[[Iterable[object]], None]
    """Have each of these objects written."""

    def __init__(self, scope: Hears | None = None) -> None:
        """Begin with nothing but what the scope knows to be the same at all times."""
        self.tokens: list[object] = []
        self.references: dict[int, Reference] = {} if scope is None else scope.fixed.copy()
        self._next = chain(_references, _further()).__next__
        self.kept: list[object] = []
        self.unheard: list[ref[asyncio.Future[object]]] = []  # futures that failed, and of which nobody has heard yet
        self.ambient = copy_context()
        self.scope = scope
        self.since: float | None = None  # from when on times are counted, if not from the beginning
        self.waiting: dict[int, int] = {}  # what could not be written yet, and how many objects had numbers then
        self._begin()

    def _begin(self) -> list[object]:
        self._added: list[object] = []
        self.add, self.add_all = self._added.append, self._added.extend
        return self._added

    def told(self, when: float) -> float:
        """Return a time as it is written; counted from some other, it is off by less than a nanosecond."""
        return when if self.since is None else round(when - self.since, 9)

    def number(self, item: object) -> None:
        """Give an object the next number; call it before anything that the object contains is added."""
        self.references[id(item)] = self._next()

    def add_some(self, items: Iterable[object]) -> None:
        """Say how many objects these are, and have each written."""
        held = list(items)
        self.tokens.append(len(held))
        self.add_all(held)

    def identity(self, item: object) -> None:
        """Write which object this is, and nothing of what it holds."""
        if id(item) not in self.references:
            self.number(item)
            self.kept.append(item)
        self.tokens.append(self.references[id(item)])

    def write(self) -> None:
        """Write what has been added, what that holds, and so on. Raises `OpaqueError`."""
        put, reference_to, rule_of = self.tokens.append, self.references.get, RULES.get
        added = self._added
        for item in added:  # it grows meanwhile
            if item is None:
                put(None)
                continue
            reference = reference_to(id(item))
            if reference is not None:
                put(reference)
                continue
            kind = type(item)
            found = rule_of(id(kind))
            if found is plain:
                put(kind)
                put(item)
            else:
                (found or learn(kind))(self, item)
        self.kept.append(added)
        self._begin()


def plain(encoder: Encoder, item: object) -> None:
    """Write a value that consists of nothing else."""
    encoder.tokens += (type(item), item)


def learn(kind: type) -> Rule:
    """Find the rule for a type that is met for the first time."""
    for learner in LEARNERS:
        found = learner(kind)
        if found is not None:
            if id(kind) not in FLEETING:
                _keep_rule(kind, found)
            return found
    message = f"an object of type {describe_type(kind)}, whose state cannot be seen from outside"
    raise OpaqueError(message)


def _keep_rule(kind: type, found: Rule) -> None:
    place = id(kind)
    if is_written(kind):

        def forget(_: object) -> None:
            RULES.pop(place, None)
            _watched.pop(place, None)

        _watched[place] = ref(kind, forget)
    RULES[place] = found


def rule(*kinds: type) -> Callable[[Rule], Rule]:
    """Enter a rule for these types, which live as long as the interpreter."""

    def enter(function: Rule) -> Rule:
        RULES.update({id(kind): function for kind in kinds})
        return function

    return enter


rule(int, bool, str, bytes, type(...), type(NotImplemented))(plain)
