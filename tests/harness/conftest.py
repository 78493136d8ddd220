"""What several tests of the harness use."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from judging import Write


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Write]:
    """Give a function that writes a module and returns its path; what loading it does to Python is undone."""
    path, modules = [*sys.path], {**sys.modules}

    def write_module(source: str, name: str = "written") -> str:
        file = tmp_path / f"{name}.py"
        file.write_text(textwrap.dedent(source), encoding="utf-8")
        if is_below(file_of(sys.modules.get(name)), tmp_path.parent):  # left there by another test
            sys.modules.pop(name, None)
        return str(file)

    yield write_module
    sys.path[:] = path
    for name in [name for name, module in list(sys.modules.items()) if is_below(file_of(module), tmp_path)]:
        del sys.modules[name]
        if name in modules:
            sys.modules[name] = modules[name]


def file_of(module: object) -> str | None:
    file = getattr(module, "__file__", None)
    return file if isinstance(file, str) else None


def is_below(file: str | None, folder: Path) -> bool:
    return file is not None and Path(file).is_relative_to(folder)
