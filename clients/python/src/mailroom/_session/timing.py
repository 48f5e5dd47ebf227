"""How long a task took, and where, as a result or a status says it.

Each duration is measured by one clock, that of the worker or the broker, and never compared with another's.
So the times of day here are this machine's: the moment at which the answer came, less the durations before
it. What the answer took on its way is not known, and makes all of them a little late.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

_PACKED = struct.Struct("@dN7QI")  # the arrival, then struct mailroom_timing; the manager's name follows
_US = 1e-6
_NO_WORKER = 0xFFFFFFFF


@dataclass(frozen=True)
class Timing:
    """How long a task took, and where. Times are seconds since the epoch, by this machine's clock.

    Attributes:
        submitted: when the broker took it in.
        given: when the broker gave it out, the last time; of one that waits, the time of the answer.
        begun: when its worker began it, as far as these clocks can tell; `given` where that is not known.
        ended: when its result was at the broker; of one that waits or runs, the time of the answer.
        ran: seconds from its begin to its end, by its worker's clock; where nobody has measured it, from when
            it was given out.
        cpu: seconds of processors that its worker's process took meanwhile, with all its threads and with the
            programs that it waited for; None where nobody has measured it.
        memory: the most bytes that its worker's process had meanwhile (its resident set: the interpreter and
            what earlier tasks left are in it); None where that is not known. Of the runtime `plain`, the most
            that any process of the command had.
        attempts: how often it was given out.
        worker: the number of its worker; None in a `Status`.
        manager: the name of its manager; empty where it has none (yet), or of a map.
    """

    submitted: float
    given: float
    begun: float
    ended: float
    ran: float
    cpu: float | None
    memory: int | None
    attempts: int
    worker: int | None
    manager: str

    @property
    def waited(self) -> float:
        """Seconds from when it was submitted until it was given out."""
        return self.given - self.submitted

    @classmethod
    def of(cls, packed: bytes | None) -> Timing | None:
        """What has come, as the extension packs it; None stays None."""
        if packed is None:
            return None
        at, _, ran, cpu, memory, waited, held, age, attempts, worker = _PACKED.unpack_from(packed)
        ended = at - age * _US
        given = ended - held * _US
        return cls(
            given - waited * _US,
            given,
            max(given, ended - ran * _US) if ran else given,
            ended,
            (ran or held) * _US,
            cpu * _US if ran else None,
            memory or None,
            attempts,
            None if worker == _NO_WORKER else worker,
            packed[_PACKED.size :].decode(errors="replace"),
        )
