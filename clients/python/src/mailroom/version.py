"""The version of this package, which is the tree's."""

from __future__ import annotations

__version__ = "0.1.0"
