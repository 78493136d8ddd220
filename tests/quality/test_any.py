"""`Any` stands in named files only: at the border to what asyncio and z3 keep to themselves, and to what is foreign.

The list may get shorter. Whoever needs it in another file says so there, and why in the commit.
"""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = Path(__file__).with_name("any.txt")


def uses(path: Path) -> bool:
    """Say whether a file imports `Any`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(
        isinstance(node, ast.ImportFrom) and "Any" in {each.name for each in node.names} for node in ast.walk(tree)
    )


def test_any_is_used_where_it_is_named_and_nowhere_else() -> None:
    files = sorted(
        path for folder in ("harness/treadle", "models/treadle_models") for path in (ROOT / folder).rglob("*.py")
    )
    found = [str(path.relative_to(ROOT)) for path in files if uses(path)]
    assert found == NAMED.read_text(encoding="utf-8").splitlines()
