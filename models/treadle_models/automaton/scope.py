"""Modules: the functions and classes of one source file, and what the names in it mean.

The file is the very one that the checker imports; it is parsed, never executed. A name is a local variable, something
that the file defines, something that it imports (from asyncio, from this package, from itself) or a built-in. Any other
name is an error that says where it stands. A file of asyncio itself may be the target, too: there, what is modelled
means the same as in any other file, and its own text for it is left aside.
"""

from __future__ import annotations

import ast
import importlib.util
import linecache
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from treadle_models.automaton.builtins import BUILTINS, namespace, of_asyncio
from treadle_models.automaton.expressions import Expressions, OutsideSubsetError
from treadle_models.automaton.flow import FunctionCompiler
from treadle_models.machine.code import ERRORS, ClassCode, Code, ErrorClass, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ABSTRACT = frozenset({"typing", "types", "collections", "collections.abc", "contextlib", "__future__"})


class _Methods(Mapping[str, Code]):
    """The methods of a class, each compiled when it is first called: what nobody calls need not be in the subset."""

    def __init__(self, module: Module) -> None:
        self.sources: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
        self.above: list[ClassCode] = []
        self._module = module
        self._made: dict[str, Code] = {}

    def __getitem__(self, name: str) -> Code:
        if name not in self._made:
            if name in self.sources:
                self._made[name] = self._module.function(self.sources[name])
            else:
                above = [each.methods for each in self.above if name in each.methods]
                if not above:
                    raise KeyError(name)
                self._made[name] = above[0][name]
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self.sources or any(name in each.methods for each in self.above)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self.sources, *(name for each in self.above for name in each.methods))))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Module:
    """One source file. `asyncio` is what that name means: the functions of the modelled library."""

    def __init__(self, path: Path, asyncio: dict[str, Value]) -> None:
        self.path = path
        self.file = str(path)
        self.asyncio = asyncio
        self.is_asyncio = path.parent.name == "asyncio" and (path.parent / "base_tasks.py").exists()
        # What was typed into a notebook or at a prompt has no file, but Python keeps its lines for tracebacks.
        text = path.read_text(encoding="utf-8") if path.exists() else "".join(linecache.getlines(str(path)))
        self._lines = text.splitlines()
        self._known: dict[str, Value] = {}
        self._definitions: dict[str, ast.stmt] = {}
        for statement in ast.parse(text, filename=self.file).body:
            for name in _defines(statement):
                self._definitions[name] = statement

    def line(self, number: int) -> str:
        """Return a line of the source, from 1."""
        return self._lines[number - 1].strip() if 0 < number <= len(self._lines) else ""

    def resolve(self, name: str, where: ast.AST) -> Value:
        """Return what a name of the module means."""
        if name not in self._known:
            modelled = self.is_asyncio and name in self.asyncio
            self._known[name] = self.asyncio[name] if modelled else self._find(name, where)
        return self._known[name]

    def _find(self, name: str, where: ast.AST) -> Value:
        statement = self._definitions.get(name)
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return self.function(statement)
        if isinstance(statement, ast.ClassDef):
            return self._class(statement)
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            return self._import(name, statement)
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and isinstance(statement.value, ast.Constant):
            return statement.value.value
        if name in ERRORS:
            return ERRORS[name]
        if name in BUILTINS:
            return BUILTINS[name]
        raise OutsideSubsetError(self.file, where, f"the name {name!r}")

    def _import(self, name: str, statement: ast.Import | ast.ImportFrom) -> Value:
        if isinstance(statement, ast.Import):
            if name == "asyncio":
                return self.asyncio
        elif statement.module == "asyncio":
            return self.asyncio[name]
        elif self.is_asyncio and statement.level == 1 and name in of_asyncio():
            return of_asyncio()[name]
        elif statement.module in _ABSTRACT:
            return None
        elif statement.module is not None and statement.module.startswith("treadle_models.automaton.intrinsics"):
            return namespace()[name]
        elif statement.module is not None and statement.module.startswith("treadle_models."):
            return load(statement.module, self.asyncio).resolve(name, statement)
        raise OutsideSubsetError(self.file, statement, f"the import of {name!r}")

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Code:
        """Compile a function of the module or a method."""
        if node.decorator_list:
            raise OutsideSubsetError(self.file, node, f"the decorator {ast.unparse(node.decorator_list[0])}")
        return self.compile(node.name, node.args, node.body, (), is_async=isinstance(node, ast.AsyncFunctionDef))

    def compile(
        self,
        name: str,
        arguments: ast.arguments,
        body: list[ast.stmt],
        captured: tuple[str, ...],
        *,
        is_async: bool,
    ) -> Code:
        """Compile one function."""
        every = [*arguments.posonlyargs, *arguments.args]
        defaults = [self._default(each) for each in arguments.defaults]
        if arguments.vararg is not None:
            every.append(arguments.vararg)  # what is passed there is looked at by nobody
            defaults.append(())
        for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            every.append(each)
            defaults.append(None if default is None else self._default(default))
        parameters = tuple(each.arg for each in every)
        code = Code(name, self.file, parameters, tuple(defaults), captured, is_async)
        return FunctionCompiler(self, code, body).compile()

    def _default(self, node: ast.expr) -> Value:
        if isinstance(node, ast.Constant):
            return node.value
        raise OutsideSubsetError(self.file, node, "a default that is no constant")

    def _class(self, node: ast.ClassDef) -> ClassCode | ErrorClass:
        methods = _Methods(self)
        values: dict[str, Value] = {}
        for each in node.bases:
            base = Expressions(self, Code("", self.file, (), (), (), is_async=False)).constant(each)
            if isinstance(base, ErrorClass):
                return ErrorClass(node.name, base.names | {node.name})
            if not isinstance(base, ClassCode):
                raise OutsideSubsetError(self.file, each, f"the base class {ast.unparse(each)}")
            methods.above.append(base)
            values.update(base.values)
        for statement in node.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                methods.sources[statement.name] = statement
            elif isinstance(statement, ast.AnnAssign) and isinstance(statement.value, ast.Constant):
                values[_name(statement.target)] = statement.value.value
            elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
                values[_name(statement.targets[0])] = statement.value.value
        return ClassCode(node.name, methods, values)

    def check_captured(self, node: ast.AST, captured: Iterable[str], function: Expressions) -> None:
        """Refuse a function that captures a variable which changes afterwards: it is captured by value here."""
        for name in captured:
            if name in function.code.parameters:
                continue
            if sum(name in _defines(each) for each in ast.walk(self.tree_of(node)) if isinstance(each, ast.stmt)) > 1:
                raise OutsideSubsetError(self.file, node, f"a function that captures {name!r}, which changes")

    def tree_of(self, node: ast.AST) -> ast.AST:
        """Return the definition on the level of the module that contains a node."""
        line = getattr(node, "lineno", 0)
        for each in self._definitions.values():
            if each.lineno <= line <= (each.end_lineno or 0):
                return each
        return node


def _name(target: ast.expr) -> str:
    return target.id if isinstance(target, ast.Name) else ""


def _defines(statement: ast.stmt) -> tuple[str, ...]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return (statement.name,)
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return tuple(each.asname or each.name for each in statement.names)
    if isinstance(statement, ast.Assign):
        return tuple(_name(each) for each in statement.targets)
    if isinstance(statement, ast.AnnAssign):
        return (_name(statement.target),)
    return ()


_MODULES: dict[tuple[Path, int], Module] = {}


def load(name: str, asyncio: dict[str, Value]) -> Module:
    """Return a module by its dotted name."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        message = f"there is no source of the module {name!r}"
        raise FileNotFoundError(message)
    return load_file(Path(spec.origin), asyncio)


def load_file(file: Path, asyncio: dict[str, Value]) -> Module:
    """Return the module of a file, parsed once for each modelled asyncio."""
    key = file, id(asyncio)
    if key not in _MODULES:
        _MODULES[key] = Module(file, asyncio)
    return _MODULES[key]
