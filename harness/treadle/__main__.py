"""`python -m treadle` is the command `treadle`.

With `-m`, Python puts the current folder first on the path, where a user's `queue.py` would hide that of the standard
library. So the folder is removed from the path of this process.
"""

import os
import sys

if not sys.flags.safe_path and sys.path and sys.path[0] in {"", os.getcwd()}:  # noqa: PTH109 - before any other import
    del sys.path[0]

from treadle.cli import main

if __name__ == "__main__":
    sys.exit(main())
