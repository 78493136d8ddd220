"""Import what a user has named: a module by its name, or a file by its path.

Whatever is wrong with it is the user's to repair, so it is said in one line that shows the name and the reason.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.errors import MisuseError

if TYPE_CHECKING:
    from types import ModuleType


def load_module(place: str, *, what: str) -> ModuleType:
    """Import a module, or load a file that ends in .py; `what` it is for stands in the message of a `MisuseError`."""
    return _load_file(place, what) if place.endswith(".py") else _import(place)


def _import(place: str) -> ModuleType:
    try:
        return importlib.import_module(place)
    except ModuleNotFoundError as error:
        if error.name and (place == error.name or place.startswith(f"{error.name}.")):
            message = f"there is no module {error.name!r} in this environment (sought for {place!r}); install it there"
        else:
            message = f"importing {place!r} needs the module {error.name!r}, which this environment does not have"
        raise MisuseError(message) from None
    except BaseException as error:
        message = f"importing {place!r} failed: {_last_line(error)}"
        raise MisuseError(message) from error


def _load_file(place: str, what: str) -> ModuleType:
    path = Path(place)
    if not path.is_file():
        message = f"there is no file {place!r}; a {what} in a file reads path/file.py:function, seen from here"
        raise MisuseError(message)
    name = path.stem
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    if spec is None or spec.loader is None:
        message = f"Python cannot load {place!r} as a module; its name must end in .py"
        raise MisuseError(message)
    module = importlib.util.module_from_spec(spec)
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        message = f"loading {place!r} failed: {_last_line(error)}"
        raise MisuseError(message) from error
    return module


def _last_line(error: BaseException) -> str:
    where = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(where[-1].filename).name}, line {where[-1].lineno})" if where else ""
    if isinstance(error, SyntaxError):
        place = ""  # its own text says where
    return "".join(traceback.format_exception_only(error)).strip().splitlines()[-1] + place


def find_attribute(module: ModuleType, attribute: str, name: str) -> object:
    """Return an attribute of a module, dotted or not; `name` is what the user wrote."""
    found: object = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            public = [each for each in dir(found) if not each.startswith("_")]
            near = difflib.get_close_matches(part, public, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            message = f"{name!r}: {module.__name__!r} has no {attribute!r}.{hint}"
            raise MisuseError(message)
        found = getattr(found, part)
    return found
