"""Frames: how a call fills them, how a coroutine is claimed, and the place of the program in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle_models.machine.actor import ActorFrame, EndedFrame
from treadle_models.machine.things import FRESH, OWNED, Frame, OutsideError, Table

if TYPE_CHECKING:
    from treadle_models.machine.code import Code, Value


def placed(error: OutsideError, frames: list[Value]) -> OutsideError:
    """Return an error with its place: that of the innermost frame of the program itself."""
    for frame in reversed(frames):
        if type(frame) is Frame and not frame.code.is_library and frame.place >= 0:
            node = frame.code.nodes[frame.place]
            return error.at(frame.code.file, node.line, node.text)
    return error


def begin(value: Value) -> None:
    """Claim a coroutine: it can be awaited once; otherwise only futures can be awaited."""
    if isinstance(value, Frame):
        if value.place != FRESH:
            message = "not modelled: a coroutine that is awaited a second time"
            raise OutsideError(message)
        value.place = OWNED
    elif isinstance(value, (ActorFrame, EndedFrame)):
        if value.taken:
            message = "not modelled: the dependency's coroutine is awaited a second time"
            raise OutsideError(message)
        value.taken = True
    else:
        message = f"not modelled: to await {value!r}"
        raise OutsideError(message)


def bind(code: Code, arguments: tuple[Value, ...], named: dict[str, Value]) -> list[Value]:
    """Return the value of each parameter; if Python would raise a `TypeError`, that is outside of the subset."""
    surplus = arguments[code.positional :]
    given = dict(zip(code.parameters, arguments[: code.positional], strict=False))
    last = min((each for each in (code.rest, code.others) if each >= 0), default=None)
    by_name = code.parameters[code.unnamed : last]
    others = Table()
    if code.others >= 0:
        others.pairs = [(name, value) for name, value in named.items() if name not in by_name]
        named = {name: value for name, value in named.items() if name in by_name}
    wrong = [name for name in named if name in given or name not in by_name]
    if wrong or (surplus and code.rest < 0):
        message = f"not modelled: {code.name} is called with {wrong[0] if wrong else 'an argument too many'}"
        raise OutsideError(message)
    given.update(named)
    bound: list[Value] = []
    for place, name in enumerate(code.parameters):
        if place == code.rest:
            bound.append(surplus)
        elif place == code.others:
            bound.append(others)
        elif name in given:
            bound.append(given[name])
        elif name in code.defaults:
            bound.append(code.defaults[name])
        else:
            message = f"not modelled: {code.name} is called without {name!r}"
            raise OutsideError(message)
    return bound
