"""The attributes that a program has set on a C object without a `__dict__`, such as a future.

Until 3.13 the garbage collector shows the dictionary that holds them. From 3.14 on they are stored in the object
itself. The collector shows their values, but only the C function that creates the dictionary shows their names. To
avoid a dictionary for each future, the function is called only if there are any. That is read from memory behind the
object, if the layout there is the known one.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING

from treadle.fingerprint.layout import all_memory
from treadle.fingerprint.looking import flags_of, size_of
from treadle.fingerprint.stack import WORD

if TYPE_CHECKING:
    from collections.abc import Callable

MAY_STAND_INSIDE = sys.version_info >= (3, 13)
"""Whether such objects exist; futures are among them from 3.14 on."""

_HAS_VALUES_INSIDE = 1 << 2  # Py_TPFLAGS_INLINE_VALUES, a flag of types from 3.13 on


def attributes_inside(item: object) -> dict[str, object] | None:
    """Return the attributes stored in the object itself, or None if there are none."""
    kind = type(item)
    if not flags_of(kind) & _HAS_VALUES_INSIDE or (_can_tell() and _has_none(item, kind)):
        return None
    found: dict[str, object] = _dictionary_of()(item, None)
    return found


def _has_none(item: object, kind: type) -> bool:
    """Say whether there is no dictionary, three words before the object, and no value behind it."""
    memory, address = all_memory(), id(item)
    return not any(memory[address - 3 * WORD : address - 2 * WORD]) and not memory[address + size_of(kind) + 1]


@functools.cache
def _can_tell() -> bool:
    sample = _Sample()
    fresh = _has_none(sample, _Sample)
    sample.mark = None
    inside = _has_none(sample, _Sample)
    vars(sample).clear()
    return (fresh, inside, _has_none(sample, _Sample)) == (True, False, False)


class _Sample:
    """Gets an attribute, and then a dictionary."""

    mark: None


@functools.cache
def _dictionary_of() -> Callable[[object, None], dict[str, object]]:
    import ctypes  # noqa: PLC0415 - the interpreter may be built without it

    prototype = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object, ctypes.c_void_p)
    return prototype(("PyObject_GenericGetDict", ctypes.pythonapi))
