"""The exception with which the dependency of a script fails; `treadle.situation.failures` has those of an execution.

The parts of a long script are written with a class `Failure`, and short ones with `OSError`. Here they get the
exception of the situation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from treadle.situation import Situation

_BASES = {"": "Exception", "timeout": "TimeoutError", "cancelled": "asyncio.CancelledError", "base": "BaseException"}
_GROUP = "ExceptionGroup('it fails', [Failure()])"
_SHORT = {"": "OSError", "timeout": "TimeoutError"}


def base_of_failure(situation: Situation) -> str:
    """Return the class above `Failure`; in a group, `Failure` is the class of what is in it."""
    return _BASES.get(situation.failure, "Exception")


def with_failure(text: str, situation: Situation) -> str:
    """Return a part of a long script in which the dependency fails as the situation says."""
    if situation.failure != "group":
        return text
    text = text.replace("raise Failure", f"raise {_GROUP}").replace("except Failure:", "except ExceptionGroup:")
    return text.replace("set_exception(Failure())", f"set_exception({_GROUP})")


def short_failure(situation: Situation) -> str:
    """Return the built-in class of the exception in a short script; empty if only a long script can have it.

    Inside a scope a short script tells the scope's exceptions by their classes, so there it needs the ordinary one.
    """
    return "" if situation.failure and situation.scope else _SHORT.get(situation.failure, "")
