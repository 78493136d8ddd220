"""Whether a target is code that keeps nothing from one execution to the next."""

from __future__ import annotations

import contextlib
from pathlib import Path

from treadle.inspecting import is_function, layers
from treadle_models import candidates

_CANDIDATES = str(Path(candidates.__file__).parent)
_BESIDE_THEM = contextlib.__file__  # what an owner is wrapped by


def is_candidate(function: object) -> bool:
    """Say whether all that is called is a candidate's code, whatever it says of its module: `wraps` copies that.

    Candidates keep nothing; a test sees to it. So no account need be kept of the code that runs.
    """
    files = [each.__code__.co_filename for each in layers(function) if is_function(each)]  # type: ignore[attr-defined]
    ours = [file for file in files if Path(file).is_relative_to(_CANDIDATES)]
    return bool(ours) and all(file in ours or file == _BESIDE_THEM for file in files)
