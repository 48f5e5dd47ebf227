"""What operators ask of a broker: managers, counts, clients; draining and ending. A part of `Client`."""

from __future__ import annotations

import contextlib
from typing import Any

from mailroom import _core, errors
from mailroom._session.answers import ClientInfo, ManagerInfo, ManagerList
from mailroom._session.correspondence import Correspondence
from mailroom._session.page import Dashboard


class Operators:
    """The requests about the cluster, for a class that has a session's `_mail`."""

    _mail: Correspondence

    def managers(self, timeout: float | None = None) -> ManagerList:
        """Lists the broker's managers; for arguments and errors see `tasks`."""
        answer = self._mail.ask(_core.ASK_MANAGERS, timeout)
        return ManagerList(map(ManagerInfo.of, answer))

    def drain(self, manager: str, grace: float | None = None, timeout: float | None = None) -> None:
        """Lets a manager finish what it has, take nothing new, and leave. Returns when it was told so.

        Args:
            manager: its name, or its line (`host:port`), see `managers`.
            grace: seconds until it gives back what it has not finished; None: as it was set there.
            timeout: seconds to wait for the answer; None for ever.

        Raises:
            Refused: there is no such manager, or this client may not; the text says which.
            Exception: see `status`.
        """
        milliseconds = None if grace is None else round(grace * 1000)
        self._mail.ask(_core.ASK_DRAIN, timeout, name=manager, grace=milliseconds)

    def counts(self, timeout: float | None = None) -> dict[str, int]:
        """Numbers about the broker by their names: `uptime` (ms), `workers`, `queued`, `memory` (bytes), ...

        PROTOCOL.md says which there are (COUNTS). For arguments and errors see `tasks`.
        """
        return dict(self._mail.ask(_core.ASK_COUNTS, timeout))

    def clients(self, timeout: float | None = None) -> list[ClientInfo]:
        """Lists the broker's sessions, the newest first; for admins. For arguments and errors see `tasks`.

        Raises:
            Refused: this client is no admin; the text says who is.
        """
        return [ClientInfo.of(client) for client in self._mail.ask(_core.ASK_CLIENTS, timeout)]

    def dashboard(self, timeout: float | None = None) -> Dashboard:
        """The broker's live page, which a notebook shows; for admins. For arguments and errors see `tasks`.

        Its address holds a token: whoever has that, or the notebook that shows it, can see the page until the
        broker is started anew.

        Raises:
            Refused: there is none for this client; the text says why that may be.
        """
        url = self._mail.ask(_core.ASK_PAGE, timeout)
        if url is None:
            raise errors.Refused(
                "there is no page for this client: the broker serves none (mailroomd --http), is older than"
                " that, or this client is no admin: one with an admin's key, or without keys on the broker's"
                " own host"
            )
        return Dashboard(url)

    def trace(self, timeout: float | None = None) -> dict[str, Any]:
        """The last tasks that have ended, as trace events for Perfetto and chrome://tracing; for admins.

        A bar for each task in the row of its worker, from when that can have begun it until its end was
        heard, with its uuid, state, attempts and when it was submitted and given out. The broker keeps
        `http/history` of them.

            Path("trace.json").write_text(json.dumps(client.trace()))

        For arguments and errors see `dashboard`: the broker is asked where its page is.

        Raises:
            OSError: that cannot be reached from here.
        """
        return self.dashboard(timeout).trace(timeout)

    def shutdown(self, text: str = "", timeout: float | None = None) -> None:
        """Ends the broker, and all managers and workers below; for admins. Returns when the broker said so.

        Clients, this one too, go on trying to connect: if a broker is started again, they submit anew what
        was not done.

        Args:
            text: why, for the logs.
            timeout: seconds to wait; None for ever.

        Raises:
            Refused: this client is no admin.
            Exception: see `status`.
        """
        with contextlib.suppress(errors.ConnectionLost):
            self._mail.ask(_core.ASK_SHUTDOWN, timeout, name=text)
            raise errors.Refused(
                "the broker goes on: only an admin may end it, that is a client with an admin's key, or"
                " without keys one on the broker's own host"
            )
