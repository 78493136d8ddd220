"""The code under test in a script: its own source if that is self-contained, else an import."""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import re
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.check.adapter import package_of, stands_alone

if TYPE_CHECKING:
    from treadle.check.target import Target

_OURS = "treadle_models.candidates"


def embed(target: Target) -> tuple[str, str]:
    """Return code that defines `call_under_test`, and a text about what the script needs."""
    if target.in_catalogue:
        code = module_source(target.module)
        return f"{code}\n\ncall_under_test = {target.attribute}\n", "nothing but the standard library"
    source = standing_alone(target)
    if source:
        return f"{source}\n\ncall_under_test = {target.attribute}\n", "nothing but the standard library"
    text = _adapter(target)
    if text:
        package = package_of(target.module, target.subject.function, vars(sys.modules[target.module]))
        needs = f"the package {package}" if package else "nothing but the standard library"
        return f"{text}\n\ncall_under_test = {target.attribute}\n", needs
    name, _, rest = target.attribute.partition(".")
    found = f"{name}{'.' + rest if rest else ''}"
    if target.file and target.module != Path(target.file).stem:
        return _loading(target, found), f"the file {Path(target.file).name}"
    lines = [_search(target)] if target.file else []
    lines.append(f"from {target.module} import {name}")
    lines.append(f"\ncall_under_test = {found}")
    return "\n".join(lines) + "\n", f"the module {target.module}"


def _adapter(target: Target) -> str:
    """Return the text of a self-contained adapter, without its `excludes`, or an empty string."""
    try:
        text = Path(target.file).read_text(encoding="utf-8") if target.file else ""
        alone = bool(text) and stands_alone(target.subject.function, text)
    except (OSError, UnicodeDecodeError, SyntaxError):
        return ""
    lines = [line for line in text.splitlines() if ".excludes = " not in line]
    return "\n".join(lines).strip("\n") + "\n" if alone and "." not in target.attribute else ""


def _search(target: Target) -> str:
    """Return the line that adds the folder of a target to the path: at the end if it would hide standard modules."""
    folder = Path(target.file).parent
    hides = any(each.name.partition(".")[0] in sys.stdlib_module_names for each in folder.iterdir())
    return f"sys.path.append({str(folder)!r})" if hides else f"sys.path.insert(0, {str(folder)!r})"


def _loading(target: Target, found: str) -> str:
    """Return code that loads a file that cannot be imported by its name, because another module has that name."""
    return "\n".join(
        (
            "import importlib.util",
            "",
            _search(target),
            f"_spec = importlib.util.spec_from_file_location({target.module!r}, {target.file!r})",
            "_module = sys.modules[_spec.name] = importlib.util.module_from_spec(_spec)",
            "_spec.loader.exec_module(_module)",
            "",
            f"call_under_test = _module.{found}",
            "",
        )
    )


def module_source(module_name: str) -> str:
    """Return the code of a candidate's module, and of the modules that it imports, without the metadata."""
    module = importlib.import_module(module_name)
    text = inspect.getsource(module)
    lines = text.splitlines()
    parts: list[str] = []
    for node in ast.parse(text).body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.Assign) and any(getattr(each, "id", "") == "CANDIDATE" for each in node.targets):
            continue
        if isinstance(node, ast.Import) and [each.name for each in node.names] == ["asyncio"]:
            continue  # the script has it
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_OURS):
            if node.module and not node.module.endswith("._candidate"):
                parts.append(module_source(node.module))
            continue
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
        segment = "\n".join(lines[first - 1 : node.end_lineno])
        block = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        parts.append(f"\n\n{segment}" if block else segment)
    return without_pragmas("\n".join(parts)).strip("\n") + "\n"


def standing_alone(target: Target) -> str:
    """Return the source of a plain function that refers only to asyncio and builtins, or an empty string."""
    function = target.subject.function
    if not inspect.isfunction(function) or function.__closure__ or "." in target.attribute:
        return ""
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        return ""
    tree = ast.parse(source)
    node = tree.body[0]
    if not isinstance(node, ast.AsyncFunctionDef) or node.decorator_list:
        return ""
    used = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}
    bound = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    bound |= {each.arg for each in ast.walk(tree) if isinstance(each, ast.arg)}
    bound |= {each.name for each in ast.walk(tree) if isinstance(each, ast.ExceptHandler) and each.name}
    bound |= {node.name}
    free = used - bound - set(dir(builtins))
    asyncio_is_asyncio = function.__globals__.get("asyncio") is sys.modules.get("asyncio")
    if free - {"asyncio"} or ("asyncio" in free and not asyncio_is_asyncio):
        return ""
    return without_pragmas(source)


def without_pragmas(source: str) -> str:
    """Return source without the comments for linters."""
    return re.sub(r"  # (type: ignore|noqa|pragma)[^\n]*", "", source)
