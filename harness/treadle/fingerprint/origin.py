"""Tell to whom code belongs: the program, the standard library, or a tool that is not part of the program.

This depends on the place of a file, not on its name: a user's `sched.py` belongs to the user.
"""

from __future__ import annotations

import functools
import os
import sys
import sysconfig
from enum import Enum
from pathlib import Path
from types import ModuleType

from treadle.fingerprint.looking import is_kind_of, module_dict


class Origin(Enum):
    """The origin of code."""

    OWN = "own"  # the program's, and that of installed libraries
    LIBRARY = "library"  # the standard library
    TOOL = "tool"  # Treadle, and test runners


_TREADLE = str(Path(__file__).parents[1]) + os.sep
_STANDARD = tuple({os.path.dirname(os.__file__), *(sysconfig.get_path(each) for each in ("stdlib", "platstdlib"))})  # noqa: PTH120 - of many files
_INSTALLED = ("site-packages", "dist-packages")
_TOOLS = ("_hypothesis_globals.py", "_pytest", "hypothesis", "pluggy", "pytest", "IPython", "ipykernel")


@functools.cache
def origin(file: str) -> Origin:
    """Return the origin of a file, by its path; a name in angle brackets means code without a file."""
    if file.startswith("<frozen"):
        return Origin.TOOL if "importlib" in file or "zipimport" in file else Origin.LIBRARY
    if is_treadles(file):
        return Origin.TOOL
    for place in _STANDARD:
        if file.startswith(place + os.sep):
            parts = Path(file).relative_to(place).parts
            if parts[0] not in _INSTALLED:
                return Origin.LIBRARY
    parts = Path(file).parts
    for installed in _INSTALLED:
        if installed in parts and parts[parts.index(installed) + 1] in _TOOLS:
            return Origin.TOOL
    return Origin.OWN


def is_treadles(file: str) -> bool:
    """Say whether a file belongs to Treadle."""
    return file.startswith(_TREADLE)


def origin_of_module(names: dict[str, object]) -> Origin:
    """Return the origin of a module, by its names."""
    file = names.get("__file__")
    if type(file) is str:
        return origin(file)
    name = names.get("__name__")
    if type(name) is str and (name in sys.builtin_module_names or name in sys.stdlib_module_names):
        return Origin.LIBRARY
    return Origin.OWN


_WHOLE = frozenset(
    (
        *("asyncio", "collections", "contextlib", "dataclasses", "enum", "functools", "string", "types", "uuid"),
        *(
            "_weakrefset",
            "weakref",
            "fractions",
            "ipaddress",
            "pathlib",
            "queue",
            "argparse",
            "graphlib",
            "numbers",
            "unittest",
        ),
    )
)
"""Packages of the standard library whose instances are data, which belong to the state completely."""


def is_selective(module: str) -> bool:
    """Say whether only named attributes of instances of this module's classes belong to the state."""
    package = module.partition(".")[0]
    if package not in sys.stdlib_module_names or package in _WHOLE or package == "__main__":
        return False
    loaded = sys.modules.get(module)
    return is_kind_of(loaded, ModuleType) and origin_of_module(module_dict(loaded)) is Origin.LIBRARY
