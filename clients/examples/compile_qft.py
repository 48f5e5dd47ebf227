"""Compiles a quantum Fourier transform with BQSKit through a mailroom broker.

    python compile_qft.py [--ip HOST] [--port PORT] [--qubits N] [--level 1..4] [--seed N]

Says what goes on while it goes on, prints the gate counts before and after and how far apart the two
unitaries are. The exit status is 1 if that is more than 1e-6.
"""

from __future__ import annotations

import argparse
import logging
import math
import sys
import threading
import time
from types import TracebackType

import bqskit
from bqskit.ir import Circuit
from bqskit.ir.gates import CPGate, HGate, SwapGate
from mailroom.bqskit import Compiler

TOLERANCE = 1e-6


def fourier_transform(qubits: int) -> Circuit:
    """The quantum Fourier transform as it is in textbooks: Hadamards, controlled phases, and a reversal."""
    circuit = Circuit(qubits)
    for target in range(qubits):
        circuit.append_gate(HGate(), target)
        for control in range(target + 1, qubits):
            circuit.append_gate(CPGate(), (control, target), [math.pi / 2 ** (control - target)])
    for qubit in range(qubits // 2):
        circuit.append_gate(SwapGate(), (qubit, qubits - 1 - qubit))
    return circuit


class Progress(logging.Handler):
    """Shows that time passes, and the last thing that a worker logged; on a terminal only, in one line."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._terminal = sys.stderr.isatty()
        self._began = time.monotonic()
        self._last = "waiting for a worker"
        self._logs = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._show, daemon=True)

    def emit(self, record: logging.LogRecord) -> None:
        """Takes a log record that came from a worker."""
        self._logs += 1
        self._last = record.getMessage().splitlines()[0]
        if not self._terminal:
            print(f"  {self.seconds:6.1f} s  {self._last}", file=sys.stderr)

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._began

    def _show(self) -> None:
        while not self._done.wait(0.1):
            spinner = "|/-\\"[int(self.seconds * 8) % 4]
            line = f"{spinner} {self.seconds:6.1f} s  {self._logs} log lines  {self._last}"
            print(f"\r{line[:100]:<100}", end="", file=sys.stderr, flush=True)
        print("\r" + " " * 100 + "\r", end="", file=sys.stderr, flush=True)

    def __enter__(self) -> Progress:
        logger = logging.getLogger("bqskit")
        logger.setLevel(logging.INFO)
        logger.addHandler(self)
        logger.propagate = False
        if self._terminal:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        logging.getLogger("bqskit").removeHandler(self)
        self._done.set()
        if self._terminal:
            self._thread.join()


def counts(circuit: Circuit) -> str:
    """The gates of a circuit, the most frequent first."""
    gates = sorted(circuit.gate_counts.items(), key=lambda item: -item[1])
    return ", ".join(f"{count} {gate.name.removesuffix('Gate')}" for gate, count in gates)


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Compile a quantum Fourier transform through a mailroom broker."
    )
    parser.add_argument("--ip", default="localhost", help="the broker's host (default localhost)")
    parser.add_argument("--port", type=int, default=7472, help="the broker's port (default 7472)")
    parser.add_argument("--qubits", type=int, default=5, help="the size of the transform (default 5)")
    parser.add_argument(
        "--level", type=int, default=1, choices=[1, 2, 3, 4], help="BQSKit's optimization level (default 1)"
    )
    parser.add_argument("--seed", type=int, help="makes the compilation choose the same each time")
    return parser.parse_args()


def main() -> int:
    """Compiles, prints, and gives the exit status."""
    arguments = options()
    circuit = fourier_transform(arguments.qubits)
    print(f"before: {counts(circuit)}")
    with Compiler(arguments.ip, arguments.port) as compiler, Progress() as progress:
        compiled = bqskit.compile(
            circuit, optimization_level=arguments.level, seed=arguments.seed, compiler=compiler
        )
    print(f"after:  {counts(compiled)}")
    distance = abs(float(compiled.get_unitary().get_distance_from(circuit.get_unitary())))
    print(f"compiled in {progress.seconds:.1f} s; distance between the two unitaries: {distance:.1e}")
    if distance > TOLERANCE:
        print(f"that is more than {TOLERANCE}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
