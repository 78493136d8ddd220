"""Coroutines and generators: where they are suspended, their variables and their value stacks.

A suspended frame is read as described in `treadle.fingerprint.stack`: its variables, its value stack (iterators of
loops, exits of context managers, the awaited object), and the exception that is being handled. Unbound variables belong
to it: otherwise "x is None, y unbound" would look like "x unbound, y is None".

The awaited object is on top of the value stack: see `treadle.fingerprint.awaitables`.
"""

from __future__ import annotations

import gc
import types
from typing import TYPE_CHECKING

from treadle.fingerprint.encoder import OpaqueError, rule, token_of
from treadle.fingerprint.layout import flags_of, frame_reader, place_reader
from treadle.fingerprint.stack import UnreadableError, held_in
from treadle.inspecting import Kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from treadle.fingerprint.encoder import Encoder

_AND_MORE = "and more"


def keeps_nothing(function: Callable[..., Coroutine[object, None, object]]) -> None:
    """Declare that only the position of this coroutine matters, and what it awaits.

    This is true of the coroutines of a program's own scaffolding, whose variables refer to objects that are written
    elsewhere.
    """
    token_of(function.__code__).plain = True


def _position(encoder: Encoder, item: object, code: types.CodeType, awaited: str) -> bool:
    """Write the position of a coroutine or generator and its contents; return whether it has not ended."""
    encoder.references[id(item)] = encoder.next_reference()
    token = token_of(code)
    try:
        if token.plain:
            place = place_reader()(item, code)
            if place is not None:
                encoder.tokens += (token, place)
                encoder.add(getattr(item, awaited))
                return True
            frame = None
        else:
            frame = frame_reader()(item, code)
    except UnreadableError as error:
        message = f"{code.co_qualname}, of which {error}"
        raise OpaqueError(message) from None
    if frame is None:
        encoder.tokens += (type(item), None)
        return False
    place, slots, objects, names, handled = frame
    if names is None and handled is None:
        encoder.tokens += (type(item), token, place, slots)
        encoder.add_all(objects)
    else:
        encoder.tokens += (type(item), token, place, slots, _AND_MORE)
        encoder.add_all((*objects, names, handled))
    return True


def standing(item: types.CoroutineType[object, None, object]) -> list[object] | None:
    """Return the position of a coroutine that is not running, and the values of its variables; None if it is over.

    Reading changes nothing: see `treadle.fingerprint.stack`. Raises `UnreadableError`.
    """
    code = item.cr_code
    token = token_of(code)
    if token.plain:
        place = place_reader()(item, code)
        return None if place is None else [place]
    frame = frame_reader()(item, code)
    if frame is None:
        return None
    number, slots, objects, _, _ = frame
    if isinstance(slots, int):
        found = [number, *objects[: token.variables]]
    else:  # which names are bound, then their values
        which, count = held_in(slots[: token.variables])
        found = [number, which, *objects[:count]]
    if token.cells:
        found = [_contents(each) if type(each) is types.CellType else each for each in found]
    return found


_UNBOUND = object()


def _contents(cell: types.CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return _UNBOUND


@rule(types.CoroutineType)
def _coroutine(encoder: Encoder, item: types.CoroutineType[object, None, object]) -> None:
    _position(encoder, item, item.cr_code, "cr_await")


@rule(types.GeneratorType)
def _generator(encoder: Encoder, item: types.GeneratorType[object, None, object]) -> None:
    _position(encoder, item, item.gi_code, "gi_yieldfrom")


@rule(types.AsyncGeneratorType)
def _async_generator(encoder: Encoder, item: types.AsyncGeneratorType[object, None]) -> None:
    if _position(encoder, item, item.ag_code, "ag_await"):
        encoder.tokens.append(flags_of(item))


@rule(types.TracebackType)
def _traceback(encoder: Encoder, item: types.TracebackType) -> None:
    """Write where an exception has passed, if code may read that."""
    encoder.tokens.append(types.TracebackType)
    if encoder.scope is not None and encoder.scope.reads_tracebacks:
        write_trace(encoder, item)


def write_trace(encoder: Encoder, trace: types.TracebackType | None) -> None:
    """Write the instructions through which an exception passed, which determine the printed lines.

    If code may read the variables of the calls through which it passed, these are written, too.
    """
    frames: list[object] = []
    while trace is not None:
        encoder.tokens += (token_of(trace.tb_frame.f_code), trace.tb_lasti, trace.tb_lineno)
        frames.append(trace.tb_frame)
        trace = trace.tb_next
    encoder.tokens.append(None)
    if encoder.scope is not None and encoder.scope.reads_frames:
        encoder.add_all(frames)


@rule(types.FrameType)
def _frame(encoder: Encoder, item: types.FrameType) -> None:
    """Write the frame of a finished call, which was kept; any other frame is written where it runs."""
    encoder.number(item)
    encoder.tokens.append(types.FrameType)
    left_out = Kinds(types.FrameType, types.FunctionType, types.CodeType)
    held = [each for each in gc.get_referents(item) if each is not item.f_trace and type(each) not in left_out]
    encoder.tokens += (token_of(item.f_code), len(held))
    encoder.add_all(held)
