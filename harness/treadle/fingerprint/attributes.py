"""The attributes that a program has given to an object of C code which has no `__dict__`, as futures have none.

Until 3.13 the collector shows the dictionary behind them. From 3.14 on they stand in the object itself, the collector
shows their values, and nothing shows their names but the C function that makes the dictionary. So as not to make one
for each future, it is asked only where there are any, which stands in memory behind the object, where that is as known.
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
"""Whether there are such objects; of futures from 3.14 on."""

_HAS_VALUES_INSIDE = 1 << 2  # Py_TPFLAGS_INLINE_VALUES, a flag of types from 3.13 on


def attributes_inside(item: object) -> dict[str, object] | None:
    """Return the attributes that stand in the object itself, or None if there are none."""
    kind = type(item)
    if not flags_of(kind) & _HAS_VALUES_INSIDE or (_can_tell() and _has_none(item, kind)):
        return None
    found: dict[str, object] = _dictionary_of()(item, None)
    return found


def _has_none(item: object, kind: type) -> bool:
    """Say whether there is no dictionary, three words in front of the object, and no value behind it."""
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
    """Is given an attribute, and then a dictionary."""

    mark: None


@functools.cache
def _dictionary_of() -> Callable[[object, None], dict[str, object]]:
    import ctypes  # noqa: PLC0415 - an interpreter may have been built without it

    prototype = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object, ctypes.c_void_p)
    return prototype(("PyObject_GenericGetDict", ctypes.pythonapi))
