"""The formatters find nothing to change; `tests/format` applies them."""

from __future__ import annotations

import tree


def test_c_is_formatted() -> None:
    tree.expect_none(tree.findings_of("clang-format", "--dry-run", "-Werror", *tree.files(".c", ".h")))


def test_python_is_formatted() -> None:
    tree.expect_none(tree.findings_of("ruff", "format", "--no-cache", "--check", *tree.files(".py")))
