"""Names that there are everywhere, and what finds modules: which objects these are."""

from __future__ import annotations

import builtins
import sys
from typing import Any


class Objects(dict[Any, Any]):
    """Objects by their names, or numbers; the same where all are the same objects."""

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Objects)
            and len(self) == len(other)
            and all(key in other and other[key] is value for key, value in self.items())
        )

    __hash__ = None


def names() -> Objects:
    """Those of builtins."""
    return Objects(vars(builtins))


def put_names(wanted: Objects) -> None:
    """Has these names, and no others."""
    now = vars(builtins)
    for name in [name for name in now if name not in wanted]:
        del now[name]
    now.update(wanted)


def finders() -> list[Objects]:
    """What stands in `sys.meta_path` and `sys.path_hooks`."""
    return [Objects(enumerate(one if type(one) is list else ())) for one in (sys.meta_path, sys.path_hooks)]


def put_finders(wanted: list[Objects]) -> None:
    """Has these there, in their order."""
    sys.meta_path, sys.path_hooks = _the_finders
    sys.meta_path[:], sys.path_hooks[:] = (list(one.values()) for one in wanted)
    for path in [path for path, finder in sys.path_importer_cache.items() if finder is None]:
        del sys.path_importer_cache[path]  # it was looked for without them


_the_finders: list[Any] = [sys.meta_path, sys.path_hooks]


def with_more(own: Any, now: Any) -> Any:
    """What a module has added to names, or put before what finds modules, stays."""
    if isinstance(own, list):
        there = [list(one.values()) for one in now]
        mine = [list(one.values()) for one in own]
        whole = all(all(any(x is y for y in b) for x in a) for a, b in zip(mine, there, strict=True))
        return now if whole else own
    return Objects({**now, **own})
