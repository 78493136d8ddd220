"""C02: whose cancellation comes out of `await task`, in every execution of the model within the bounds.

Code that cancels a task and awaits it catches a `CancelledError`. Either the dependency has ended cancelled, or the
caller has been cancelled, or both, or neither: all that happen are listed.
"""

from __future__ import annotations

import sys
from collections import Counter

from treadle_models.explicit.twins import moments

_NAMES = {
    (True, False): "the dependency ended cancelled, nobody cancelled the caller",
    (False, True): "the caller was cancelled, the dependency ended otherwise",
    (True, True): "both at once",
    (False, False): "neither",
}


def main() -> int:
    """Count the executions in which a `CancelledError` is caught, by whose it is."""
    found: Counter[tuple[bool, bool]] = Counter()
    for moment in moments("alone", sys.version_info[:2]):
        out, *_, ended = moment.readable
        if out == "cancelled" and moment.must_raise is not None:
            found[ended == "cancelled", moment.must_raise] += 1
    print("a CancelledError comes out of `await task`, within two events and two steps:")
    for case, name in _NAMES.items():
        print(f"  {name}: {'it happens' if found[case] else 'it never happens'}")
    possible = {case for case in _NAMES if found[case]}
    return 0 if possible == {(True, False), (False, True), (True, True)} else 1


if __name__ == "__main__":
    sys.exit(main())
