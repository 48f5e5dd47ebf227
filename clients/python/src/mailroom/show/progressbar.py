"""A bar for a map: how many of its tasks are done, with the tasks as they come."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from mailroom._session import shown
from mailroom._session.futures import Future
from mailroom._session.maps import MapFuture

T = TypeVar("T")


def progress(whole: MapFuture[T], *, timeout: float | None = None, **options: Any) -> Progress[T]:
    """Waits for a map with a progress bar; the same as `whole.progress(...)`.

        for future in mailroom.progress(squares):  # as they are done
            print(future.slot, future.result())

        values = mailroom.progress(squares).result()  # or all of them in order

    Args:
        whole: the map.
        timeout: seconds from now for all of it; None for ever.
        options: of tqdm, such as `desc` or `leave`.

    Raises:
        ImportError: tqdm is not installed; the text says how to.
    """
    return Progress(whole, timeout, options)


class Progress(Generic[T]):
    """A map with a bar that moves while somebody iterates, or waits for `result`."""

    def __init__(self, whole: MapFuture[T], timeout: float | None, options: dict[str, Any]) -> None:
        self._map, self._timeout = whole, timeout
        self._tqdm = _tqdm()
        name = whole.futures[0].name if whole.futures else ""
        self._options = {"desc": name[:40], "unit": "task", "total": len(whole), **options}

    def __iter__(self) -> Iterator[Future[T]]:
        """Gives the futures as they are done, those that failed too, and says how many did.

        Raises:
            TimeoutError: they are not done in time.
            KeyboardInterrupt: see `Client`'s `on_interrupt`.
        """
        __tracebackhide__ = True  # as in MapFuture
        failed = 0
        with self._tqdm(**self._options) as bar:
            for future in self._map.as_completed(self._timeout):
                if future._end != "result":
                    failed += 1
                    bar.set_postfix(failed=failed, refresh=False)
                bar.update()
                yield future

    def result(self) -> list[T]:
        """Waits for all of the map, and gives its values in order; for errors see `MapFuture.result`."""
        for _ in self:
            pass
        return self._map.result()


shown.bar.register(MapFuture, Progress)


def _tqdm() -> Callable[..., Any]:
    """The bar that fits: of widgets in a notebook that has ipywidgets, else of text."""
    try:
        import tqdm
    except ModuleNotFoundError as error:
        if error.name != "tqdm":
            raise
        raise ImportError(
            'a progress bar needs tqdm: pip install "mailroom-router[notebook]", or pip install tqdm'
        ) from error
    with warnings.catch_warnings():
        # that there is no ipywidgets, or that it may yet change: the bar of text is as good
        warnings.simplefilter("ignore", tqdm.TqdmWarning)
        from tqdm.auto import tqdm as bar
    made: Callable[..., Any] = bar
    return made
