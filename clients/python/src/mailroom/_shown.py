"""Which characters of texts that others have a say in may reach a terminal, as in common/base/shown.h."""

from __future__ import annotations

import re

_UNSEEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Puts '?' for control characters, but tabs and line feeds, and what has a line read another way."""
    return _UNSEEN.sub("?", text)
