"""BQSKit's Compiler, with its tasks sent to a mailroom broker."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from typing import TYPE_CHECKING, Any

import bqskit.compiler.compiler
from bqskit.compiler.task import CompilationTask
from bqskit.runtime import default_server_port
from bqskit.runtime.message import RuntimeMessage

from mailroom import errors, failures
from mailroom._base import bodies
from mailroom._shown import clean
from mailroom.bqskit.conn import ServerConn
from mailroom.client import Client, PathLike
from mailroom.show.interrupts import OnInterrupt
from mailroom.tokens import Token

if TYPE_CHECKING:
    from bqskit.compiler.passdata import PassData
    from bqskit.compiler.workflow import WorkflowLike
    from bqskit.ir.circuit import Circuit

    from mailroom._session.answers import TaskList
    from mailroom._session.maps import MapFuture

ADDRESS_NEEDED = (
    "mailroom.bqskit.Compiler starts no runtime of its own: give the address of a mailroom broker,"
    ' Compiler("localhost").'
)


class Compiler(bqskit.compiler.compiler.Compiler):  # type: ignore[misc]
    """A drop-in for `bqskit.compiler.Compiler(ip, port)` that compiles on the workers of a mailroom broker.

    Differs from BQSKit:

    * A task that fails raises at its `result` (or `compile`), a RuntimeError with the remote traceback, as in
      BQSKit; but the compiler stays open and its other tasks go on. BQSKit's closes itself, and raises at
      whatever is called next.
    * `status`, `cancel` and `result` of an unknown task answer or raise; they end nothing.
    * `compile` does not sleep half a second for log messages: they come before the result.
    * It may be used from several threads, and made in any thread.
    * An interrupt (Ctrl-C, a notebook's) cancels the compilation that is waited for, and leaves the compiler
      open for what follows, or does what `on_interrupt` says. BQSKit's closes itself, with all that it runs.
    * A broken connection is made anew, and what a broker that was started anew has lost is submitted again.
    * A compilation may outlive its process: see `session_file`, `detach` and `resume`.
    * There is no attached mode, so nothing is started; the options for it are not there.

    Args:
        ip: the broker's host, or a whole endpoint (`tcp://host:port`, `ipc://path`).
        port: the broker's port for clients; BQSKit's, 7472, unless given.
        detach: leave unfinished tasks running when the compiler is closed or the process ends. Unless given
            they are cancelled, as in BQSKit.
        session: of an earlier compiler, to go on with, for the results of what it had submitted: its
            `session`, what its `detach` gave, or the file that this or `session_file` wrote.
        session_file: where to keep the session's token, as for `mailroom.Client`: when this process is
            killed, another one goes on with `Compiler.resume`.
        timeout: seconds to wait for the broker.
        on_interrupt: what an interrupt does to what is waited for: `cancel`, `leave` or `detach`, as for
            `mailroom.Client`. `compile` tells nobody the task's id, hence `cancel`.
        keys: the folder with the keys, as for `mailroom.Client`.
        key: the client's secret certificate, as for `mailroom.Client`.
        broker_key: the broker's public certificate, as for `mailroom.Client`.
        insecure: whether TCP without keys will do, as for `mailroom.Client`. Without it and keys `localhost`
            is this user's own broker on this machine.

    Raises:
        ValueError: TCP without keys and `insecure`.
        RuntimeError: no broker answers at the address, it does not know `session`, or the keys do not fit.
        mailroom.KeyFileError: a certificate is missing, or not what it must be.
    """

    def __init__(
        self,
        ip: str = "localhost",
        port: int = default_server_port,
        *,
        detach: bool = False,
        session: bytes | Token | PathLike | None = None,
        session_file: PathLike | None = None,
        timeout: float = 30.0,
        on_interrupt: OnInterrupt = "cancel",
        keys: PathLike | None = None,
        key: PathLike | None = None,
        broker_key: PathLike | None = None,
        insecure: bool | None = None,
    ) -> None:
        if not isinstance(ip, str):
            raise TypeError(ADDRESS_NEEDED)
        self._session, self._file = session, session_file
        self._options: dict[str, Any] = {"detach": detach, "timeout": timeout, "on_interrupt": on_interrupt}
        trust = {"keys": keys, "key": key, "broker_key": broker_key, "insecure": insecure}
        self._options |= {name: value for name, value in trust.items() if value is not None}
        super().__init__(ip, port)
        # at the end of the process it is the client that decides what becomes of its session
        bqskit.compiler.compiler._compiler_instances.discard(self)

    @classmethod
    def resume(cls, token: Token | PathLike, **options: Any) -> Compiler:
        """Goes on with the session of another process; `result` takes the ids of its tasks, see `tasks`.

        Args:
            token: what `detach` gave, or a file with it.
            options: arguments of the compiler.

        Raises:
            RuntimeError: no broker answers, or it does not know the session.
            OSError, ValueError: the file cannot be read, or is none.
        """
        address = (token if isinstance(token, Token) else Token.load(token)).address
        return cls(address, session=token, **options)

    @property
    def session(self) -> bytes:
        """The token of this compiler's session; with it, a later compiler has the same tasks."""
        return self._client.session

    def _repr_html_(self) -> str:
        return self._client._html("mailroom.bqskit.Compiler")

    def tasks(self) -> TaskList:
        """The session's tasks, also those of earlier processes, the newest first; `uuid` is the task's id."""
        return self._client.tasks()

    def detach(self, file: PathLike | None = None) -> Token:
        """Closes the compiler and leaves its tasks to run; see `mailroom.Client.detach`."""
        token = self._client.detach(file)
        self.close()
        return token

    def _connect(self, address: str) -> Client:
        session = self._session
        if session is None:
            return Client(address, session_file=self._file, **self._options)
        if isinstance(session, bytes):
            session = Token(session.hex(), address)
        return Client.resume(session, address=address, **self._options)

    def _connect_to_server(self, ip: str, port: int, attached: bool) -> None:
        try:
            self._client = self._connect(ip if "://" in ip else f"{ip}:{port}")
        except errors.SessionUnknown as error:
            self.close()
            raise RuntimeError(str(error)) from error
        except (errors.ConnectError, errors.NotOwner, errors.BadVersion) as error:
            self.close()
            raise RuntimeError(f"Client connection refused: {error}") from error
        self.conn = ServerConn(self._client)

    def compile(
        self,
        circuit: Circuit,
        workflow: WorkflowLike,
        request_data: bool = False,
        logging_level: int | None = None,
        max_logging_depth: int = -1,
        data: MutableMapping[str, Any] | None = None,
    ) -> Circuit | tuple[Circuit, PassData]:
        """Submits a task and waits for its result; for arguments see `submit`."""
        task_id = self.submit(circuit, workflow, request_data, logging_level, max_logging_depth, data)
        return self.result(task_id)

    def map(
        self, circuits: Iterable[Circuit], workflow: WorkflowLike, *, name: str = "compile"
    ) -> MapFuture[Circuit]:
        """Compiles many circuits with one workflow, each a task of its own; BQSKit has nothing like it.

        Args:
            circuits: to compile.
            workflow: as for `submit`, such as `bqskit.compiler.compile.build_workflow(...)`.
            name: what the tasks are called in logs and lists.

        Returns:
            The future of all: it gives circuits as they are done, see `mailroom.MapFuture`. A compilation
            that fails raises its own exception there.
        """
        tasks = (CompilationTask(circuit, workflow) for circuit in circuits)
        return self._client.options(name=name, runtime=bodies.BQSKIT).map(CompilationTask.run, tasks)

    def _send(self, msg: RuntimeMessage, payload: Any) -> None:
        self._ask(msg, payload)

    def _send_recv(self, msg: RuntimeMessage, payload: Any) -> tuple[RuntimeMessage, Any]:
        answer: tuple[RuntimeMessage, Any] = self._ask(msg, payload)
        return answer

    def _ask(self, msg: RuntimeMessage, payload: Any) -> Any:
        if self.conn is None:
            raise RuntimeError("The compiler is closed.")
        try:
            return self.conn.ask(msg, payload)
        except Exception as error:
            # a task's own exception comes with its remote traceback as the cause
            text = failures.traceback_of(error)
            raise RuntimeError(clean(text or str(error)) or repr(error)) from error
