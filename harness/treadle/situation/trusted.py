"""Whether the code of a target keeps nothing from one execution to the next."""

from __future__ import annotations

import contextlib
from pathlib import Path

from treadle.inspecting import is_function, layers
from treadle_models import candidates

_CANDIDATES = str(Path(candidates.__file__).parent)
_BESIDE_THEM = contextlib.__file__  # the file of the decorator that wraps an owner


def is_candidate(function: object) -> bool:
    """Say whether all called code is that of a candidate, whatever its `__module__`, which `wraps` copies.

    Candidates keep nothing, which a test checks. So the code that runs need not be recorded for them.
    """
    files = [each.__code__.co_filename for each in layers(function) if is_function(each)]  # type: ignore[attr-defined]
    ours = [file for file in files if Path(file).is_relative_to(_CANDIDATES)]
    return bool(ours) and all(file in ours or file == _BESIDE_THEM for file in files)
