"""joblib on mailroom's workers: import this, and `joblib.parallel_config(backend="mailroom")` is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from joblib.parallel import (
    AutoBatchingMixin,
    ParallelBackendBase,
    SequentialBackend,
    register_parallel_backend,
)

from mailroom._session.futures import Future
from mailroom.executor import Executor


class Backend(AutoBatchingMixin, ParallelBackendBase):  # type: ignore[misc] # joblib has no types
    """What runs joblib's batches; made by joblib, with the arguments of `parallel_config`.

    Args:
        address: the broker's, as for `Client`.
        executor: one to use instead of one of its own; it stays open.
        nesting_level: of joblib's.
        inner_max_num_threads: of joblib's, which gives None.
        options: of `Executor`.
    """

    supports_retrieve_callback = True  # so batches are given out as others end, in the connection's thread
    default_n_jobs = -1

    def __init__(
        self,
        address: str | None = None,
        *,
        executor: Executor | None = None,
        nesting_level: int | None = None,
        inner_max_num_threads: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(nesting_level=nesting_level, inner_max_num_threads=inner_max_num_threads)
        # dropped with this, which joblib tells of no end
        self._executor = Executor(address, **options) if executor is None else executor
        self._batches: set[Future[Any]] = set()

    def effective_n_jobs(self, n_jobs: int | None) -> int:
        """How many batches are under way at once: -1 for as many as there are workers."""
        if n_jobs == 0:
            raise ValueError("n_jobs == 0 in Parallel has no meaning")
        if n_jobs is None:
            return 1
        return n_jobs if n_jobs > 0 else max(1, self._executor.workers + 1 + n_jobs)

    def configure(self, n_jobs: int = 1, parallel: Any = None, **_: Any) -> int:
        """A `Parallel` begins."""
        self.parallel = parallel
        return self.effective_n_jobs(n_jobs)

    def submit(self, func: Callable[[], Any], callback: Callable[[Any], None]) -> Future[Any]:
        """Has a worker run a batch."""
        future = self._executor.submit(func)
        self._batches.add(future)
        future.add_done_callback(lambda _: self._batches.discard(future))
        future.add_done_callback(callback)
        return future

    def retrieve_result_callback(self, out: Future[Any]) -> Any:
        """What a batch gave, or raised."""
        return out.result()

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """Nobody wants what is under way any more."""
        for future in list(self._batches):
            future.cancel()

    def get_nested_backend(self) -> tuple[SequentialBackend, None]:
        """A `Parallel` inside a task runs there, one by one: the workers are all this one's."""
        return SequentialBackend(nesting_level=(self.nesting_level or 0) + 1), None


register_parallel_backend("mailroom", Backend)
