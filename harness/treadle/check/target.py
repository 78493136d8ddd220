"""Find the target with a given name.

A target is a name of the catalogue, `package.module:function`, or `path/file.py:function`. It is an async function that
takes the dependency as its only required argument, or an async context manager factory that takes the coroutine of the
dependency, makes the task, yields it, and cancels it and waits when it is left: a function that is decorated as one, or
a class with `__aenter__` and `__aexit__`. It is neither edited nor wrapped.
"""

from __future__ import annotations

import difflib
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.check.adapter import files_shown
from treadle.errors import MisuseError
from treadle.inspecting import file_of, is_async, is_async_generator, is_function, is_manager, layers, signature_of
from treadle.loading import can_be_imported, find_attribute, load_module
from treadle.situation import Situation, Subject, parse_situation
from treadle.telling import quoted, repr_told
from treadle_models.candidates import CANDIDATES, OWNER_EXCLUDES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ADAPTER = """
An adapter takes {lines}:

    {import_line}async def adapter(task):            # its only argument is the task to cancel
        await {name}(task)              # call your function as usual, and wait for it

    treadle check {file}:adapter"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Something to judge; `resolve_target` finds one by its name.

    :ivar name: as the user has written it.
    :ivar subject: what is called.
    :ivar module: the module from which a script imports it.
    :ivar attribute: its name there.
    :ivar files: the files whose lines are shown as the target's own.
    :ivar file: the file from which it is loaded; empty if it is imported.
    :ivar in_catalogue: it is a candidate of the catalogue.
    :ivar excludes: by aspect of a situation, the reason why the target's contract excludes it.
    """

    name: str
    subject: Subject
    module: str
    attribute: str
    files: frozenset[str]
    file: str = ""
    in_catalogue: bool = False
    excludes: Mapping[str, str] = field(default_factory=dict)

    def excluded(self, situation: Situation) -> str:
        """Return why the target is not judged in a situation, or an empty string.

        :param situation: the situation.
        """
        if situation.dependency == "eager" and sys.version_info < (3, 12):
            return "Python 3.11 has no eager tasks"
        for aspect in situation.name.split("+"):
            if aspect in self.excludes:
                return f"excluded by its contract: {self.excludes[aspect]}"
        return ""


def resolve_target(name: str) -> Target:
    """Find a target by its name.

    :param name: a candidate's name, `package.module:function` or `path/file.py:function`.
    :returns: the target, imported.
    :raises MisuseError: if there is no such target, or it cannot be called with the task as its only argument.
    """
    if name in CANDIDATES:
        return _from_catalogue(name)
    place, colon, attribute = name.rpartition(":")
    if not colon or not place or not attribute:
        near = difflib.get_close_matches(name, CANDIDATES, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        message = (
            f"there is no candidate {name!r} in the catalogue.{hint} Name a target of your own as "
            f"package.module:function or path/file.py:function. The catalogue has: {', '.join(CANDIDATES)}"
        )
        raise MisuseError(message)
    is_file = place.endswith(".py")
    file = str(Path(place).resolve()) if is_file else ""  # before it is loaded: it may change the current folder
    module = load_module(place, what="target")
    function = find_attribute(module, attribute, name)
    owner, _, method = attribute.rpartition(".")
    if owner and _takes_self(function):
        message = (
            f"{name!r} is a method: it would get the task as its `self`. Make the object in an adapter."
            f"{_adapter(place, attribute, f'{owner}(...).{method}')}"
        )
        raise MisuseError(message)
    subject = subject_of(function, name, _adapter(place, attribute, attribute))
    return Target(
        name=name,
        subject=subject,
        module=module.__name__,
        attribute=attribute,
        files=(files_shown(subject.function, vars(module)) if is_file else None) or files_of(subject.function),
        file=file,
        excludes={**(OWNER_EXCLUDES if subject.owner else {}), **_declared(function, name, is_file=is_file)},
    )


def _declared(function: object, name: str, *, is_file: bool) -> Mapping[str, str]:
    """Return the attribute `excludes` of an adapter, what its contract excludes; raise `MisuseError` if malformed.

    In a library this name may mean anything, so only functions of files are asked.
    """
    declared = vars(function).get("excludes", {}) if is_file and is_function(function) else {}
    if not isinstance(declared, dict) or not all(isinstance(each, str) for each in declared.values()):
        message = (
            f"{name!r} has the attribute `excludes`, {repr_told(declared)}; it must name the situations that its "
            'contract excludes, and why: {"future": "a sentence of its documentation"}'
        )
        raise MisuseError(message)
    for aspect in declared:
        try:
            parse_situation(str(aspect))
        except MisuseError as error:
            message = f"{name!r} excludes {aspect!r}: {error}"
            raise MisuseError(message) from None
    return declared


def _takes_self(function: object) -> bool:
    """Say whether this is the function of a method, without its object."""
    signature = signature_of(function)
    return is_function(function) and signature is not None and next(iter(signature.parameters), "") == "self"


def _adapter(place: str, attribute: str, called: str) -> str:
    """Return how to write an adapter that calls something; if the file cannot be imported, at the end of that file."""
    is_file = place.endswith(".py")
    module = Path(place).stem if is_file else place
    if is_file and not can_be_imported(module):
        lines, import_line, file = (
            f"two lines; put them at the end of {place}, and check the adapter instead",
            "",
            quoted(place),
        )
    else:
        lines, file = "three lines; put them into a file, and check the adapter instead", "adapter.py"
        import_line = f"from {module} import {attribute.partition('.')[0]}\n    "
    return _ADAPTER.format(lines=lines, import_line=import_line, name=called, file=file)


def _from_catalogue(name: str) -> Target:
    candidate = CANDIDATES[name]
    module = sys.modules[candidate.function.__module__]
    return Target(
        name=name,
        subject=Subject(function=candidate.function, owner=candidate.owner),
        module=module.__name__,
        attribute=candidate.function.__name__,
        files=frozenset(
            each.__file__
            for each in sys.modules.values()
            if (each.__name__ or "").startswith("treadle_models.candidates.") and each.__file__
        )
        if candidate.owner
        else files_of(candidate.function),
        in_catalogue=True,
        excludes=candidate.excludes,
    )


def subject_of(function: object, name: str, adapter: str = "") -> Subject:
    """Make a subject, if this can be called as a target according to its signature; `adapter` is the advice if not.

    Raises `MisuseError` if it cannot.
    """
    if not callable(function):
        message = f"{name!r} is {repr_told(function)}, which cannot be called"
        raise MisuseError(message)
    if is_async_generator(next(filter(is_function, layers(function)), None)):
        message = (
            f"{name!r} is an async generator function, which can be iterated over but not awaited. If it makes the "
            "task itself and yields while the task runs, decorate it with @contextlib.asynccontextmanager; if not, "
            "remove the `yield`"
        )
        raise MisuseError(message)
    if is_manager(function):
        return _bound(Subject(function=function, owner=True), name, adapter)
    kinds = [(is_async(each), is_async_generator(each)) for each in layers(function)]
    awaitable, owner = next((each for each in kinds if any(each)), (False, False))
    if not owner and not awaitable:
        told = "neither an async function nor an async context manager"
        message = f"{name!r} is {told}, so it cannot wait for a task.{adapter}"
        raise MisuseError(message)
    return _bound(Subject(function=function, owner=owner), name, adapter)


def _bound(subject: Subject, name: str, adapter: str) -> Subject:
    """Return a subject that can be called with one argument; raise `MisuseError` for any other."""
    signature = signature_of(subject.function)  # without a signature, the call will show
    try:
        if signature is not None:
            signature.bind(object())
    except TypeError as error:
        message = f"{name!r} cannot be called with the task as its only argument: {error}.{adapter}"
        raise MisuseError(message) from None
    return subject


def files_of(function: Callable[..., object]) -> frozenset[str]:
    """Return the file of a function, or nothing if it has none."""
    return frozenset({file_of(function)}) - {""}
