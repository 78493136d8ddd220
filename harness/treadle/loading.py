"""Import the user's modules by name, and files by path.

Errors in them are the user's to repair, so they are reported in one line with the name and the reason.

A file is loaded as the module of its name, and files beside it can be imported before anything that is installed. But
the standard library comes first: a file `sched.py` is loaded under a *private name*, `_sched_` and a digest of its
path, and `import sched` gives the module of the standard library. The same is done for a name that another module has,
or that no import statement can name.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib
import importlib.machinery
import importlib.util
import keyword
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.errors import MisuseError
from treadle.inspecting import is_function
from treadle.telling import error_told, places_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

_OF_OTHERS = frozenset({*sys.stdlib_module_names, "treadle", "treadle_models"})
"""Names under which no user's file is loaded, even if it has that name."""


def can_be_imported(name: str) -> bool:
    """Say whether an import of this name can find a user's file."""
    return name not in _OF_OTHERS and name.isidentifier() and not keyword.iskeyword(name)


class _Beside:
    """Finds modules in some folders before any others, except those whose names the standard library has.

    A folder is searched as long as it is on `sys.path`, where it is last.
    """

    def __init__(self) -> None:
        self.folders: list[str] = []

    def find_spec(self, name: str, path: Sequence[str] | None = None, _target: object = None) -> ModuleSpec | None:
        """Find a top-level module, for `sys.meta_path`; leave folders without a file to other finders."""
        if path is not None or name in _OF_OTHERS:
            return None
        folders = [each for each in self.folders if each in sys.path]
        spec = importlib.machinery.PathFinder.find_spec(name, folders)
        return None if spec is None or spec.loader is None else spec


_beside = _Beside()


def search_first(folder: str) -> None:
    """Make imports search a folder after the standard library and before everything else."""
    if _beside not in sys.meta_path:
        place = next((at for at, each in enumerate(sys.meta_path) if each is importlib.machinery.PathFinder), 0)
        sys.meta_path.insert(place, _beside)
    if folder not in sys.path:
        sys.path.append(folder)
        _beside.folders = [folder, *(each for each in _beside.folders if each != folder)]


def load_module(place: str, *, what: str) -> ModuleType:
    """Import a module, or load a file that ends in .py; `what` names its purpose in the message of a `MisuseError`."""
    return _load_file(place, what) if place.endswith(".py") else _import(place)


def _import(place: str) -> ModuleType:
    try:
        return importlib.import_module(place)
    except ModuleNotFoundError as error:
        if error.name and (place == error.name or place.startswith(f"{error.name}.")):
            message = f"there is no module {error.name!r} in this environment (needed for {place!r}); install it there"
        else:
            message = f"importing {place!r} needs the module {error.name!r}, which this environment does not have"
        raise MisuseError(message) from None
    except BaseException as error:
        message = f"importing {place!r} failed: {_last_line(error)}"
        raise MisuseError(message) from error


def _load_file(place: str, what: str) -> ModuleType:
    path = Path(place)
    if not path.is_file():
        message = f"there is no file {place!r}; name a {what} in a file as path/file.py:function, seen from here"
        raise MisuseError(message)
    path = path.resolve()
    name = _name_for(path)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        message = f"Python cannot load {place!r} as a module; its name must end in .py"
        raise MisuseError(message)
    module = importlib.util.module_from_spec(spec)
    search_first(str(path.parent))
    sys.modules[name] = _loaded[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        sys.modules.pop(name, None)
        message = f"loading {place!r} failed: {_last_line(error)}"
        raise MisuseError(message) from error
    return module


def _name_for(path: Path) -> str:
    """Return the module name for a file: its own name, or a private one that is the same each time."""
    name = path.stem
    if can_be_imported(name) and _is_free(name, path):
        return name
    digest = hashlib.sha256(str(path).encode(errors="surrogateescape")).hexdigest()[:8]
    return f"_{re.sub(r'[^0-9A-Za-z_]', '_', name)}_{digest}"


_SHOWN = 8  # functions in a message

_loaded: dict[str, ModuleType] = {}
"""The modules that were loaded from files, by name."""


def modules_of_files() -> list[ModuleType]:
    """Return the modules that were loaded from files, also those no longer in `sys.modules`."""
    return [*_loaded.values()]


def _is_free(name: str, path: Path) -> bool:
    """Say whether a name is free: no module has it, or one from this file, or from a folder that is no longer used."""
    taken = sys.modules.get(name)
    if taken is None:
        return True
    file = getattr(taken, "__dict__", {}).get("__file__")
    if not isinstance(file, str):
        return False
    left = taken is _loaded.get(name) and str(Path(file).parent) not in sys.path
    return left or Path(file).resolve() == path


def _last_line(error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.lineno and not str(error.filename).startswith("<"):
        return error_told(error)  # its text names the place
    places = [each for each in places_of(error) if each[0] != __file__ and "<frozen" not in each[0]]
    place = f" ({Path(places[-1][0]).name}, line {places[-1][1]})" if places else ""
    return error_told(error) + place


def find_attribute(module: ModuleType, attribute: str, name: str) -> object:
    """Return an attribute of a module, dotted or not; `name` is what the user wrote."""
    found: object = module
    for part in attribute.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            message = f"{name!r}: {_place_told(name)!r} has no {attribute!r}.{_hint(found, part)}"
            raise MisuseError(message) from None
        except BaseException as error:  # from a module's `__getattr__`, a property, a metaclass
            message = f"{name!r}: to look for {part!r} raised {_last_line(error)}"
            raise MisuseError(message) from error
    return found


def _place_told(name: str) -> str:
    """Return the module of a name, without the folder of a file."""
    place = name.rpartition(":")[0]
    return Path(place).stem if place.endswith(".py") else place


def _hint(found: object, part: str) -> str:
    """Return the name that was meant, or if there is none like it, the functions of the module."""
    try:
        public = [each for each in dir(found) if not each.startswith("_")]
        functions = [each for each in public if is_function(vars(found).get(each))]
    except BaseException:  # noqa: BLE001 - the program's own
        return ""
    near = difflib.get_close_matches(part, public, n=1)
    if near:
        return f" Did you mean {near[0]!r}?"
    more = ", ..." if len(functions) > _SHOWN else ""
    return f" It has: {', '.join(functions[:_SHOWN])}{more}" if functions else ""
