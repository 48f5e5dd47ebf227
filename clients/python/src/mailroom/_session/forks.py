"""What a forked child finds of its parent's.

Nothing arrives there, and a lock that another thread had stays locked. So futures that were not done raise
ForkError in the child, whoever waits for them and however, and what has locks makes them anew. The parent
goes on.
"""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Inherited(Protocol):
    """What a child must not use as it was."""

    def _after_fork(self) -> None:
        """Called in the child, where no other thread is."""


_all: weakref.WeakSet[Inherited] = weakref.WeakSet()


def tell(inherited: Inherited) -> None:
    """Has the object's `_after_fork` called in each child that this process forks from now on."""
    _all.add(inherited)


def _tell_all() -> None:
    for inherited in list(_all):
        inherited._after_fork()


os.register_at_fork(after_in_child=_tell_all)
