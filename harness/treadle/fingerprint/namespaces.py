"""Modules and classes as tables of names: to whom they belong, where they are, and which code belongs to which."""

from __future__ import annotations

import functools
import gc
import importlib.util
import re
import sys
import types
from typing import TYPE_CHECKING

from treadle.fingerprint.looking import is_kind_of, is_of_module, module_dict
from treadle.fingerprint.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from treadle.fingerprint.naming import Naming

# Names that IPython adds to a notebook: In, Out, _, _1, _i, _i1, _dh, ... See its `user_ns_hidden`.
_KEPT_BY_IPYTHON = re.compile(r"In|Out|get_ipython|exit|quit|open|_+|_i+|_i?\d+|_[dio]h")

OF_MODULES = frozenset(
    (
        *("__builtins__", "__loader__", "__spec__", "__cached__", "__file__", "__name__", "__package__", "__path__"),
        *("__doc__", "__annotations__", "__annotate__", "__module__", "__dict__", "__weakref__", "__qualname__"),
        *("__abstractmethods__", "__firstlineno__", "__static_attributes__", "__parameters__", "__orig_bases__"),
        *("__match_args__", "__annotations_cache__", "__annotate_func__", "__type_params__", "__protocol_attrs__"),
        *("__non_callable_proto_members__", "__classcell__", "__conditional_annotations__", "__slots__", "_abc_impl"),
    )
)
"""Standard names in modules and classes: they count if code of the program names them."""

_OF_PYTHON = frozenset(
    ("__builtins__", "__loader__", "__spec__", "__cached__", "__dict__", "__weakref__", "__classcell__", "_abc_impl")
)
"""Those of them that Python needs for itself: they never count."""

_CACHES = {
    "sys": ("modules", "path_importer_cache", "path", "meta_path", "path_hooks", "last_exc", "monitoring"),
    "re": ("_cache", "_cache2", "_MAXCACHE", "template"),
    "linecache": ("cache", "_interactive_cache"),
    "threading": ("_active", "_limbo", "_dangling", "_main_thread", "_shutdown_locks", "_active_limbo_lock"),
    "typing": ("_cleanups",),
    "functools": (),
    "warnings": ("_filters_mutated", "_lock"),
    "inspect": ("modulesbyfile", "_filesbymodname"),
    "abc": (),
    "copyreg": ("_extension_cache", "_extension_registry", "_inverted_registry"),
    "contextvars": (),
    "logging": ("_handlers", "_handlerList", "_lock"),
    "weakref": (),
    "selectors": ("_PollLikeSelector",),
}
"""Names in the standard library for caches, or for objects that Python itself keeps."""

_SHOWN_BY = {
    "re": frozenset(("purge",)),
    "linecache": frozenset(("checkcache", "clearcache", "lazycache", "updatecache")),
    "copyreg": frozenset(("add_extension", "remove_extension", "clear_extension_cache")),
    "logging": frozenset(("getHandlerByName", "getHandlerNames", "shutdown")),
}
"""Functions that empty these caches, or show their contents: if a program names one, the caches count."""

_NONE: frozenset[str] = frozenset()
_STREAMS = ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__")


class Namespace:
    """The names of a module or class: those that count (`known`), and those that are written in each state."""

    __slots__ = (
        "_by_ipython",
        "_harmless",
        "is_known",
        "known",
        "names",
        "origin",
        "owner",
        "shown_by",
        "size",
        "streams",
        "where",
        "written",
    )

    def __init__(self, owner: object, names: Mapping[str, object], where: str, whose: Origin) -> None:
        """Start with no names that count."""
        self.owner = owner
        self.names = names
        self.where = where
        self.origin = whose
        self.known: set[str] = set()
        self.written: set[str] = set()
        self.size = -1
        # Where output goes that is never read; streams that a program has put in their place are its own.
        self.streams = {name: names[name] for name in _STREAMS if name in names} if where == "sys" else {}
        package = where.partition(".")[0]
        self.is_known = package in ("asyncio", "_asyncio") and whose is Origin.LIBRARY
        """It belongs to asyncio, whose objects are known one by one: only what the program binds there counts."""
        self._harmless = _CACHES.get(where, ()) if whose is Origin.LIBRARY else ()
        self.shown_by = _SHOWN_BY.get(where, _NONE) if self._harmless else _NONE
        self._by_ipython = "get_ipython" in names

    def present(self, names: Iterable[str], own: Container[str]) -> list[str]:
        """Return which of these names exist and count, sorted; `own` are the names in the program's own code."""
        held = self.names
        if isinstance(names, (set, frozenset)) and len(held) < len(names):
            found = [name for name in held if name in names]
        else:
            found = [name for name in names if name in held]
        return sorted(name for name in found if type(name) is str and not self._is_of_its_own(name, own))

    def _is_of_its_own(self, name: str, own: Container[str]) -> bool:
        if name in OF_MODULES:
            return name in _OF_PYTHON or name not in own
        return self._by_ipython and _KEPT_BY_IPYTHON.fullmatch(name) is not None

    def is_harmless(self, name: str) -> bool:
        """Say whether the value of this name cannot affect what a program does."""
        if name in self._harmless:
            return True
        return self.is_known and name != "_event_loop_policy" and not callable_or_space(self.names.get(name))


def callable_or_space(value: object) -> bool:
    """Say whether a value leads to more names: a module, a class, a function."""
    return is_kind_of(value, types.ModuleType, type, types.FunctionType, types.BuiltinFunctionType)


def owner_of(names: dict[str, object]) -> tuple[object, str]:
    """Return the module with these names, and its name."""
    name = names.get("__name__")
    where = name if type(name) is str else "code without a module"
    module = sys.modules.get(where)
    return (module if module is not None and is_kind_of(module, types.ModuleType) else None), where


def imported(named: Naming, names: dict[str, object]) -> Iterator[types.ModuleType]:
    """Yield the modules that code imports, if they are loaded, and the packages that contain them."""
    package: str = names.get("__package__") or names.get("__name__") or ""  # type: ignore[assignment]
    for name, level in named.imports:
        full = name
        if level:
            try:
                full = importlib.util.resolve_name("." * level + name, package)
            except (ImportError, ValueError):
                continue
        parts = full.split(".")
        for end in range(1, len(parts) + 1):
            module = sys.modules.get(".".join(parts[:end]))
            if module is not None and is_kind_of(module, types.ModuleType):
                yield module


_found: dict[int, tuple[types.CodeType, dict[str, object]]] = {}  # by `id`; the code object is kept


def globals_of(code: types.CodeType) -> dict[str, object] | None:
    """Return the names of the module to which code belongs, found by its file, or by a function with this code.

    A file may be loaded as two modules; then only a function can tell.
    """
    cached = _found.get(id(code))
    known = cached[1] if cached is not None else None
    if known is None:
        known = _by_file().get(code.co_filename)
        if known is None or not is_of_module(known):
            _by_file.cache_clear()
            known = _by_file().get(code.co_filename) or _by_function(code)
        if known is not None:
            _found[id(code)] = code, known
    return known


@functools.lru_cache(maxsize=1)
def _by_file() -> dict[str, dict[str, object] | None]:
    found: dict[str, dict[str, object] | None] = {}
    for module in list(sys.modules.values()):
        if is_kind_of(module, types.ModuleType):
            names = module_dict(module)
            file = names.get("__file__")
            if type(file) is str:
                found[file] = names if found.get(file, names) is names else None
            elif type(names.get("__name__")) is str:
                found.setdefault(f"<frozen {names['__name__']}>", names)
    return found


def _by_function(code: types.CodeType) -> dict[str, object] | None:
    frozen = gc.get_freeze_count()
    gc.unfreeze()  # a search has frozen all older objects
    try:
        functions = [each for each in gc.get_referrers(code) if type(each) is types.FunctionType]
    finally:
        if frozen:
            gc.freeze()
    return functions[0].__globals__ if functions else None
