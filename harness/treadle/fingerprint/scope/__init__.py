"""The objects that code which has run can name, outside of its coroutines: they belong to the state if they can change.

Each of these classes is derived from the one before.

- `known`: everything known of a program so far, and the objects that never change
- `held`: the modules, classes and functions that are inspected
- `heeded`: what code can do with the objects named there
- `entering`: code that has run for the first time
- `reached`: the scope, which writes everything that may have changed
"""

from __future__ import annotations

from treadle.fingerprint.scope.reached import Scope

__all__ = ["Scope"]
