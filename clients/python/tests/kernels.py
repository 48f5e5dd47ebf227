"""A notebook's kernel for tests: cells are run, and what each of them shows is kept apart."""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path
from queue import Empty
from types import TracebackType
from typing import Any

import jupyter_client

import mailroom
from peer import PATIENCE
from real import BIN

_WAITS = "(it waits)"
_TELL = f"""
def _tell_when_it_waits():
    import contextvars, sys, threading, time
    sys.path.append({str(Path(__file__).parent)!r})
    from waits import waits
    # for a lock, for the event loop, or where the cell itself sleeps
    rests, context = waits("wait", "select", "<module>"), contextvars.copy_context()
    def tell():
        seen = 0
        while seen < 3:  # in a row, since it may wait for a lock on its way
            time.sleep(0.1)
            seen = seen + 1 if rests() else 0
        context.run(print, {_WAITS!r}, flush=True)
    threading.Thread(target=tell).start()
"""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Cell:
    """A cell that was run: what it showed, also after it had ended.

    Attributes:
        text: what was printed to stdout and stderr, and plain forms of what was displayed.
        html: the HTML of what was displayed.
        error: the traceback as it is shown, without colours; "" if none was raised.
    """

    def __init__(self) -> None:
        self.text = self.html = self.error = ""
        self.running = False

    def take(self, kind: str, content: dict[str, Any]) -> None:
        """Takes in what the kernel publishes about it."""
        if kind == "stream":
            self.text += content["text"]
        elif kind in ("display_data", "execute_result"):
            self.text += content["data"].get("text/plain", "") + "\n"
            self.html += content["data"].get("text/html", "")
        elif kind == "error":
            self.error = _COLOUR.sub("", "\n".join(content["traceback"]))
        elif kind == "status":
            self.running = content["execution_state"] == "busy"


class Kernel:
    """A kernel that has mailroom's sources and programs.

    Args:
        environment: of its process, beside this one's.
    """

    def __init__(self, **environment: str) -> None:
        paths = [str(Path(mailroom.__file__).parents[1]), *filter(None, sys.path)]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "MAILROOM_BIN": str(BIN), **environment}
        env.pop("PYTEST_CURRENT_TEST", None)  # ipykernel would not capture file descriptors
        self.manager, self.client = jupyter_client.manager.start_new_kernel(kernel_name="python3", env=env)
        self._cells: dict[str, Cell] = {}
        self.run(_TELL)

    def start(self, code: str) -> Cell:
        """Sends a cell, and waits until it runs."""
        cell = self._cells[self.client.execute(code)] = Cell()
        self._read(lambda: cell.running, "the cell runs")
        return cell

    def run(self, code: str) -> Cell:
        """Runs a cell to its end."""
        cell = self.start(code)
        self.finish(cell)
        return cell

    def finish(self, cell: Cell) -> None:
        """Waits for the end of a cell."""
        self._read(lambda: not cell.running, "the cell ends")

    def see(self, cell: Cell, text: str) -> None:
        """Waits until a cell shows a text."""
        self._read(lambda: text in cell.text, f"{text!r} is shown")

    def interrupt(self, code: str) -> Cell:
        """Runs a cell, and interrupts it as soon as it waits for something."""
        cell = self.start(f"_tell_when_it_waits()\n{code}")
        self.see(cell, _WAITS)
        self.manager.interrupt_kernel()
        self.finish(cell)
        return cell

    def _read(self, done: Any, what: str) -> None:
        end = time.monotonic() + 3 * PATIENCE
        while not done():
            assert time.monotonic() < end, (
                f"{what}: not in time; {[vars(cell) for cell in self._cells.values()]}"
            )
            try:
                message = self.client.get_iopub_msg(timeout=0.2)
            except Empty:
                continue
            cell = self._cells.get(message["parent_header"].get("msg_id", ""))
            if cell is not None:
                cell.take(message["msg_type"], message["content"])

    def restart(self, *, kill: bool) -> None:
        """Starts another process in place of this one, which is killed, or asked to end as a menu does it."""
        self.manager.restart_kernel(now=kill)
        self.client.wait_for_ready(timeout=PATIENCE * 3)
        self.run(_TELL)

    def __enter__(self) -> Kernel:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
