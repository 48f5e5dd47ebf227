"""Random numbers in a worker that was forked: its own, where a process that was started would have its own.

The generators of `random` and NumPy that took their seed from the system when they were made take another
one. What a library makes with a seed that stands in its text gives what it gives in every process.
"""

from __future__ import annotations

import gc
import random
import sys
import weakref
from typing import Any

_CHOSEN_BITS = 64  # a seed that somebody has written down is shorter

_of_python: weakref.WeakSet[random.Random] = weakref.WeakSet()
_of_numpy: list[Any] = []
_seed = random.Random.seed
_shared = random.seed.__self__  # type: ignore[attr-defined]  # whose methods are the functions of `random`

States = tuple[Any, Any]
"""Of what the functions of `random` and of `numpy.random` draw from; None: NumPy is not loaded."""


def watch() -> None:
    """Notes from now on which generators of `random` take their seed from the system."""
    random.Random.seed = _noted_seed  # type: ignore[method-assign]


def _noted_seed(self: random.Random, a: Any = None, version: int = 2) -> None:
    _seed(self, a, version)
    (_of_python.add if a is None else _of_python.discard)(self)


def collect() -> None:
    """Before workers are forked: finds NumPy's, and has the garbage of workers be what they have made."""
    gc.collect()
    kind = getattr(sys.modules.get("numpy.random"), "BitGenerator", None)
    if kind is not None:
        _of_numpy.extend(one for one in gc.get_objects() if _is_from_the_system(one, kind))
    gc.freeze()


def _is_from_the_system(one: object, kind: type) -> bool:
    if not isinstance(one, kind):
        return False
    entropy = getattr(getattr(one, "seed_seq", None), "entropy", None)
    return type(entropy) is int and entropy.bit_length() > _CHOSEN_BITS


def renew() -> None:
    """In a new worker: other seeds, and nothing is noted any more."""
    random.Random.seed = _seed  # type: ignore[method-assign]
    for one in [*_of_python]:
        one.seed()
    for generator in _of_numpy:
        generator.state = type(generator)().state


def exchange(wanted: States | None) -> States:
    """Has these generators go on from another state; None: from the system's. Gives the one they had."""
    numpys = getattr(sys.modules.get("numpy.random.mtrand"), "_rand", None)
    had = (_shared.getstate(), None if numpys is None else numpys.get_state(legacy=False))
    if wanted is None:
        _seed(_shared)
    else:
        _shared.setstate(wanted[0])
    if numpys is not None and wanted is not None and wanted[1] is not None:
        numpys.set_state(wanted[1])
    elif numpys is not None:
        numpys.seed()
    return had
