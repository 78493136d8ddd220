"""The command behind `make shipped`: see the package `shipped`.

python paper/shipping.py [NAME ...] [--events N] [--steps N] [--fresh] [--render] [--summary]
"""

from __future__ import annotations

import sys

from shipped.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
