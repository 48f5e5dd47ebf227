"""Functions of at most 70 lines, files of at most 500."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import tree

FUNCTION_LINES = 70
FILE_LINES = 500


def _c_functions(source: str) -> Iterator[tuple[int, int, str]]:
    """First line, length and signature of each function in C that clang-format has formatted.

    A function is then what ends with a brace in column 0 and has its opening brace there too. Its length is
    counted from the first line of its signature.
    """
    signature = opened = 0
    lines = source.splitlines()
    for number, line in enumerate(lines, 1):
        if line == "{":
            opened = number
        elif line == "}" and opened:
            yield signature, number - signature + 1, lines[signature - 1]
            opened = 0
        elif not opened and re.match(r"[A-Za-z_]", line):
            signature = number


def _python_functions(source: str) -> Iterator[tuple[int, int, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1, node.name


def _shell_functions(source: str) -> Iterator[tuple[int, int, str]]:
    start, name = 0, ""
    for number, line in enumerate(source.splitlines(), 1):
        found = re.match(r"([\w-]+)\s*\(\)", line)
        if found:
            start, name = number, found[1]
        elif line == "}" and start:
            yield start, number - start + 1, name
            start = 0


def _functions(path: Path) -> Iterator[tuple[int, int, str]]:
    source = path.read_text()
    if path.suffix == ".py":
        return _python_functions(source)
    return _c_functions(source) if path.suffix in (".c", ".h") else _shell_functions(source)


def _long(path: Path) -> Iterator[str]:
    for line, length, function in _functions(path):
        if length > FUNCTION_LINES:
            yield f"{tree.name(path)}:{line}: {length} lines: {function}"


def _sources() -> list[Path]:
    return sorted({*tree.files(".c", ".h", ".py", ".sh"), *tree.shell_scripts()})


def test_functions_are_short() -> None:
    findings = [finding for path in _sources() for finding in _long(path)]
    tree.expect_none(findings)


def test_files_are_short() -> None:
    sources = [*_sources(), *tree.files(".js", ".css", ".html")]
    lengths = [(path, path.read_text().count("\n")) for path in sources]
    findings = [f"{tree.name(p)}: {lines} lines" for p, lines in lengths if lines > FILE_LINES]
    tree.expect_none(findings)


def test_a_long_function_is_found_in_each_language() -> None:
    body = "    x = 1\n" * FUNCTION_LINES
    assert [found[:2] for found in _c_functions(f"int a;\n\nint\nlong_one(void)\n{{\n{body}}}\n")] == [
        (4, 73)
    ]
    assert [found[:2] for found in _python_functions(f"def long_one():\n{body}")] == [(1, 71)]
    assert [found[:2] for found in _shell_functions(f"long_one() {{\n{body}}}\n")] == [(1, 72)]
