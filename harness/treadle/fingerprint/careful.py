"""Details that most programs never use: the identity of equal values, changed names of coroutines.

Equal values are written alike, wherever they are, because nearly all code treats them alike. Code that compares them by
identity does not. As soon as such code has run (`naming`, `danger`), values are numbered like other objects. The same
applies to names that code gives to coroutines and generators, and to the message of asyncio about a task that is lost.
All of that takes time, so it has an encoder of its own.
"""

from __future__ import annotations

import asyncio
import types
from typing import TYPE_CHECKING

from treadle.fingerprint.encoder import RULES, Encoder, learn
from treadle.fingerprint.looking import attributes_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.fingerprint.scope import Scope

_TASKS: tuple[type, ...] = (asyncio.Task, asyncio.tasks._PyTask)  # type: ignore[attr-defined]
_SUSPENDED = frozenset(map(id, (types.CoroutineType, types.GeneratorType, types.AsyncGeneratorType)))


class CarefulEncoder(Encoder):
    """Also writes the identity of equal values, and other details that code may ask for."""

    __slots__ = ("_compares", "_hides", "_renames")

    brief = False

    def __init__(self, scope: Scope) -> None:
        """Start with a token that no other encoder writes."""
        super().__init__(scope)
        self._compares, self._renames, self._hides = scope.compares, scope.renames, scope.hides
        self.tokens.append((CarefulEncoder, self._compares, self._renames, self._hides))

    def write(self) -> None:
        """Write what has been added, and number everything, so that objects made here must be kept until the end.

        Raises `OpaqueError`.
        """
        tokens, references, added = self.tokens, self.references, self._added
        for item in added:
            if id(item) in references:
                tokens.append(references[id(item)])
                continue
            kind = type(item)
            (RULES.get(id(kind)) or learn(kind))(self, item)
            if self._compares and id(item) not in references:
                self.number(item)
            if self._renames and id(kind) in _SUSPENDED:
                tokens += (item.__name__, item.__qualname__)  # type: ignore[attr-defined]
            if self._hides and issubclass(kind, _TASKS):
                tokens.append(_says_that_it_is_lost(item))
        self.kept.append(added)
        self._begin()


def _says_that_it_is_lost(item: object) -> object:
    if issubclass(type(item), _TASKS[1]):
        return attributes_of(item).get("_log_destroy_pending", True)
    return _OF_C(item)


_OF_C: Callable[[object], object] = vars(_TASKS[0])["_log_destroy_pending"].__get__
