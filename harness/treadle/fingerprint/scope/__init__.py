"""What code that has run can name, outside of its coroutines: it belongs to the state, unless it cannot change.

Each of these classes is made of the one before.

- `known`: all that is known of a program so far, and what stays what it is
- `held`: the modules, classes and functions that are looked at
- `heeded`: what can be done with what is named there
- `entering`: code that has run for the first time
- `reached`: the scope, which writes all that may have changed
"""

from __future__ import annotations

from treadle.fingerprint.scope.reached import Scope

__all__ = ["Scope"]
