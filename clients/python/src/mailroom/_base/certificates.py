"""Keys: this process's own certificate, and the public one of the process that it connects to.

The files are czmq's (zcert), as `mailroom keygen` writes them (PROTOCOL.md section 8). Here is which files
are meant and what is wrong with one; what a key that is refused looks like is line.py's.
"""

from __future__ import annotations

import os
import re
import stat
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mailroom import errors
from mailroom._base import folders

PathLike = str | os.PathLike[str]

ROLES = ("broker", "manager", "worker", "client", "admin")
_FILE_SIZE = 16_384  # bytes at most; a certificate has about 500
_KEY_SIZE = 40  # characters of Z85
_NAME_SIZE = 63
_VALUE = re.compile(r"""[ \t]+([\w-]+)[ \t]*=[ \t]*(?:"([^"]*)"?|'([^']*)'?|([^#]*))""")


@dataclass(frozen=True)
class Certificate:
    """What a file says.

    Attributes:
        file: where it was read.
        name: whose key it is.
        role: what its owner may be, one of `ROLES`.
        public: the public key as 40 characters of Z85.
        secret: the secret one, empty where it was not asked for.
    """

    file: str
    name: str
    role: str
    public: bytes
    secret: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Keys:
    """What a connection with keys needs.

    Attributes:
        own: with the secret key.
        server: of the process that is connected to.
    """

    own: Certificate
    server: Certificate


@dataclass(frozen=True)
class Places:
    """Where the keys of one kind of process are, by option, environment and folder.

    Attributes:
        roles: of its own certificate; `keys` is searched for the first one's, then for the next one's.
        server: the role of whom it connects to.
    """

    roles: Sequence[str]
    server: str

    @property
    def variables(self) -> tuple[str, str, str]:
        """The environment's: of the folder, of the own certificate, of the server's."""
        return "MAILROOM_KEYS", "MAILROOM_KEY", f"MAILROOM_{self.server.upper()}_KEY"

    def find(
        self,
        address: str,
        keys: PathLike | None = None,
        key: PathLike | None = None,
        server_key: PathLike | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> Keys | None:
        """The keys for a connection to `address`, an endpoint of ZeroMQ's; None where it is to have none.

        Args:
            address: one of ipc needs no keys, and none are looked for.
            keys: the folder with both, None: as the environment says, empty: there is none.
            key: the file with the own secret key, in place of the folder's.
            server_key: the file with the public key of the other side, in place of the folder's.
            environment: for what was not given.

        Raises:
            errors.KeyFileError: a file is not what it must be, or only one of both is given.
        """
        if not address.startswith("tcp://"):
            return None
        given = [
            os.fspath(option) if option is not None else environment.get(variable, "")
            for option, variable in zip((keys, key, server_key), self.variables, strict=True)
        ]
        folder, own, server = given
        if not any(given) or (keys is not None and not folder and not key and not server_key):
            return None
        if not folder and not (own and server):
            _, own_variable, server_variable = self.variables
            there, missing = (own, server_variable) if own else (server, own_variable)
            raise errors.KeyFileError(
                f"{there} alone is not enough: a connection with keys needs an own secret key and the public"
                f" key of the {self.server} (or the folder with both); {missing} is not set"
            )
        return Keys(
            load(own or self._own_in(folder), self.roles, secret=True),
            load(server or os.path.join(folder, f"{self.server}.cert"), (self.server,)),
        )

    def _own_in(self, folder: str) -> str:
        """An operator's folder has an admin's key in place of a client's."""
        files = [os.path.join(folder, f"{role}.cert_secret") for role in self.roles]
        return next((file for file in files if os.path.exists(file)), files[0])


CLIENT = Places(("client", "admin"), "broker")
WORKER = Places(("worker",), "manager")


def load(file: PathLike, roles: Sequence[str] = ROLES, *, secret: bool = False) -> Certificate:
    """Reads a certificate.

    Args:
        file: NAME.cert or NAME.cert_secret.
        roles: that it may have.
        secret: whether the secret key is needed.

    Raises:
        errors.KeyFileError: the text names the file, says what is wrong with it and what to do.
    """
    name = os.fspath(file)
    content = _content(_read(name, secret))
    public, own = content.get("curve public-key", ""), content.get("curve secret-key", "")
    if not public:
        raise errors.KeyFileError(
            f"{name}: not a certificate (a section curve with a public-key, as `mailroom keygen` writes)"
        )
    _check_key(name, "public-key", public)
    if secret:
        if not own:
            raise errors.KeyFileError(
                f"{name}: this file has the public key only; the secret one that is needed here is in"
                f" {name}_secret"
            )
        _check_key(name, "secret-key", own)
        import zmq

        if zmq.curve_public(own.encode()) != public.encode():
            raise errors.KeyFileError(
                f"{name}: its public-key does not belong to its secret-key: make a new pair"
            )
    _check_metadata(name, content, roles)
    return Certificate(
        *(name, content["metadata name"], content["metadata role"]),
        *(public.encode(), own.encode() if secret else b""),
    )


def _read(file: str, secret: bool) -> str:
    try:
        # a pipe does not hold us up
        with open(os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as opened:
            status = os.fstat(opened.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise errors.KeyFileError(f"{file}: not a file")
            data = opened.read(_FILE_SIZE)
            text = data.decode(errors="replace") if len(data) < _FILE_SIZE else ""
            # others must not read a secret; a group may where the file is not ours (one that is mounted). A
            # public part has none: that it is the wrong file is told later
            open_to = status.st_mode & (0o077 if status.st_uid == os.geteuid() else 0o027)
            if secret and open_to and "secret-key" in text:
                raise errors.KeyFileError(
                    f"{file}: others can read or change this secret key (mode"
                    f" {stat.S_IMODE(status.st_mode):04o}): chmod 600 {file}"
                )
            if status.st_mode & stat.S_IWOTH:
                raise errors.KeyFileError(
                    f"{file}: anybody can put another key in its place (mode"
                    f" {stat.S_IMODE(status.st_mode):04o}): chmod o-w {file}"
                )
            if fault := folders.fault(file):
                raise errors.KeyFileError(fault)
    except FileNotFoundError:
        raise errors.KeyFileError(
            f"{file}: there is no such file: `mailroom keygen DIR` makes certificates"
        ) from None
    except OSError as error:
        raise errors.KeyFileError(f"{file}: {error.strerror}") from None
    return text


def _content(text: str) -> dict[str, str]:
    """The values by section and name."""
    section, values = "", {}
    for line in text.split("\n"):
        if found := _VALUE.match(line):
            value = next((group for group in found.groups()[1:] if group is not None), "")
            values[f"{section} {found[1]}"] = value.strip() if found[4] is not None else value
        elif line[:1] not in (" ", "\t", "#"):
            section = line.split()[0] if line.split() else ""
    return values


def _check_key(file: str, name: str, key: str) -> None:
    from zmq.utils import z85  # who has no keys need not wait for it

    try:
        good = len(key) == _KEY_SIZE and len(z85.decode(key)) == 32
    except (ValueError, KeyError, struct.error):
        good = False
    if not good:
        raise errors.KeyFileError(f"{file}: its {name} is not a key ({_KEY_SIZE} characters of Z85)")


def _check_metadata(file: str, content: Mapping[str, str], roles: Sequence[str]) -> None:
    role, name = content.get("metadata role", ""), content.get("metadata name", "")
    if role not in ROLES:
        raise errors.KeyFileError(
            f"{file}: its role is '{role[:40]}', not {', '.join(ROLES[:-1])} or {ROLES[-1]}: write"
            ' `role = "..."` into its section metadata'
        )
    if not re.fullmatch(rf"[ !#-&(-~]{{1,{_NAME_SIZE}}}", name):
        raise errors.KeyFileError(
            f"{file}: its name is '{name[:70]}', not 1 to {_NAME_SIZE} printable characters: write"
            ' `name = "..."` into its section metadata'
        )
    if role not in roles:
        raise errors.KeyFileError(
            f"{file}: it is for the role {role}, and here one for {' or '.join(roles)} is needed"
        )


def absolute(path: PathLike | None) -> str | None:
    """The same for a process with another working directory; empty stays empty."""
    if path is None:
        return None
    return str(Path(path).absolute()) if os.fspath(path) else ""
