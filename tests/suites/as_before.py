"""A pytest plugin with the fixture `event_loop`, which pytest-asyncio has given up and some suites still ask for."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any

_pytest_asyncio: Any = importlib.import_module("pytest_asyncio")


@_pytest_asyncio.fixture  # type: ignore[untyped-decorator]
async def event_loop() -> asyncio.AbstractEventLoop:
    """Return the loop on which the test runs."""
    return asyncio.get_running_loop()
