"""Certificates for tests, as czmq writes them."""

from __future__ import annotations

from pathlib import Path

import zmq

from mailroom._base.certificates import Certificate


def make(folder: Path, role: str, name: str = "", *, says: dict[str, str] | None = None) -> Certificate:
    """A new key pair in `folder`: NAME.cert and NAME.cert_secret; `says` is what stands in place of both."""
    name = name or role
    public, secret = zmq.curve_keypair()
    metadata = {"name": name, "role": role} if says is None else says
    lines = [
        "#   ZeroMQ CURVE Certificate",
        *("", "metadata", *(f'    {key} = "{value}"' for key, value in metadata.items())),
        *("curve", f'    public-key = "{public.decode()}"', ""),
    ]
    (folder / f"{name}.cert").write_text("\n".join(lines))
    file = folder / f"{name}.cert_secret"
    file.touch(0o600)
    file.write_text("\n".join([*lines[:-1], f'    secret-key = "{secret.decode()}"', ""]))
    return Certificate(str(file), name, role, public, secret)


def a_set(folder: Path) -> dict[str, Certificate]:
    """A certificate for each role."""
    return {role: make(folder, role) for role in ("broker", "manager", "worker", "client", "admin")}
