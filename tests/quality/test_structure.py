"""How the house is built: imports between files go one way, and each room names what is in it."""

from __future__ import annotations

import ast
import graphlib
import re
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {"treadle": ROOT / "harness" / "treadle", "treadle_models": ROOT / "models" / "treadle_models"}
ROOMS = [
    path.parent
    for package in PACKAGES.values()
    for path in sorted(package.rglob("__init__.py"))
    if len(list(path.parent.glob("*.py"))) > 1 and path.parent.name != "candidates"  # these it collects by their names
]


def test_no_imports_go_in_a_circle() -> None:
    """Those for types alone, and those inside of functions, included."""
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=False, cache_dir=None)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    graphlib.TopologicalSorter(imports).prepare()  # raises an error that names the circle, if there is one


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room.relative_to(ROOT)))
def test_a_package_names_all_of_its_modules(room: Path) -> None:
    told = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))) or ""
    named = set(re.findall(r"`([a-z_]+)`", told))
    inside = {path.stem for path in room.glob("*.py")} | {path.parent.name for path in room.glob("*/__init__.py")}
    assert inside - {"__init__", "__main__"} <= named
