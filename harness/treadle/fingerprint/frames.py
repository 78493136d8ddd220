"""Coroutines and generators: where they stand, what is bound and what is on their value stacks.

The garbage collector knows every object that a suspended frame refers to: `gc.get_referents` gives the bound names in
the order of the code's variables, then the value stack (iterators of loops, exits of context managers, the object that
is awaited), then an exception that is being handled. It skips what is unbound, so the set of bound names belongs to it:
else "x is None, y unbound" would look like "x unbound, y is None".

Some objects of C code hide a part of their state: whether the iterator of a future has begun, say. Where such an object
is what a suspended coroutine awaits, that part is known (it has begun); anywhere else it is opaque.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import types
from typing import TYPE_CHECKING, Any

from treadle.fingerprint.encoder import OpaqueError, rule, token_of
from treadle.loop import Loop

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine

    from treadle.fingerprint.encoder import Encoder

_SNAPSHOTS = sys.version_info < (3, 13)  # `f_locals` is a dictionary that the frame keeps, and not a view

_AWAITED = "awaited"


async def _generate() -> AsyncGenerator[None]:
    yield


def _awaitable_types() -> frozenset[type]:
    """Return the types that hide whether they have begun: what awaiting a future, a coroutine or a generator makes."""
    generator, simple = _generate(), asyncio.sleep(0)
    made: tuple[Any, ...] = (generator.asend(None), generator.aclose(), simple.__await__())
    for each in (*made, simple):
        each.close()  # or Python complains that nobody has awaited it
    return frozenset(map(type, (*made, Loop().create_future().__await__())))


def keeps_nothing(function: Callable[..., Coroutine[Any, Any, Any]]) -> None:
    """Declare that where this coroutine stands, and what it awaits, is all that matters of it.

    That holds for the coroutines of a program's own scaffolding, whose names refer to what is written elsewhere.
    """
    token_of(function.__code__).plain = True


_headers: dict[type, int] = {}
"""How many of the objects that a frame refers to come before its names, by the type of its owner."""


def _position(encoder: Encoder, item: Any, code: types.CodeType, frame: Any, awaits: Any) -> None:
    encoder.number(item)
    tokens = encoder.tokens
    if frame is None:
        tokens += (type(item), None)
        return
    token = token_of(code)
    if token.plain:
        tokens += (token, frame.f_lasti)
        if type(awaits) in AWAITABLES:
            _begun(encoder, awaits)
        else:
            encoder.add(awaits)
        return
    names = frame.f_locals
    tokens += (type(item), token, frame.f_lasti, *names, _AWAITED)
    if _SNAPSHOTS:
        names.clear()  # it would keep alive what the program lets go
    if type(awaits) in AWAITABLES:
        _begun(encoder, awaits)
    referents = gc.get_referents(item)
    # First come names, the frame, its function and code, which say nothing new. After an exception was handled there
    # is None in its place, which is as good as nothing.
    if referents[-1] is None:
        del referents[-1]
    header = _headers.get(type(item))
    if header is None:
        header = _headers[type(item)] = referents.index(code, referents.index(frame)) + 1
    encoder.add_all(referents[header:])


def _begun(encoder: Encoder, item: Any) -> None:
    """Write an awaitable that is known to have begun; in the value stack it is then a reference."""
    encoder.number(item)
    referents = gc.get_referents(item)
    encoder.tokens += (type(item), len(referents))
    encoder.add_all(referents)


@rule(types.CoroutineType)
def _coroutine(encoder: Encoder, item: types.CoroutineType[Any, Any, Any]) -> None:
    _position(encoder, item, item.cr_code, item.cr_frame, item.cr_await)


@rule(types.GeneratorType)
def _generator(encoder: Encoder, item: types.GeneratorType[Any, Any, Any]) -> None:
    _position(encoder, item, item.gi_code, item.gi_frame, item.gi_yieldfrom)


@rule(types.AsyncGeneratorType)
def _async_generator(encoder: Encoder, item: types.AsyncGeneratorType[Any, Any]) -> None:
    _position(encoder, item, item.ag_code, item.ag_frame, item.ag_await)


def _not_awaited(_encoder: Encoder, item: object) -> None:
    message = f"an object of type {type(item).__qualname__} that nobody awaits: it hides whether it has begun"
    raise OpaqueError(message)


AWAITABLES = _awaitable_types()
rule(*AWAITABLES)(_not_awaited)


def _iterator(encoder: Encoder, item: Any) -> None:
    """Write an iterator by what it would be pickled as, which holds its position."""
    encoder.number(item)
    parts = item.__reduce__()
    encoder.kept.append(parts)  # lists that are made for the occasion, and numbered
    encoder.tokens.append(type(item))
    encoder.add_all(parts[1:])


_EMPTY: tuple[Any, ...] = ((), [], "", b"", {}, set())
rule(
    *map(type, map(iter, (*_EMPTY, range(0)))),
    type(iter({}.values())),
    type(iter({}.items())),
    type(reversed([])),
    enumerate,
    zip,
    map,
    filter,
)(_iterator)
