"""Write objects as one flat tuple of tokens, by a rule for each type.

Every object begins with a token that says what it is, and says how long it is where that can vary, so that no two
different states are written alike. An object with an identity is numbered when it is met for the first time; later it
is written as a reference to that number, so that it matters which objects are one, and not at which address they are.

Tokens are compared with `==`, by which `1`, `1.0` and `True` are equal: a plain value is written with its type. A type
without a rule is opaque, which is an error and never a guess.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from types import CodeType

Rule: TypeAlias = Callable[["Encoder", Any], None]

_PLAIN = frozenset({int, bool, float, str, bytes, complex, range, slice, type(...), type(NotImplemented)})


class _Reference:
    """A token that refers to an object by its number. There is one for each number, so it compares by identity."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    def __repr__(self) -> str:
        return f"<- {self.number}"


class _References(dict[int, _Reference]):
    """The references that were needed so far."""

    def __missing__(self, number: int) -> _Reference:
        self[number] = token = _Reference(number)
        return token


_BACK = _References()


class CodeToken:
    """A token for a code object: to hash the object itself, Python goes through all that it consists of."""

    __slots__ = ("code", "plain")

    def __init__(self, code: CodeType) -> None:
        """Make the one token for this code and all that are equal to it."""
        self.code = code
        self.plain = False  # a coroutine with this code keeps nothing: see `frames`

    def __repr__(self) -> str:
        return repr(self.code)


_codes: dict[int, tuple[CodeType, CodeToken]] = {}  # by `id`; the object is kept, so that no other has its place
_distinct_codes: dict[CodeType, CodeToken] = {}
_MANY_CODES = 10_000


def token_of(code: CodeType) -> CodeToken:
    """Return the token of a code object."""
    known = _codes.get(id(code))
    if known is not None:
        return known[1]
    if len(_codes) > _MANY_CODES:
        _codes.clear()  # of a program that compiles in every execution
    token = _distinct_codes.get(code)
    if token is None:
        token = _distinct_codes[code] = CodeToken(code)
    _codes[id(code)] = code, token
    return token


RULES: dict[type, Rule] = {}
"""What to do with an object of exactly this type. The modules of this package enter their own."""

LEARNERS: list[Callable[[type], Rule | None]] = []
"""Asked in turn for a rule for a type that has none yet."""


class OpaqueError(Exception):
    """A state holds something that cannot be fully looked at; the message names it."""


class Encoder:
    """Encodes one state. Objects are kept alive by the program under test, or in `kept`, until the end.

    `ambient` is the context in which the program was started. What it holds was there before, and is not written.
    """

    __slots__ = ("ambient", "kept", "numbers", "tokens")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.tokens: list[Any] = []
        self.numbers: dict[int, int] = {}
        self.kept: list[object] = []
        self.ambient = copy_context()

    def number(self, item: object) -> None:
        """Give an object the next number; call it before anything that the object contains is added."""
        numbers = self.numbers
        numbers[id(item)] = len(numbers)

    def add(self, item: Any) -> None:
        """Write one object. Raises `OpaqueError`."""
        self.add_all((item,))

    def add_all(self, items: Iterable[Any]) -> None:
        """Write each of these objects. Raises `OpaqueError`."""
        tokens, number_of, rule_of = self.tokens, self.numbers.get, RULES.get
        for item in items:
            if item is None:
                tokens.append(None)
                continue
            kind = type(item)
            if kind in _PLAIN:
                tokens += (kind, item)
                continue
            number = number_of(id(item))
            if number is None:
                (rule_of(kind) or learn(kind))(self, item)
            else:
                tokens.append(_BACK[number])


def learn(kind: type) -> Rule:
    """Find the rule for a type that is met for the first time."""
    for learner in LEARNERS:
        rule = learner(kind)
        if rule is not None:
            RULES[kind] = rule
            return rule
    message = f"an object of type {kind.__module__}.{kind.__qualname__}, whose state cannot be seen from outside"
    raise OpaqueError(message)


def rule(*kinds: type) -> Callable[[Rule], Rule]:
    """Enter a rule for these types."""

    def enter(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(kinds, function))
        return function

    return enter


@rule(tuple)
def _tuple(encoder: Encoder, item: tuple[Any, ...]) -> None:
    encoder.tokens += (tuple, len(item))  # no number: it is the same as any other with the same contents
    if item:
        encoder.add_all(item)


@rule(list)
def _list(encoder: Encoder, item: list[Any]) -> None:
    encoder.number(item)
    encoder.tokens += (list, len(item))
    encoder.add_all(item)


@rule(deque)
def _deque(encoder: Encoder, item: deque[Any]) -> None:
    encoder.number(item)
    encoder.tokens += (deque, len(item), item.maxlen)
    encoder.add_all(item)


@rule(dict)
def _dict(encoder: Encoder, item: dict[Any, Any]) -> None:
    encoder.number(item)
    encoder.tokens += (dict, len(item))
    for pair in item.items():
        encoder.add_all(pair)


@rule(set, frozenset)
def _set(encoder: Encoder, item: set[Any]) -> None:
    encoder.number(item)
    encoder.tokens += (type(item), len(item), sys.getsizeof(item))  # its table decides the order of what is added
    encoder.add_all(item)


@rule(bytearray)
def _bytearray(encoder: Encoder, item: bytearray) -> None:
    encoder.number(item)
    encoder.tokens += (bytearray, bytes(item))
