"""Modules: the functions and classes of one source file, and what the names in it mean.

The file is the one that the checker imports; it is parsed, never executed. A name is a local variable, a definition of
the file, an import (from asyncio, from a file, from itself) or a built-in. Any other name is an error with its place;
so is a name that means something else in the module as it was imported. A file of asyncio itself may also be the
target: the modelled names then mean the same as in any other file, and their own source in that file is ignored.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import linecache
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from treadle_models.automaton.builtins import BUILTINS, namespace, of_asyncio
from treadle_models.automaton.classes import class_of
from treadle_models.automaton.expressions import Expressions
from treadle_models.automaton.loaded import see_that_it_is, what_is_imported
from treadle_models.automaton.managers import FunctionCompiler
from treadle_models.automaton.names import Function, defined, gives, parameters
from treadle_models.automaton.variables import OutsideSubsetError
from treadle_models.machine.code import BUILTIN_ERRORS, LOGGER, ClassCode, Code, ErrorClass, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIBRARY = Path(__file__).parent / "sources"
_INTRINSICS = "treadle_models.automaton.intrinsics"


class Module:
    """One source file. `asyncio` holds the functions of the modelled library.

    `loaded` is the namespace of the module as it was imported, if it was: a name must mean the same here and there.
    """

    def __init__(self, path: Path, asyncio: dict[str, Value], loaded: Mapping[str, object] | None = None) -> None:
        self.path = path
        self.file = str(path)
        self.asyncio = asyncio
        self.loaded = loaded
        self.is_library = path.parent == _LIBRARY
        self.is_asyncio = path.parent.name == "asyncio" and (path.parent / "base_tasks.py").exists()
        text = text_of(path)
        self._lines = text.splitlines()
        self._known: dict[str, Value] = {}
        self._definitions, self._unclear = defined(ast.parse(text, filename=self.file))

    def line(self, number: int) -> str:
        """Return a line of the source, from 1."""
        return self._lines[number - 1].strip() if 0 < number <= len(self._lines) else ""

    def resolve(self, name: str, where: ast.AST) -> Value:
        """Return the meaning of a name of the module."""
        if name not in self._known:
            before = dict(self._known)
            try:
                modelled = self.is_asyncio and name in self.asyncio
                found = self.asyncio[name] if modelled else self._find(name, where)
                if self.loaded is not None and not self.is_library:
                    see_that_it_is(found, name, self.loaded, self.asyncio, lambda what: self._outside(where, what))
            except BaseException:
                self._known = before  # names found meanwhile may refer to half-compiled ones
                raise
            self._known[name] = found
        return self._known[name]

    def leaves(self, name: str) -> bool:
        """Say whether this module leaves a name to the built-ins."""
        return name not in self._definitions and name not in self._unclear and name not in (self.loaded or {})

    def _outside(self, where: ast.AST, what: str) -> OutsideSubsetError:
        return OutsideSubsetError(self.file, where, what)

    def _find(self, name: str, where: ast.AST) -> Value:  # noqa: PLR0911 - one for each kind of definition
        if name in self._unclear:
            raise self._outside(where, self._unclear[name])
        statement = self._definitions.get(name)
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return self.function(statement, known_as=name)
        if isinstance(statement, ast.ClassDef):
            return self._class(statement)
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            return self._import(name, statement)
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and isinstance(statement.value, ast.Constant):
            return statement.value.value
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and type((self.loaded or {}).get(name)) is logging.Logger:
            return LOGGER
        if statement is not None or (self.loaded is not None and name in self.loaded):
            raise self._outside(where, f"the name {name!r}")
        if name in BUILTIN_ERRORS:
            return BUILTIN_ERRORS[name]
        if name in BUILTINS:
            return BUILTINS[name]
        raise self._outside(where, f"the name {name!r}")

    def _import(self, name: str, statement: ast.Import | ast.ImportFrom) -> Value:
        original = next(each.name for each in statement.names if (each.asname or each.name.partition(".")[0]) == name)
        if isinstance(statement, ast.Import):
            return self.asyncio if original == "asyncio" else self._imported(name, statement)
        if not statement.level and statement.module == "asyncio" and original in self.asyncio:
            return self.asyncio[original]
        if self.is_asyncio and statement.level == 1 and original in of_asyncio():
            return of_asyncio()[original]
        if self.is_library and statement.module == _INTRINSICS:
            return namespace()[original]
        if self.is_library and str(statement.module).startswith("treadle_models."):
            return load(str(statement.module), self.asyncio).resolve(original, statement)
        return self._imported(name, statement)

    def _imported(self, name: str, statement: ast.stmt) -> Value:
        """Return the meaning of another import, by the object that it has imported."""
        if self.loaded is not None and name in self.loaded:
            found = what_is_imported(self.loaded[name], self.asyncio, self._elsewhere)
            if found is not None:
                return found
        raise self._outside(statement, f"the import of {name!r}")

    def _elsewhere(self, file: str, name: str, loaded: Mapping[str, object]) -> Value:
        return load_file(Path(file), self.asyncio, loaded).resolve(name, ast.Pass())

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, known_as: str = "") -> Code:
        """Compile a function of the module or a method."""
        is_async = isinstance(node, ast.AsyncFunctionDef)
        manager = None
        if node.decorator_list:
            manager = self.asyncio.get("$manager") if self._makes_managers(node) else None
            if manager is None:
                raise self._outside(node, f"the decorator {ast.unparse(node.decorator_list[0])}")
        return self.compile(
            node, (), name=node.name, body=node.body, is_async=is_async, known_as=known_as, manager=manager
        )

    def _makes_managers(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        """Say whether the only decorator of an asynchronous generator is `contextlib.asynccontextmanager`."""
        if len(node.decorator_list) != 1 or self.loaded is None or gives(node.body) is None:
            return False
        decorator = node.decorator_list[0]
        real = self.loaded.get(decorator.id) if isinstance(decorator, ast.Name) else None
        if isinstance(decorator, ast.Attribute) and isinstance(decorator.value, ast.Name):
            real = getattr(self.loaded.get(decorator.value.id), decorator.attr, None)
        return real is contextlib.asynccontextmanager and isinstance(node, ast.AsyncFunctionDef)

    def compile(  # noqa: PLR0913 - what a function consists of
        self,
        node: Function,
        captured: tuple[str, ...],
        *,
        name: str,
        body: list[ast.stmt],
        is_async: bool,
        known_as: str = "",
        manager: ClassCode | None = None,
    ) -> Code:
        """Compile one function; `known_as` is its name in the module, under which it may call itself.

        `manager` is the class of what a call makes, if this is a generator with that decorator.
        """
        arguments = node.args
        generator = gives(body)
        if generator is not None and manager is None:
            raise self._outside(generator, f"the generator {name}")
        by_position = [*arguments.posonlyargs, *arguments.args]
        defaults = {
            each.arg: self._default(default)
            for each, default in zip(reversed(by_position), reversed(arguments.defaults), strict=False)
        }
        for each, named in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            if named is not None:
                defaults[each.arg] = self._default(named)
        every = parameters(arguments)
        code = Code(
            name,
            self.file,
            every,
            defaults,
            captured,
            is_async,
            positional=len(by_position),
            unnamed=len(arguments.posonlyargs),
            rest=len(every) - 1 - (arguments.kwarg is not None) if arguments.vararg is not None else -1,
            others=len(every) - 1 if arguments.kwarg is not None else -1,
            line=node.lineno,
            is_library=self.is_library,
            manager=manager,
        )
        if known_as:
            self._known[known_as] = code
        return FunctionCompiler(self, code, body).compile()

    def _default(self, node: ast.expr) -> Value:
        if isinstance(node, ast.Constant):
            return node.value
        found = Expressions(self, Code("", self.file, (), {}, (), is_async=False)).constant(node)
        if type(found) in (str, int, float, bool):
            return found
        raise self._outside(node, "a default that is not a constant")

    def _class(self, node: ast.ClassDef) -> ClassCode | ErrorClass:
        nothing = Expressions(self, Code("", self.file, (), {}, (), is_async=False))
        bases = [nothing.constant(each.value if isinstance(each, ast.Subscript) else each) for each in node.bases]
        return class_of(self.file, node, bases, self.function, is_library=self.is_library)


def text_of(path: Path) -> str:
    """Return the source of a file; a notebook cell has no file, but Python keeps its lines."""
    return path.read_text(encoding="utf-8") if path.exists() else "".join(linecache.getlines(str(path)))


_MODULES: dict[tuple[Path, int, str, int], Module] = {}


def load(name: str, asyncio: dict[str, Value]) -> Module:
    """Return a module by its dotted name."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        message = f"there is no source of the module {name!r}"
        raise FileNotFoundError(message)
    return load_file(Path(spec.origin), asyncio)


def load_file(file: Path, asyncio: dict[str, Value], loaded: Mapping[str, object] | None = None) -> Module:
    """Return the module of a file, parsed once for each modelled asyncio, each text, and each time it was imported."""
    key = file, id(asyncio), text_of(file), id(loaded)
    if key not in _MODULES:
        _MODULES[key] = Module(file, asyncio, loaded)
    return _MODULES[key]
