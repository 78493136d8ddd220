"""`Any` stands in named files only: at the border to what asyncio and z3 keep to themselves, and to what is foreign.

The list may get shorter. Whoever needs it in another file says so there, and why in the commit; it is at most half as
long as it once was.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = Path(__file__).with_name("any.txt")
MOST = 67


def uses(path: Path) -> bool:
    """Say whether a file imports `Any`, or takes it from a module."""
    return uses_in(path.read_text(encoding="utf-8"))


def uses_in(text: str) -> bool:
    """Say the same of the text of a file."""
    return any(
        (isinstance(node, ast.ImportFrom) and "Any" in {each.name for each in node.names})
        or (isinstance(node, ast.Attribute) and node.attr == "Any")
        for node in ast.walk(ast.parse(text))
    )


@pytest.mark.parametrize("text", ["from typing import Any", "from typing import Any as A", "import typing as t; t.Any"])
def test_each_way_to_use_it_is_seen(text: str) -> None:
    assert uses_in(text)
    assert not uses_in(text.replace("Any", "Final"))


def test_any_is_used_where_it_is_named_and_nowhere_else() -> None:
    files = sorted(
        path for folder in ("harness/treadle", "models/treadle_models") for path in (ROOT / folder).rglob("*.py")
    )
    found = [str(path.relative_to(ROOT)) for path in files if uses(path)]
    assert found == NAMED.read_text(encoding="utf-8").splitlines()
    assert len(found) <= MOST
