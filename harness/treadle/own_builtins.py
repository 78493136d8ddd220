"""Give Treadle its own copy of the builtins, so that a program that replaces `len` or `open` affects only itself.

A function looks up builtins in the namespace with which its module was executed. So each module of this package is
executed with a copy that was made before any program ran. Otherwise a test that patches `builtins.open` would affect
the journal, and one that patches `builtins.len` the loop.
"""

from __future__ import annotations

import builtins
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder, SourceFileLoader
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

_WITHIN = f"{__package__}."
_COPY = dict(vars(builtins))


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__builtins__"] = _COPY
        super().exec_module(module)


class _Finder(MetaPathFinder):
    """Finds the modules of this package before tools that execute modules in their own way."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(_WITHIN):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(fullname, spec.loader.path)
        return spec


def keep_apart() -> None:
    """Give the copy of the builtins to all modules of this package that are imported from now on."""
    sys.meta_path.insert(0, _Finder())
