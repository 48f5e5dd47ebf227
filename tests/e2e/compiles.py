"""Small random circuits, compiled with BQSKit for as long as it takes; each must equal its input."""

from __future__ import annotations

import random
import threading
import traceback
from typing import Any

from bqskit.compiler.compile import build_workflow
from bqskit.ir import Circuit
from bqskit.ir.gates import CNOTGate, CPGate, CZGate, HGate, RXGate, U3Gate
from mailroom.bqskit import Compiler

TOLERANCE = 1e-6
EPSILON = 1e-14
"""For BQSKit's synthesis of a block: it ends 1.4 times the root of this apart. Its own 1e-8 is too coarse."""


def random_circuit(seed: str) -> Circuit:
    """A circuit of 2 to 4 qubits; the same for the same seed."""
    chance = random.Random(seed)
    circuit = Circuit(chance.randint(2, 4))
    for _ in range(chance.randint(4, 10)):
        angles = [chance.uniform(0, 6.28) for _ in range(3)]
        one, other = chance.sample(range(circuit.num_qudits), 2)
        kind = chance.randrange(6)
        if kind < 3:
            gate = (HGate(), RXGate(), U3Gate())[kind]
            circuit.append_gate(gate, one, angles[: gate.num_params])
        else:
            gate = (CNOTGate(), CZGate(), CPGate())[kind - 3]
            circuit.append_gate(gate, (one, other), angles[: gate.num_params])
    circuit.append_gate(CNOTGate(), (0, 1))
    return circuit


def distance(one: Circuit, other: Circuit) -> float:
    """How far the circuits' unitaries are apart, whatever their global phase."""
    return float(one.get_unitary().get_distance_from(other.get_unitary()))


class Load:
    """Clients that compile one thing after the other, each in a thread of its own.

    Args:
        port: the broker's.
        seed: of the circuits.
        widths: how many circuits each client has compiled at a time, one entry a client.
        options: more arguments of each Compiler, its keys for example.
    """

    def __init__(self, port: int, seed: int, widths: tuple[int, ...], **options: Any) -> None:
        self.done = 0
        self.problems: list[str] = []
        self._port, self._seed, self._options = port, seed, options
        self._enough = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._client, args=(number, width), daemon=True)
            for number, width in enumerate(widths)
        ]
        for thread in self._threads:
            thread.start()

    def ends(self, seconds: float) -> None:
        """Lets the clients finish what they have begun.

        Raises:
            AssertionError: a circuit differs, or an error came, or they did not finish in time.
        """
        self._enough.set()
        for thread in self._threads:
            thread.join(seconds)
        waiting = sum(thread.is_alive() for thread in self._threads)
        assert not self.problems, "\n".join(self.problems)
        assert not waiting, f"{waiting} clients still wait for a result"

    def _client(self, number: int, width: int) -> None:
        try:
            with Compiler("127.0.0.1", self._port, **self._options) as compiler:
                turn = 0
                while turn == 0 or not self._enough.is_set():
                    self._turn(compiler, [f"{self._seed} {number} {turn} {slot}" for slot in range(width)])
                    turn += 1
        except Exception:
            self.problems.append(f"client {number}: {traceback.format_exc()}")

    def _turn(self, compiler: Compiler, seeds: list[str]) -> None:
        circuits = [random_circuit(seed) for seed in seeds]
        tasks = [
            compiler.submit(circuit, build_workflow(circuit, synthesis_epsilon=EPSILON))
            for circuit in circuits
        ]
        for seed, circuit, task in zip(seeds, circuits, tasks, strict=True):
            apart = distance(compiler.result(task), circuit)
            if not apart < TOLERANCE:
                self.problems.append(f"the circuit of {seed!r} differs by {apart} from its input")
            with self._lock:
                self.done += 1
