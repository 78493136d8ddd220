"""The fixtures of the tests of historical bugs: every interpreter found, and releases of libraries.

A test file holds the program too, and other interpreters load that file. So it imports the standard library alone, and
gets all else here.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from finding import Place, fetch
from pythons import VERSIONS, interpreters, none_here

if TYPE_CHECKING:
    from collections.abc import Callable


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a `place` once on every interpreter found; skip, by name, the versions not found."""
    if "place" not in metafunc.fixturenames:
        return
    places = []
    for version in VERSIONS:
        found = interpreters(version)
        places += [
            pytest.param(Place(python, tuple(int(part) for part in full.split(".") if part.isdigit())), id=full)
            for full, python in found.items()
        ]
        if not found:
            missed = pytest.mark.skip(reason=none_here(version))
            places.append(pytest.param(None, id=version, marks=missed))
    metafunc.parametrize("place", places)


@pytest.fixture
def release() -> Callable[..., Place]:
    """Return a function from requirements to a place with those releases, on the interpreter that runs the tests."""
    return lambda *requirements: Place(sys.executable, sys.version_info[:3], fetch(*requirements))
