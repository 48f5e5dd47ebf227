"""The rooms of the Python package: imports go downwards only, and no modules import each other in a circle.

Every import counts, those inside functions and under TYPE_CHECKING too.
clients/python/README.md draws the rooms.
"""

from __future__ import annotations

import ast
import graphlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import tree

PACKAGE = tree.ROOT / "clients/python/src/mailroom"
README = tree.ROOT / "clients/python/README.md"
# Beside the front, and below all
GROUND = (
    *("errors", "states", "version", "failures", "_shown"),
    *("_code", "_pickler", "_exceptions", "_enums", "_unpicklable", "_built", "_core"),
)
MAY_IMPORT = {
    "ground": "",
    "_base": "ground",
    "_session": "ground _base",
    "show": "ground _session",
    "worker": "ground _base",
    "front": "ground _base _session show",
    "bqskit": "ground _base _session show worker front",
}
"""The rooms from the ground up, and below which others each of them stands. Front: mailroom/ itself."""


def _modules() -> dict[str, Path]:
    """The files of the package, by the names under which they are imported."""
    found = {}
    for path in tree.files(".py", ".pyi"):
        if path.is_relative_to(PACKAGE):
            parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _room(module: str) -> str:
    _, _, rest = module.partition(".")
    first = rest.partition(".")[0]
    return first if first in MAY_IMPORT else "ground" if first in GROUND else "front"


def _imported(source: str, modules: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The line and the module of each import of the package's own; what stands in strings is not seen."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            whole = "." * node.level + (node.module or "")
            inner = [f"{whole}.{one.name}" for one in node.names]
            names = [name if name in modules else whole for name in inner]
        else:
            continue
        yield from ((node.lineno, name) for name in names if name.split(".")[0] in ("mailroom", ""))


def _upward(module: str, source: str, modules: Iterable[str]) -> Iterator[str]:
    here = _room(module)
    for line, name in _imported(source, modules):
        if name.startswith("."):
            yield f"{module}:{line}: say the whole name, not {name}"
        elif _room(name) != here and _room(name) not in MAY_IMPORT[here].split():
            yield f"{module}:{line}: {here} does not stand on {_room(name)} ({name})"


def _circle(sources: Mapping[str, str]) -> list[str]:
    graph = {name: {found for _, found in _imported(text, sources)} for name, text in sources.items()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def _undocumented(source: str) -> Iterator[str]:
    """What is public and has no docstring; ruff skips rooms that begin with `_`."""
    module = ast.parse(source)
    if ast.get_docstring(module) is None:
        yield "1: the module"
    kinds = [kind for kind in module.body if isinstance(kind, ast.ClassDef) and not kind.name.startswith("_")]
    for node in [*module.body, *(node for kind in kinds for node in kind.body)]:
        if not isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        marks = " ".join(map(ast.unparse, node.decorator_list))
        if not (node.name.startswith("_") or ast.get_docstring(node) or re.search("overload|setter", marks)):
            yield f"{node.lineno}: {node.name}"


def test_rooms_of_our_own_have_docstrings_too() -> None:
    private = [path for name, path in _modules().items() if "._" in name and path.suffix == ".py"]
    assert len(private) > 20
    tree.expect_none(
        [f"{tree.name(path)}:{found}" for path in private for found in _undocumented(path.read_text())]
    )


def test_rooms_stand_on_those_below() -> None:
    rooms = list(MAY_IMPORT)
    for room, below in MAY_IMPORT.items():
        assert set(below.split()) <= set(rooms[: rooms.index(room)]), room


def test_imports_go_downwards() -> None:
    modules = _modules()
    tree.expect_none(
        [text for name, path in modules.items() for text in _upward(name, path.read_text(), modules)]
    )


def test_no_modules_import_each_other_in_a_circle() -> None:
    circle = _circle({name: path.read_text() for name, path in _modules().items()})
    assert circle == []


def test_the_readme_names_every_module_in_its_room() -> None:
    room, named = "", set()
    for first, files in re.findall(
        r"^\| (?:`([\w/]+)`)? *\| ((?:`[\w.]+`(?:, )?)+) \|", README.read_text(), re.M
    ):
        room = first or room
        named |= {f"{room}{file}" for file in re.findall(r"`([\w.]+)`", files)}
    files = [path for path in _modules().values() if path.suffix == ".py" and not path.stem.startswith("__")]
    assert named == {str(path.relative_to(PACKAGE.parent)) for path in files}


def test_what_is_not_allowed_is_found() -> None:
    modules = [
        "mailroom",
        "mailroom.client",
        "mailroom.errors",
        "mailroom._session.futures",
        "mailroom.show.display",
    ]
    upward = [
        "from mailroom.show import display",
        "from mailroom import client",
        "import mailroom",
        "def late():\n    from mailroom import Client",
        "if TYPE_CHECKING:\n    from mailroom.client import Client",
        "from ..show import display",
    ]
    for source in upward:
        assert list(_upward("mailroom._session.futures", source, modules)), source
    assert not list(_upward("mailroom._session.futures", "from mailroom import errors", modules))
    assert list(_undocumented("class A:\n    def b(self): ...\n    def _c(self): ...")) == [
        "1: the module",
        "1: A",
        "2: b",
    ]
    both = {"mailroom.a": "def late():\n    from mailroom import b", "mailroom.b": "from mailroom.a import x"}
    assert set(_circle(both)) == set(both)
