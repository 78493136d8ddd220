"""`python -m treadle` is the command `treadle`.

Python puts the current folder in front of all others then, where a user's `queue.py` would be taken for the standard
library's; the command does not search it at all in this process.
"""

import os
import sys

if not sys.flags.safe_path and sys.path and sys.path[0] in {"", os.getcwd()}:  # noqa: PTH109 - before any other import
    del sys.path[0]

from treadle.cli import main

if __name__ == "__main__":
    sys.exit(main())
