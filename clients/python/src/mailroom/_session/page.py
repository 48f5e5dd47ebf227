"""The broker's live page: where it is, and the trace that it gives to programs."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from mailroom._session.shown import Shown

_BUSY = 429  # somebody asked a moment ago
_TRIES = 20
_PAUSE_S = 0.2


@dataclass(frozen=True)
class Dashboard(Shown):
    """A broker's live page: a notebook shows it.

    Attributes:
        url: where a browser finds it.
    """

    url: str

    def trace(self, timeout: float | None = None) -> dict[str, Any]:
        """What `Client.trace` gives.

        Args:
            timeout: seconds for the answer; None for ever.

        Raises:
            OSError: the page cannot be reached from here.
        """
        from urllib.error import HTTPError  # here, for it takes as long as all of this package
        from urllib.request import ProxyHandler, Request, build_opener

        base, _, token = self.url.partition("#")
        wanted = Request(f"{base}trace", headers={"Authorization": f"Bearer {token}"} if token else {})
        opener = build_opener(ProxyHandler({}))  # no proxy of others' is given the token
        for tries in range(1, _TRIES + 1):
            try:
                with opener.open(wanted, timeout=timeout) as answer:
                    trace: dict[str, Any] = json.load(answer)
                    return trace
            except HTTPError as error:
                if error.code != _BUSY or tries == _TRIES:
                    raise
            time.sleep(_PAUSE_S)
        raise AssertionError("the last try has returned or raised")
