"""Find the library that an adapter calls: the installed package that a short function in a user's file refers to.

An adapter is at most five lines that call a library. A user wants to see the lines of the library in a counterexample,
so those are shown, and a script prints the version of the package.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.inspecting import INSTALLED, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LINES = 5
"""The most lines of an adapter; the lines of a longer function are worth showing themselves."""


def files_shown(function: Callable[..., object], namespace: Mapping[str, object]) -> frozenset[str]:
    """Return the files of the library that an adapter calls; none if there is no adapter, or no library."""
    node = _parsed(function)
    if node is None or not 0 < _length(node) <= LINES:
        return frozenset()
    module = _library_in(_modules_named(node, namespace))
    return frozenset(_loaded(module.partition(".")[0]).values()) if module else frozenset()


def package_of(module: str, function: Callable[..., object] | None, namespace: Mapping[str, object]) -> str:
    """Return the name in the package registry of the library that a function calls, or an empty string.

    `module` is the module of the function; `function` is None if it belongs to the library itself.
    """
    node = None if function is None else _parsed(function)
    found = _library_in([module] if node is None else _modules_named(node, namespace))
    if not found:
        return ""
    top = found.partition(".")[0]
    parts = set(found.lower().split("."))
    named = packages_distributions().get(top, [])  # several, if they share a namespace
    return max(named, key=lambda each: sum(part in each.lower().replace("-", "_") for part in parts), default="")


def stands_alone(function: Callable[..., object], text: str) -> bool:
    """Say whether an adapter's file is self-contained: it only imports installed packages and the standard library."""
    node = _parsed(function)
    if node is None or not 0 < _length(node) <= LINES:
        return False
    tops = []
    for each in ast.walk(ast.parse(text)):
        if isinstance(each, ast.Import):
            tops += [alias.name.partition(".")[0] for alias in each.names]
        elif isinstance(each, ast.ImportFrom):
            tops.append((each.module or "").partition(".")[0] if not each.level else "")
    return all(top in sys.stdlib_module_names or _is_installed(top) for top in tops)


def _parsed(function: Callable[..., object]) -> ast.AST | None:
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function)))).body[0]
    except (OSError, TypeError, ValueError, SyntaxError, IndexError):  # `__wrapped__` may lead in a circle
        return None


def _length(node: ast.AST) -> int:
    """Return the number of lines of a function's body, without its docstring."""
    body: list[ast.stmt] = getattr(node, "body", [])
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def _modules_named(node: ast.AST, namespace: Mapping[str, object]) -> list[str]:
    """Return the modules of the objects that a function names, in order, with those of the bases of classes."""
    modules = []
    for name in (each.id for each in ast.walk(node) if isinstance(each, ast.Name)):
        value = namespace.get(name)
        bases = value.__mro__[1:] if isinstance(value, type) else ()
        modules += [text_of(value, "__name__")] if inspect.ismodule(value) else [text_of(value, "__module__")]
        modules += [text_of(each, "__module__") for each in (*bases, type(value))]
    return modules


def _library_in(modules: list[str]) -> str:
    """Return the first of these modules that belongs to an installed library."""
    return next((each for each in modules if each and _is_installed(each.partition(".")[0])), "")


def _is_installed(top: str) -> bool:
    if top in sys.stdlib_module_names or top in {"treadle", "treadle_models"}:
        return False
    return any(INSTALLED & set(Path(file).parts) for file in _loaded(top).values())


def _loaded(top: str) -> dict[str, str]:
    """Return the files of the loaded modules of a package."""
    return {
        name: file
        for name, module in [*sys.modules.items()]
        if name.partition(".")[0] == top and isinstance(file := getattr(module, "__file__", None), str)
    }
