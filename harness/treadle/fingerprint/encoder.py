"""Write objects as one flat tuple of tokens, by a rule for each type.

Every object begins with a token for its kind, and with its length if that can vary, so that different states are never
written alike. An object with an identity gets a number at its first occurrence; later it is written as a reference to
that number. So the fingerprint shows which references lead to the same object, and does not depend on addresses.

Tokens are compared with `==`, by which `1`, `1.0` and `True` are equal. So a plain value is written with its type, and
a number that may be a negative zero by its digits. No token belongs to the program, so comparing fingerprints runs no
code of the program and keeps none of its objects alive. A type without a rule is opaque, which is an error and never a
guess.
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


_references: list[Reference] = []  # those used so far, from number 0 on


@functools.cache
def reference_below(number: int) -> Reference:
    """Return the reference to an object that never changes; its number is below zero."""
    return Reference(number)


def _further() -> Iterator[Reference]:
    while True:
        further = Reference(len(_references))
        _references.append(further)
        yield further


class _Constant(Reference):
    """The token for an object that there is only once in every interpreter."""

    __slots__ = ("_told",)

    def __init__(self, item: object) -> None:
        super().__init__(0)
        self._told = repr(item)

    def __repr__(self) -> str:
        return self._told


CONSTANTS: dict[int, Reference] = {id(each): _Constant(each) for each in (None, True, False)}
"""References to objects that every interpreter has once, by `id`."""


class CodeToken:
    """A token for a code object, because hashing the object itself takes time: Python hashes all its parts."""

    __slots__ = ("cells", "code", "is_treadles", "plain", "variables")

    def __init__(self, code: CodeType) -> None:
        """Make the only token for this code and all equal code objects."""
        self.code = code
        self.is_treadles = is_treadles(code.co_filename)
        self.plain = False  # whether coroutines with this code hold no state: see `frames`
        cells = [name for name in code.co_cellvars if name not in code.co_varnames]
        self.variables = code.co_nlocals + len(cells) + len(code.co_freevars)
        self.cells = bool(code.co_cellvars or code.co_freevars)

    def __repr__(self) -> str:
        return repr(self.code)


_codes: dict[int, tuple[CodeType, CodeToken]] = {}  # by `id`; the object is kept, so that its `id` is not reused
_distinct_codes: dict[tuple[CodeType, str], CodeToken] = {}  # code objects from different files may be equal
_MANY_CODES = 10_000


def token_of(code: CodeType) -> CodeToken:
    """Return the token of a code object."""
    known = _codes.get(id(code))
    if known is not None:
        return known[1]
    if len(_codes) > _MANY_CODES:
        _codes.clear()  # for a program that compiles code in every execution
    token = _distinct_codes.get((code, code.co_filename))
    if token is None:
        token = _distinct_codes[code, code.co_filename] = CodeToken(code)
    _codes[id(code)] = code, token
    return token


RULES: dict[int, Rule] = {}
"""The rule for objects of exactly the type with this `id`; types are not keys, as a metaclass may define their hash.

The modules of this package enter their rules here. When a type is deleted, its rule is removed.
"""

LEARNERS: list[Callable[[type], Rule | None]] = []
"""Called in turn to find a rule for a type without one."""

FLEETING: set[int] = set()
"""Types whose rule is looked up each time, by `id`; see `classes`."""

_watched: dict[int, ref[type]] = {}


class OpaqueError(Exception):
    """A state contains an object that cannot be inspected completely; the message names it."""


class Hears(Protocol):
    """Is told what is met while a state is written, and decides what of it counts; see `scope`."""

    names: set[str]
    """The names that occur in code that has run."""
    fixed: dict[int, Reference]
    """References to objects that never change, by `id`, `CONSTANTS` among them; their numbers are below zero."""
    about_functions: tuple[str, ...]
    """The attributes of functions that code reads."""
    about_classes: frozenset[str]
    """The same for classes."""
    registers: bool
    """Classes were registered with abstract classes."""

    @property
    def reads_anything(self) -> bool:
        """Say whether code may read attributes by names that are unknown."""

    @property
    def reads_tracebacks(self) -> bool:
        """Say whether code may read the lines through which an exception passed."""

    @property
    def reads_frames(self) -> bool:
        """Say whether code may read the variables of the calls through which an exception passed."""

    def meet_class(self, kind: type) -> None:
        """Take note of a class."""

    def meet_module(self, module: ModuleType) -> None:
        """Take note of a module."""

    def let_go(self, module: ModuleType) -> None:
        """Take note that code has obtained a module as a value."""

    def meet_value(self, value: object) -> None:
        """Take note of a C function."""

    def select_attributes(self, state: dict[str, object] | None) -> dict[str, object] | None:
        """Return the attributes that count of an object of the standard library."""


_TEXT = frozenset((id(str),))


class Encoder:
    """Encodes one state. Objects are kept alive by the program under test, or here, until the end.

    A rule writes tokens, and adds the objects that belong to them. These are written after everything that was added
    before. So a rule must first write how many they are. Nothing is nested, however deep the objects are.

    `ambient` is the context in which the program was started. Its contents existed before, and are not written. `scope`
    is told of each class and module that is met: see `scope`.
    """

    __slots__ = (
        *("_added", "add", "add_all", "ambient", "kept", "next_reference", "references", "scope", "since", "tokens"),
        *("unheard", "waiting"),
    )

    brief = True
    """Whether the identity of texts and numbers does not count, so that they may be written as tokens at once."""

    add: Callable[[object], None]
    """Add an object to be written."""
    add_all: Callable[[Iterable[object]], None]
    """Add several objects to be written."""
    next_reference: Callable[[], Reference]
    """Return the next reference in turn."""

    def __init__(self, scope: Hears | None = None) -> None:
        """Start with nothing but the objects that the scope knows to be always the same."""
        self.tokens: list[object] = []
        self.references: dict[int, Reference] = (CONSTANTS if scope is None else scope.fixed).copy()
        self.next_reference = chain(_references, _further()).__next__
        self.kept: list[object] = []
        self.unheard: list[ref[asyncio.Future[object]]] = []  # failed futures whose exception was not retrieved yet
        self.ambient = copy_context()
        self.scope = scope
        self.since: float | None = None  # the start for counting times, if not zero
        self.waiting: dict[int, int] = {}  # what could not be written yet, and how many objects had numbers then
        self._begin()

    def _begin(self) -> list[object]:
        self._added: list[object] = []
        self.add, self.add_all = self._added.append, self._added.extend
        return self._added

    def told(self, when: float) -> float:
        """Return a time as it is written; relative times are rounded, by less than a nanosecond."""
        return when if self.since is None else round(when - self.since, 9)

    def number(self, item: object) -> None:
        """Give an object the next number; call this before anything that the object contains is added.

        The rules for the most frequent types do it themselves, as calls take time.
        """
        self.references[id(item)] = self.next_reference()

    def add_some(self, items: Iterable[object]) -> None:
        """Write how many objects these are, and add them."""
        held = list(items)
        self.tokens.append(len(held))
        self.add_all(held)

    def add_pairs(self, pairs: list[tuple[Any, Any]]) -> None:
        """Add keys with their values; keys that are all texts, as names of attributes are, are written at once."""
        keys, values = zip(*pairs, strict=True) if pairs else ((), ())
        if self.brief and _TEXT.issuperset(map(id, map(type, keys))):
            self.tokens.append(keys)
            self.add_all(values)
            return
        self.tokens.append(len(pairs))
        for pair in pairs:
            self.add_all(pair)

    def is_known(self, item: object) -> bool:
        """Write a reference to an object with a number, and return True; number it if it has none."""
        reference = self.references.get(id(item))
        if reference is None:
            self.number(item)
            return False
        self.tokens.append(reference)
        return True

    def identity(self, item: object) -> None:
        """Write the identity of an object, and nothing of its contents."""
        if id(item) not in self.references:
            self.number(item)
            self.kept.append(item)
        self.tokens.append(self.references[id(item)])

    def write(self) -> None:
        """Write what has been added, its contents, and so on. Raises `OpaqueError`."""
        put, reference_to, rule_of = self.tokens.append, self.references.get, RULES.get
        added = self._added
        for item in added:  # the list grows meanwhile
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
    """Write a value that contains no other objects."""
    encoder.tokens += (type(item), item)


def learn(kind: type) -> Rule:
    """Find the rule for a type that has none yet."""
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
    """Enter a rule for these types, which exist as long as the interpreter."""

    def enter(function: Rule) -> Rule:
        RULES.update({id(kind): function for kind in kinds})
        return function

    return enter


rule(int, bool, str, bytes, type(...), type(NotImplemented))(plain)
