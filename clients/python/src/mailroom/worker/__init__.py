"""The worker of mailroom: runs tasks of the runtimes `python` and, where BQSKit is installed, `bqskit`.

`python -m mailroom.worker` is the process. A task that runs in it reaches its worker by `get_runtime`:

    async def total(numbers):
        squares = await get_runtime().map(square, numbers)
        return sum(squares)

The shape is BQSKit's: `submit` and `map` give futures to be awaited, `next` waits for the next results of a
map, `cancel`, `communicate`, `get_messages` and `get_cache` do what their names say. A task waits by `await`
only, since its worker runs other tasks meanwhile.

Rooms: `tasks` (what loop and connection tell each other), `letters` (as libmailroom has it, and back),
`conn` (results, errors and logs), `over_core` (the line that carries them), `loop` (our own event loop),
`over_bqskit` (BQSKit's), `steps` (one step of a task in either), `surroundings` and `loggers` (what a task
may change of its process), `projects` and `sources` (whose code it finds), `tasklogs` and `output` (what it
logs and prints), `process` (one worker process), `ranks` (several).
"""

from __future__ import annotations

from mailroom.worker.tasks import Runtime

__all__ = ["Runtime", "get_runtime"]

_runtime: Runtime | None = None


def get_runtime() -> Runtime:
    """The runtime of the task that runs in this process.

    Raises:
        RuntimeError: this process is not a worker of mailroom.
    """
    if _runtime is None:
        raise RuntimeError("get_runtime() is for tasks that run on a mailroom worker; this process is none.")
    return _runtime


def _set_runtime(runtime: Runtime) -> None:
    global _runtime
    _runtime = runtime
