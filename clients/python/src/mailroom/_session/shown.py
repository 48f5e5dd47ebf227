"""How things are shown to people, as far as the things themselves know: somebody has said how, by their type.

display.py and progressbar.py say it when the package is imported. So futures and answers have a display and a
bar, and know nothing of either.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch
from html import escape
from typing import Any


@singledispatch
def html(thing: object) -> str:
    """A thing for a notebook, as `html.register(type)` has said; else its repr."""
    return f"<pre>{escape(repr(thing))}</pre>"


@singledispatch
def bar(thing: object, timeout: float | None, options: Mapping[str, Any]) -> Any:
    """A thing with a progress bar, as `bar.register(type)` has said.

    Raises:
        TypeError: nobody has.
    """
    raise TypeError(f"there is no progress bar for a {type(thing).__name__}")


class Shown:
    """What a notebook shows by `html`."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return html(self)
