"""The client: a session with a broker, from its beginning to its end.

What goes over the line and when is correspondence.py's. The other parts of a client: submit.py (calls become
tasks), tasks.py (what is asked of tasks), operators.py (what is asked of the broker).
"""

from __future__ import annotations

import atexit
import contextlib
import os
import uuid as uuids
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from mailroom import errors
from mailroom._base import home
from mailroom._base.certificates import CLIENT, absolute
from mailroom._session.correspondence import EXPIRY_MS, HEARTBEAT_MS, Correspondence
from mailroom._session.futures import Scope
from mailroom._session.importpath import ImportPath
from mailroom._session.operators import Operators
from mailroom._session.submit import Options, Submitter
from mailroom._session.tasks import Tasks
from mailroom.show import display, interrupts
from mailroom.tokens import TOKEN_BYTES, Token

_GOODBYE_S = 2.0  # how long closing waits for the broker's answer

PathLike = str | os.PathLike[str]

_DETACHED = "the client left its session, whose tasks go on at the broker: Client.resume has their results"

_NOT_SUBMITTED = "the client left its session; the task waited for others then, and was not submitted"

_open: weakref.WeakSet[Client] = weakref.WeakSet()


class Client(Submitter, Tasks, Operators):
    """A session with a broker. It may be used from several threads, and is closed by `with` or `close`.

    Tasks' logs arrive as records of the names that they had, at the loggers of this process: of each name, or
    the nearest above it.

    A broken connection is made anew, and meanwhile whoever waits goes on waiting. If the broker has lost the
    session (it was started anew, or was out of reach for longer than its lease), what is not done is
    submitted again under the same uuids, and a warning is logged.

    Results stay at the broker as long as their futures live here, so that another process can fetch them if
    this one is killed (see `session_file`, `detach` and `resume`); when a future is collected, or by
    `release`, the broker is told to free its result.

    Args:
        address: the broker's: `host`, `host:port` (7472 unless given) or an endpoint of ZeroMQ's; or several
            of TCP with commas between them, of which the next is tried where one is a standby or not
            there; the environment's MAILROOM_BROKER unless given, else `localhost`. Without keys and
            `insecure` `localhost` is this user's own broker on this machine, which `mailroomd` without an
            address is.
        session: the token of an earlier client's session, to go on with it; None begins a new one. If the
            broker does not know it, it begins a new one too: see `resumed`, and `resume`, which is strict.
        session_file: where to keep the token, readable by this user alone, so that another process can resume
            the session when this one was killed. If the file is there already, its session is gone on with,
            and `resumed` says whether the broker still had it. The file is removed with the session, which
            `close` ends; a process that ends without it leaves both, as a kernel does that is restarted.
        timeout: seconds to wait for the broker.
        paths: folders of the tasks' `sys.path`, before the workers' own; unless given those of this process,
            as they are at each submit; () for none.
        detach: whether the session's tasks run on when the client is closed; see `close`.
        keep: whether results stay at the broker until their futures are collected; else, until they have
            arrived.
        output: whether what tasks print is printed here, each line with its task's name; in a notebook under
            the cell that submitted them. Else it is in their manager's output.
        timing: whether each result says how long its task took, where, and what of its worker: see
            `Future.timing`. It costs some microseconds for each task.
        patience: submits that the broker has no room for (its limits/tasks, limits/session-bytes) are tried
            again as long as tasks of this client are unfinished there, and then for so many seconds, until
            their futures raise `Busy`. With 0 they raise it at once.
        on_interrupt: what an interrupt of a wait for results (Ctrl-C, a kernel's interrupt) does to what is
            waited for: `leave` it as it is, `cancel` it, or `detach` the whole client, which needs a
            `session_file`. Then KeyboardInterrupt is raised, and says what was done.
        keys: the folder with the client's secret certificate and the broker's public one, as `mailroom
            keygen` makes it; the environment's MAILROOM_KEYS unless given, empty for none whatever that says.
        key: the client's secret certificate (MAILROOM_KEY), in place of the folder's client.cert_secret.
        broker_key: the broker's public one (MAILROOM_BROKER_KEY), in place of the folder's broker.cert.
        insecure: whether TCP without keys will do, at the cost that whoever answers at the address is taken
            for the broker, and can run code here; the environment's MAILROOM_INSECURE unless given.
        name: of this client, for people and logs; the host and process unless given.
        heartbeat: seconds of silence after which the broker is asked for a sign of life.
        expiry: seconds that the link outlives a broken connection.
        transport: `own` for a socket of the library's, whose thread keeps the line alive whatever Python
            does; `pyzmq` for one of pyzmq's, read by a thread of Python's: a call that holds the
            interpreter's lock for long breaks the connection, which then heals.

    Raises:
        ConnectError: no broker answers; the text says what happened.
        KeyRefused: the broker refused the key, is not the one of the key here, or one side has no keys.
        KeyFileError: a certificate is missing, or not what it must be.
        NotOwner: the session was begun with another key.
        BadVersion: the broker speaks another version of the protocol.
        ValueError: TCP without keys and `insecure`; `session` is no token, `session_file` is another broker's
            or no session file; `on_interrupt` is none, or needs one.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        session: bytes | None = None,
        session_file: PathLike | None = None,
        timeout: float = 10.0,
        paths: Sequence[str] | None = None,
        detach: bool = False,
        keep: bool = True,
        output: bool = False,
        timing: bool = True,
        patience: float = 30.0,
        on_interrupt: interrupts.OnInterrupt = "leave",
        keys: PathLike | None = None,
        key: PathLike | None = None,
        broker_key: PathLike | None = None,
        insecure: bool | None = None,
        name: str | None = None,
        heartbeat: float = HEARTBEAT_MS / 1000,
        expiry: float = EXPIRY_MS / 1000,
        transport: Literal["own", "pyzmq"] = "own",
    ) -> None:
        super().__init__(self, Options(keep=keep, output=output, timing=timing))
        meant = home.broker(address)
        found = CLIENT.find(meant, keys, key, broker_key)
        self.address = home.settle(meant, found is not None or home.is_insecure(insecure))
        self.on_interrupt = interrupts.check(on_interrupt, session or session_file)
        self.session = self._choose(session, session_file)
        self._file: Path | None = None
        self._keep = keep
        files = {"keys": absolute(keys), "key": absolute(key), "broker_key": absolute(broker_key)}
        self._for_token: dict[str, Any] = {name: file for name, file in files.items() if file is not None}
        self._for_token |= {"keep": keep, "patience": patience, "heartbeat": heartbeat, "expiry": expiry}
        if insecure:  # an older package knows no such option
            self._for_token["insecure"] = True
        if output:  # where it is not asked for, an older package can go on with the session
            self._for_token["output"] = True
        self._detach = detach
        self._closed = False
        self._mail = Correspondence(
            self.address,
            self.session,
            ImportPath(paths),
            int(patience * 1000),
            keys=found,
            fleeting=session is None and session_file is None,
            heartbeat=int(heartbeat * 1000),
            expiry=int(expiry * 1000),
            by_pyzmq=transport == "pyzmq",
            name=f"{os.uname().nodename}:{os.getpid()}" if name is None else name,
        )
        try:
            self._mail.start()
            self._mail.wait(timeout)
            if session_file is not None:
                self._keep_in(session_file)
        except BaseException:
            self._mail.end()
            raise
        _open.add(self)

    def _choose(self, session: bytes | None, file: PathLike | None) -> bytes:
        """The session's token: as given, of the file, or a new one."""
        if session is None and file is not None and Path(file).exists():
            token = Token.load(file)
            if token.address != self.address:
                raise ValueError(f"{os.fspath(file)} is of a session at {token.address}, not {self.address}")
            return token.key
        if session is not None and len(session) != TOKEN_BYTES:
            raise ValueError(f"a session's token has {TOKEN_BYTES} bytes")
        return os.urandom(TOKEN_BYTES) if session is None else session

    def _keep_in(self, file: PathLike) -> None:
        self.token.save(file)
        self._file = Path(file).absolute()

    @classmethod
    def resume(cls, token: Token | PathLike, **options: Any) -> Client:
        """Goes on with the session of another process: `tasks` lists its tasks, `future` fetches a result.

        The process that had the session, if it lives and has not left it, gets `SessionTaken`.

        Args:
            token: what `detach` or `Client.token` gave, or the path of a file with it (`session_file`).
            options: arguments of the client that differ from those of the client before.

        Raises:
            SessionUnknown: the broker has no such session: its lease is over, it was closed, or the broker
                was started anew.
            ConnectError: no broker answers.
            OSError, ValueError: the file cannot be read, or is none.
        """
        file = None if isinstance(token, Token) else token
        known = token if isinstance(token, Token) else Token.load(token)
        client = cls(**{**known.options, "address": known.address, **options}, session=known.key)
        if not client.resumed:
            client.close(detach=False)
            raise errors.SessionUnknown(
                f"{client.address} has no session of this token: its lease is over, it was closed, or the"
                " broker was started anew"
            )
        if file is not None:
            client._keep_in(file)
        return client

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"{len(self._mail.outstanding)} tasks"
        return f"<mailroom.Client {self.address} {state}>"

    def _repr_html_(self) -> str:
        return self._html("mailroom.Client")

    def _html(self, title: str) -> str:
        return display.client(
            title,
            self.address,
            closed=self._closed,
            over=None if self._mail.over is None else str(self._mail.over),
            waits_for=len(self._mail.outstanding),
            resumed=self.resumed,
            on_interrupt=self.on_interrupt,
            file=self._file,
        )

    def _interrupted(self, scope: Scope, interrupt: BaseException) -> None:
        interrupts.act(self, scope, interrupt)

    # -- the session

    @property
    def resumed(self) -> bool:
        """Whether the broker knew this session when the present link began, so that its tasks were there."""
        return self._mail.resumed

    @property
    def token(self) -> Token:
        """What another process needs to resume this session."""
        return Token(self.session.hex(), self.address, self._for_token)

    # -- the end

    def detach(self, file: PathLike | None = None, *, timeout: float | None = 60.0) -> Token:
        """Leaves the session, whose tasks go on at the broker, and closes the client.

        Futures here that are not done raise `Detached`. Another process, or this one, goes on with `resume`
        within the broker's lease (an hour unless it was set otherwise there). Results of futures that were
        collected before are gone; hold on to the futures of what is still wanted.

        Args:
            file: where to save the token, readable by this user alone.
            timeout: seconds to wait until the broker has all that was submitted; None for ever.

        Returns:
            The token.

        Raises:
            TimeoutError: the broker has not; the client is as before.
            Busy: the broker has no room for all that was submitted; the client is as before.
            RuntimeError: some calls wait for futures among their arguments; the client is as before.
            Exception: see `status`.
        """
        if file is not None:
            self.token.save(file)
        if waits := len(self._mail.outstanding.deferred):
            raise RuntimeError(f"{waits} calls wait for futures among their arguments: wait for those first")
        self._mail.flush_releases()
        self.status(uuids.uuid4(), timeout)  # an answer: all before it was read
        if self._mail.refused:
            raise errors.Busy(f"the broker has no room for {self._mail.refused} of the submits; see release")
        self.close(detach=True)
        return self.token

    def close(self, *, detach: bool | None = None) -> None:
        """Ends the session. Its unfinished tasks are cancelled; safe to call twice.

        Args:
            detach: True leaves the tasks at the broker, for a later client with the same token; their
                futures here raise `Detached`. Unless given, as the client was told when it was made. See
                `detach`, which also makes sure that the broker has everything.
        """
        self._end(self._detach if detach is None else detach, "the client is closed")

    def _end(self, stay: bool, why: str) -> None:
        if self._closed or self._mail.foreign:
            return
        self._closed = True
        _open.discard(self)
        over = self._mail.over is not None
        for future in self._mail.outstanding.take_deferred() if stay else ():
            future._end_exception(errors.ConnectionLost(_NOT_SUBMITTED))
        self._mail.close(errors.Detached(_DETACHED) if stay else errors.ConnectionLost(why))
        if not over and self._mail.say_goodbye(stay, _GOODBYE_S):
            self._remove_file(stay)
        self._mail.end()
        self._mail.end_futures(errors.Detached(_DETACHED) if stay else None)

    def _lose(self, why: str) -> None:
        """Ends the session of a broker that is gone for good: futures here raise ConnectionLost.

        Args:
            why: the text of that.
        """
        if self._closed or self._mail.foreign:
            return
        self._mail.close(errors.ConnectionLost(why))
        self._mail.end_futures(errors.ConnectionLost(why))
        self._end(False, why)

    def _remove_file(self, stay: bool) -> None:
        if self._file is not None and not stay:
            with contextlib.suppress(OSError, ValueError):
                if Token.load(self._file).key == self.session:
                    self._file.unlink()


def lose_all(address: str, why: str) -> None:
    """Ends this process's sessions with a broker that is gone for good: their futures raise ConnectionLost.

    Args:
        address: the broker's endpoint.
        why: the text of that.
    """
    for client in list(_open):
        if client.address == address:
            client._lose(why)


@atexit.register
def _close_all() -> None:
    for client in list(_open):
        # a session that is kept in a file is for the next process: a kernel that is restarted ends like this
        client.close(detach=client._detach or client._file is not None)
