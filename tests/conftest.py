"""What all tests stand on, wherever they are: clients/python/tests/conftest.py says the same.

Most tests have their programs meet over TCP on loopback, on free ports and without keys. That takes
--insecure, which is said here for all that they start. Who tests what happens without it takes it out of the
environment.
"""

from __future__ import annotations

import os

os.environ.setdefault("MAILROOM_INSECURE", "1")
