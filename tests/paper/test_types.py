"""What the draft says of types: `Future[Any]` takes every task, and `Future[object]` refuses one of a result."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from mypy import api

STUB = """
import asyncio
from typing import Any

async def cancel_and_wait(task: asyncio.Future[{parameter}], *, msg: Any | None = None) -> None: ...

async def use(one: asyncio.Task[int], other: asyncio.Future[str]) -> None:
    await cancel_and_wait(one)
    await cancel_and_wait(other, msg="enough")
"""
CACHE = Path(__file__).parents[2] / ".mypy_cache"


@pytest.mark.parametrize(("parameter", "errors"), [("Any", 0), ("object", 2)])
def test_a_parameter_takes_what_it_must(parameter: str, errors: int, tmp_path: Path) -> None:
    file = tmp_path / f"with_{parameter.lower()}.py"
    file.write_text(STUB.format(parameter=parameter))
    told, _, _ = api.run(["--strict", "--config-file=", f"--cache-dir={CACHE}", str(file)])
    assert told.count("[arg-type]") == errors, told


@pytest.mark.parametrize(("parameter", "errors"), [("Any", 0), ("object", 2)])
def test_pyright_says_the_same_where_it_is_installed(parameter: str, errors: int, tmp_path: Path) -> None:
    pytest.importorskip("basedpyright")
    (tmp_path / "use.py").write_text(STUB.format(parameter=parameter))
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    command = [sys.executable, "-m", "basedpyright", "use.py"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert f"{errors} errors, 0 warnings" in run.stdout, run.stdout
