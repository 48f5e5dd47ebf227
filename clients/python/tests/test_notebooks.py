"""The notebooks of clients/examples, executed for real: a kernel for each, real programs behind them."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest
from nbclient.util import run_sync

from mailroom import Client, LocalCluster
from real import BIN, needed

EXAMPLES = Path(__file__).parents[2] / "examples"
ALL = sorted(EXAMPLES.glob("*.ipynb"))
SOURCES = Path(__file__).parents[1] / "src"

Notebook = Any


@pytest.fixture
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What kernels inherit: the sources and the programs, and no broker unless a test names one."""
    monkeypatch.setenv("MAILROOM_BIN", str(BIN))
    monkeypatch.setenv("PYTHONPATH", str(SOURCES))
    monkeypatch.delenv("MAILROOM_BROKER", raising=False)
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # ipykernel would not capture file descriptors


@pytest.fixture
def broker(surroundings: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCluster]:
    """A cluster that outlives the kernels, which find it in MAILROOM_BROKER."""
    with LocalCluster(2) as cluster:
        monkeypatch.setenv("MAILROOM_BROKER", cluster.address)
        monkeypatch.setenv("MAILROOM_KEYS", str(cluster.keys))
        yield cluster


def notebook(name: str, folder: Path) -> nbclient.NotebookClient:
    """A notebook of the examples, to be executed in a folder."""
    book = nbformat.read(EXAMPLES / name, as_version=4)
    return nbclient.NotebookClient(book, timeout=240, resources={"metadata": {"path": str(folder)}})


def execute(name: str, folder: Path) -> Notebook:
    """Executes a notebook from its first cell to its last."""
    return notebook(name, folder).execute()


def shown(book: Notebook, part: str) -> str:
    """All that the first cell with a text in its source shows: printed, plain and HTML."""
    cell = next(cell for cell in book.cells if cell.cell_type == "code" and part in cell.source)
    text = ""
    for output in cell.outputs:
        text += output.get("text", "")
        text += "".join(output.get("data", {}).get(kind, "") for kind in ("text/plain", "text/html"))
        text += "\n".join(output.get("traceback", []))
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@needed
@pytest.mark.timeout(600)
def test_a_first_compile(surroundings: None, tmp_path: Path) -> None:
    book = execute("01_first_compile.ipynb", tmp_path)
    assert "mailroom.LocalCluster" in shown(book, "LocalCluster(")
    assert "CNOTGate" in shown(book, "bqskit.compile(")
    assert shown(book, "pow, 2, 10") == "1024"
    assert " of 2 idle" in shown(book, "client.managers()")
    assert not list(tmp_path.iterdir())


@needed
@pytest.mark.timeout(600)
def test_a_map_over_circuits(surroundings: None, tmp_path: Path) -> None:
    book = execute("02_map_over_circuits.ipynb", tmp_path)
    assert "pending" in shown(book, "compiler.map(")
    assert "compiling" in shown(book, "jobs.progress(")
    assert "of 16 circuits need 2 CNOTs" in shown(book, "Counter(")
    assert "8 of 8 (7 done, 1 failed)" in shown(book, "client.map(inverse")
    error = shown(book, "inverses.result()")
    assert "On worker " in error
    assert "in inverse" in error
    assert error.rstrip().endswith("ZeroDivisionError: division by zero")
    assert "-1 is below zero" in shown(book, "client.map(careful")
    assert "inverse" in shown(book, "client.tasks()")


@needed
@pytest.mark.timeout(300)
def test_sockets_of_ones_own(surroundings: None, tmp_path: Path) -> None:
    book = execute("05_own_sockets.ipynb", tmp_path)
    assert shown(book, "asyncio.gather(*futures)") == "71.25\n"
    assert shown(book, 'transport="pyzmq"') == "13.0\n"


@needed
@pytest.mark.timeout(300)
def test_detach_in_one_and_fetch_in_the_other(broker: LocalCluster, tmp_path: Path) -> None:
    left = execute("03_detach.ipynb", tmp_path)
    assert "sweep" in shown(left, "client.tasks()")
    assert "closed" in shown(left, "client.detach(")
    file = tmp_path / "sweep.session"
    assert file.stat().st_mode & 0o777 == 0o600
    fetched = execute("04_fetch.ipynb", tmp_path)
    assert "of 40" in shown(fetched, "Client.resume(")
    assert "40 of 40 (40 done)" in shown(fetched, "client.map_of(")
    assert "closed" in shown(fetched, "client.close()")
    assert not file.exists()


@needed
@pytest.mark.timeout(300)
def test_detach_with_a_cluster_of_its_own_while_that_notebook_is_open(
    surroundings: None, tmp_path: Path
) -> None:
    first = notebook("03_detach.ipynb", tmp_path)
    with first.setup_kernel():
        for number, cell in enumerate(first.nb.cells):
            first.execute_cell(cell, number)
        fetched = execute("04_fetch.ipynb", tmp_path)
    assert "40 of 40 (40 done)" in shown(fetched, "client.map_of(")


@needed
@pytest.mark.timeout(300)
def test_a_restart_in_the_middle_loses_nothing(broker: LocalCluster, tmp_path: Path) -> None:
    """The kernel is killed before it detaches; the notebook, run again, goes on and submits nothing twice."""
    first = notebook("03_detach.ipynb", tmp_path)
    before = next(n for n, cell in enumerate(first.nb.cells) if "client.detach(" in cell.source)
    with first.setup_kernel():
        for number, cell in enumerate(first.nb.cells[:before]):
            first.execute_cell(cell, number)
        assert first.km is not None
        run_sync(first.km.signal_kernel)(signal.SIGKILL)
    again = execute("03_detach.ipynb", tmp_path)
    assert "resumed" in shown(again, "session_file=")
    with Client.resume(tmp_path / "sweep.session") as client:
        assert [(task.name, task.total) for task in client.tasks()] == [("sweep", 40)]


def test_there_are_notebooks() -> None:
    assert [path.name[:2] for path in ALL] == ["01", "02", "03", "04", "05"]


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_notebooks_are_stored_without_what_they_showed(path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    assert set(book.metadata) == {"kernelspec", "language_info"}
    for cell in book.cells:
        if cell.cell_type == "code":
            assert cell.execution_count is None
            assert not cell.outputs
            compile(cell.source, path.name, "exec", flags=0x2000)  # PyCF_ALLOW_TOP_LEVEL_AWAIT


def test_the_docs_lead_to_each_notebook_and_to_what_it_looks_like() -> None:
    top = EXAMPLES.parents[1]
    page = (top / "docs/jupyter.md").read_text()
    assert [path.name for path in ALL if f"(../clients/examples/{path.name})" not in page] == []
    readme = (top / "README.md").read_text()
    assert "](docs/jupyter.md)" in readme
    assert "](docs/jupyter.png)" in readme
    picture = (top / "docs/jupyter.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 300_000
