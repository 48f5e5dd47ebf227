"""A worker that passes for one of another Python: the number of its bytecode and its version are made up.

Arguments: the number, the version, and those of `mailroom-worker`.
"""

from __future__ import annotations

import sys

from mailroom import _code
from mailroom.worker.__main__ import main

if __name__ == "__main__":
    _code.MAGIC, _code.VERSION = int(sys.argv[1]), sys.argv[2]
    main(sys.argv[3:])
