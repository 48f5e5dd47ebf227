# mypy: disable-error-code="import-untyped"
"""mailroom against BQSKit's own server and manager: as a router, and as what a user of BQSKit waits for."""

from __future__ import annotations

import math
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import router_bench
from programs import Programs, Route, Run, free_port, read_run
from table import Figure

if TYPE_CHECKING:
    from bqskit import Circuit
    from bqskit.compiler import Compiler

BESIDE = Path(sys.executable).parent
"""Where pip puts the programs of a package."""
WORKERS = 2
SEED = 7
OUTSTANDING = 64
BLAS = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")}


def _python(program: str) -> list[str | Path]:
    return [sys.executable, Path(__file__).with_name(program)]


# --- the server alone


def _server(programs: Programs) -> Callable[[float], Run]:
    """BQSKit's server with a manager that does nothing; how to measure it for some seconds."""
    below, port = free_port(), free_port()
    programs.start(*_python("bqskit_load.py"), "manager", str(below))
    programs.await_port(below)
    server = programs.start(BESIDE / "bqskit-server", "-p", str(port), f"127.0.0.1:{below}")
    programs.await_port(port)
    client = [*map(str, _python("bqskit_load.py")), "client", str(port), "--watch", str(server)]
    return lambda seconds: read_run([*client, "--outstanding", str(OUTSTANDING), "--seconds", str(seconds)])


def server(programs: Programs, quick: bool) -> Iterator[Figure]:
    """64 tasks of 1 KiB outstanding, employees that do nothing on both sides."""
    seconds = 1.0 if quick else 3.0
    route: Route = router_bench.broker_route(programs)
    measure_server = _server(programs)
    settings = ("--outstanding", OUTSTANDING, "--body", 1024, "--seconds", seconds)
    pair = router_bench.in_turn(
        3 if quick else 5,
        partial(programs.measure, route, *settings),
        partial(measure_server, seconds),
    )
    name = f"BQSKit's server, {OUTSTANDING} outstanding, 1 KiB"
    yield pair.figure(name, "rate", "tasks/s", ">= 30")
    yield pair.figure(f"{name}: CPU", "cpu", "us/task")


# --- with BQSKit's workers


def _bqskit(programs: Programs) -> int:
    """BQSKit's manager and server with workers; the server's port."""
    port, below, workers = free_port(), free_port(), free_port()
    programs.start(
        BESIDE / "bqskit-manager", "-n", str(WORKERS), "-p", str(below), "-w", str(workers), environment=BLAS
    )
    programs.await_port(below)
    programs.start(BESIDE / "bqskit-server", "-p", str(port), f"127.0.0.1:{below}")
    programs.await_port(port)
    return port


def _mailroom(programs: Programs) -> int:
    """mailroomd and mailroom-shim with as many workers; the broker's port."""
    port, below = free_port(), free_port()
    path = {"PATH": f"{BESIDE}{os.pathsep}{os.environ['PATH']}"}
    shim = programs.build / "bin" / "mailroom-shim"
    programs.start(shim, "-n", str(WORKERS), "-p", str(below), environment={**BLAS, **path})
    programs.await_port(below)
    programs.start(programs.build / "bin" / "mailroomd", "-p", str(port), f"127.0.0.1:{below}")
    programs.await_port(port)
    return port


def _compilers(programs: Programs) -> tuple[Compiler, Compiler]:
    """A compiler over mailroom and BQSKit's own."""
    import bqskit.compiler
    import mailroom.bqskit
    from bqskit_load import no_delay

    mine = mailroom.bqskit.Compiler("127.0.0.1", _mailroom(programs))
    other = bqskit.compiler.Compiler("127.0.0.1", _bqskit(programs))
    assert other.conn is not None
    no_delay(other.conn)
    return mine, other


def _transform(qubits: int) -> Circuit:
    """The quantum Fourier transform, as textbooks draw it."""
    from bqskit import Circuit
    from bqskit.ir.gates import CPGate, HGate, SwapGate

    circuit = Circuit(qubits)
    for target in range(qubits):
        circuit.append_gate(HGate(), target)
        for control in range(target + 1, qubits):
            circuit.append_gate(CPGate(), (control, target), [math.pi / 2 ** (control - target)])
    for low in range(qubits // 2):
        circuit.append_gate(SwapGate(), (low, qubits - 1 - low))
    return circuit


def _compile(compiler: Compiler, qubits: int, level: int) -> float:
    """Seconds that a user waits for a compile."""
    from bqskit import compile as bqskit_compile

    begin = time.perf_counter()
    bqskit_compile(_transform(qubits), optimization_level=level, seed=SEED, compiler=compiler)
    return time.perf_counter() - begin


def _compiles(
    name: str, qubits: int, level: int, target: str, programs: Programs, quick: bool
) -> Iterator[Figure]:
    mine, other = _compilers(programs)
    for compiler in (mine, other):
        _compile(compiler, qubits - 1 if level > 1 else qubits, level)  # warms the workers
    times: list[tuple[float, float]] = []
    for turn in range(3 if quick else 5):
        if turn % 2 == 0:
            times.append((_compile(mine, qubits, level), _compile(other, qubits, level)))
        else:
            second = _compile(other, qubits, level)
            times.append((_compile(mine, qubits, level), second))
    mine.close()
    other.close()
    medians = [statistics.median(column) for column in zip(*times, strict=True)]
    yield Figure(name, medians[0], medians[1], "s", statistics.median(a / b for a, b in times), target)


def compile_1(programs: Programs, quick: bool) -> Iterator[Figure]:
    """A compile of two seconds."""
    yield from _compiles("compile: 5 qubits, level 1", 5, 1, "<= 0.66", programs, quick)


def compile_3(programs: Programs, quick: bool) -> Iterator[Figure]:
    """A compile of fifteen seconds, nearly all of it in the workers; left out of quick runs."""
    if not quick:
        yield from _compiles("compile: 4 qubits, level 3", 4, 3, "<= 1.0", programs, quick)


def _noops(compiler: Compiler, count: int) -> float:
    """Compilations a second that do nothing, 64 outstanding, by a user's code."""
    from bqskit import Circuit
    from bqskit.passes import NOOPPass

    circuit, begin = Circuit(1), time.perf_counter()
    for _ in range(count // OUTSTANDING):
        for task in [compiler.submit(circuit, [NOOPPass()]) for _ in range(OUTSTANDING)]:
            compiler.result(task)
    return count / (time.perf_counter() - begin)


def noops(programs: Programs, quick: bool) -> Iterator[Figure]:
    """The same Python client code and BQSKit's workers at both ends, so that Python is the bound."""
    mine, other = _compilers(programs)
    count = OUTSTANDING * (4 if quick else 10)
    rates: list[tuple[float, float]] = []
    for turn in range(6):
        pair = _noops(mine, count), _noops(other, count)
        if turn > 0:  # the first one warms
            rates.append(pair)
    mine.close()
    other.close()
    medians = [statistics.median(column) for column in zip(*rates, strict=True)]
    ratio = statistics.median(a / b for a, b in rates)
    yield Figure("compiles that do nothing, 2 workers", medians[0], medians[1], "tasks/s", ratio, ">= 2.0")


BENCHMARKS: dict[str, Callable[[Programs, bool], Iterator[Figure]]] = {
    "server": server,
    "noops": noops,
    "compile-1": compile_1,
    "compile-3": compile_3,
}
