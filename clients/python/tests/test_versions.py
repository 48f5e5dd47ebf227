"""Code goes to workers of the same Python only, and comes back as such; what is called by name goes to any.

The other Python is a worker that says it is one (other_python.py): nothing is run that could end it.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import importlib.util
import pickle
import platform
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cloudpickle  # type: ignore[import-untyped]
import dill  # type: ignore[import-untyped]
import pytest

import mailroom
import real
import version_tasks as tasks
from mailroom import _code
from mailroom._base import bodies

pytestmark = [real.needed, pytest.mark.timeout(300)]

TIMEOUT = 60.0
OTHER = (4_242, "3.99.1")
HERE = f"python/{_code.MAGIC}"
LOOPS = ["small", "bqskit"]


def start(programs: real.Programs, loop: str, *others: bool) -> list[int]:
    """Shims with two workers, of this Python or of the other one."""
    only = () if loop == "bqskit" else ("--only-python",)
    worker, file = (sys.executable, "-m", "mailroom.worker"), Path(__file__).with_name("other_python.py")
    made_up = (sys.executable, file, *OTHER)
    return [
        programs.start("mailroom-shim", "-n", 2, "--", *(made_up if other else worker), *only)[1]
        for other in others
    ]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[real.Programs]:
    programs = real.Programs(tmp_path_factory.mktemp("versions"))
    yield programs
    programs.stop()


@pytest.fixture(params=LOOPS, scope="module")
def loop(request: pytest.FixtureRequest) -> str:
    if request.param == "bqskit" and importlib.util.find_spec("bqskit") is None:
        pytest.skip("BQSKit is not installed")
    return str(request.param)


@pytest.fixture(scope="module")
def others(programs: real.Programs, loop: str) -> Iterator[mailroom.Client]:
    """A client of a cluster whose workers all have the other Python."""
    _, port = programs.start_broker(*start(programs, loop, True))
    with mailroom.Client(f"127.0.0.1:{port}") as client:
        yield client


@pytest.fixture(scope="module")
def mixed(programs: real.Programs, loop: str) -> Iterator[mailroom.Client]:
    """A client of a cluster with two workers of each."""
    _, port = programs.start_broker(*start(programs, loop, True, False))
    with mailroom.Client(f"127.0.0.1:{port}") as client:
        while client.counts(TIMEOUT).get(f"runtime {HERE}", 0) == 0 or client.counts(TIMEOUT)["workers"] < 4:
            pass
        yield client


def check_names_both(error: BaseException | None) -> None:
    assert isinstance(error, mailroom.OtherVersion)
    for word in (str(OTHER[0]), OTHER[1], str(_code.MAGIC), platform.python_version()):
        assert word in str(error)


def test_the_number_is_that_of_the_bytecode() -> None:
    assert _code.MAGIC.to_bytes(2, "little") == importlib.util.MAGIC_NUMBER[:2]


def test_code_fails_at_once_where_workers_have_another_python(others: mailroom.Client) -> None:
    check_names_both(others.submit(lambda a: 1 < a < 10, 5).exception(TIMEOUT))
    for future in others.map(lambda a: 1 < a < 10, range(3)).futures:
        check_names_both(future.exception(TIMEOUT))
    check_names_both(others.submit(max, [1, 2], key=lambda a: -a).exception(TIMEOUT))
    check_names_both(others.options(runtime="python").submit(lambda: 1).exception(TIMEOUT))


def test_code_of_an_executor_does_the_same(others: mailroom.Client, mixed: mailroom.Client) -> None:
    with mailroom.Executor(client=others) as executor:
        check_names_both(executor.submit(lambda a: 1 < a < 10, 5).exception(TIMEOUT))
        check_names_both(executor.submit(max, [1, 2], key=lambda a: -a).exception(TIMEOUT))
        assert executor.submit(pow, 2, 10).result(TIMEOUT) == 1024
    with mailroom.Executor(client=mixed) as executor:
        futures = [executor.submit(lambda: _code.MAGIC) for _ in range(40)]
        assert {future.result(TIMEOUT) for future in futures} == {_code.MAGIC}
        assert set(executor.map(lambda _: _code.MAGIC, range(40), chunksize=3)) == {_code.MAGIC}


def test_what_is_called_by_name_runs_anywhere(others: mailroom.Client) -> None:
    assert others.submit(pow, 2, 10).result(TIMEOUT) == 1024
    assert others.map(pow, range(3), [2] * 3).result(TIMEOUT) == [0, 1, 4]
    assert others.submit(tasks.add_by_child, 1, 2).result(TIMEOUT) == 3


def test_code_goes_to_who_can_run_it(mixed: mailroom.Client) -> None:
    assert set(mixed.map(lambda _: _code.MAGIC, range(40)).result(TIMEOUT)) == {_code.MAGIC}
    assert mixed.submit(max, [1, 2], key=lambda a: -a).result(TIMEOUT) == 1
    counts = mixed.counts(TIMEOUT)
    assert (counts["runtime python"], counts[f"runtime {HERE}"]) == (2, 1)
    assert counts[f"runtime python/{OTHER[0]}"] == 1


def test_a_child_with_code_goes_to_its_parents_python(mixed: mailroom.Client) -> None:
    for _ in range(5):
        assert mixed.submit(tasks.magic_of_children, 20).result(TIMEOUT) is True


def test_a_result_with_code_is_not_unpickled_by_another_python(others: mailroom.Client) -> None:
    check_names_both(others.submit(tasks.give_code).exception(TIMEOUT))
    error = others.submit(tasks.raise_of_a_class_by_value).exception(TIMEOUT)
    assert isinstance(error, mailroom.TaskFailed)  # its text is what remains of it
    assert "by value" in str(error)
    assert OTHER[1] in str(error)


def test_a_result_with_code_comes_back_to_the_same_python(mixed: mailroom.Client) -> None:
    made = mixed.submit(lambda: lambda a: 1 < a < 10).result(TIMEOUT)
    assert [made(a) for a in (0, 5, 10)] == [False, True, False]


def test_a_worker_does_not_run_code_of_another_python(
    others: mailroom.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it comes through a broker that knows nothing of versions."""
    monkeypatch.setattr(others._mail, "versions", False)
    check_names_both(others.submit(lambda a: 1 < a < 10, 5).exception(TIMEOUT))
    check_names_both(others.submit(max, [1, 2], key=lambda a: -a).exception(TIMEOUT))


@pytest.fixture
def compiler(others: mailroom.Client, loop: str) -> Iterator[Any]:
    """A compiler whose workers all have the other Python."""
    if loop != "bqskit":
        pytest.skip("small workers compile nothing")
    from mailroom.bqskit import Compiler

    with Compiler(others.address) as compiler:
        yield compiler


def test_a_stock_compilation_runs_anywhere(compiler: Any) -> None:
    from bqskit import Circuit
    from bqskit.compiler.compile import build_workflow
    from bqskit.ir.gates import CNOTGate

    circuit = Circuit(2)
    circuit.append_gate(CNOTGate(), (0, 1))
    compiled = compiler.compile(circuit, build_workflow(circuit, optimization_level=1))
    assert compiled.get_unitary().get_distance_from(circuit.get_unitary()) < 1e-6


def test_a_pass_of_a_script_does_not(compiler: Any) -> None:
    from bqskit import Circuit
    from bqskit.passes import ForEachBlockPass, NOOPPass

    workflow = [ForEachBlockPass([NOOPPass()], collection_filter=lambda op: True)]
    with pytest.raises(RuntimeError) as raised:
        compiler.compile(Circuit(1), workflow)
    check_names_both(raised.value.__cause__)


def by_value() -> Any:
    module = types.ModuleType("nowhere")
    exec("class Odd(int):\n    def twice(self):\n        return 2 * self\n", module.__dict__)
    return module.__dict__["Odd"]


class Colour(enum.Enum):
    RED = 1


HOLD = {
    "a lambda": lambda: lambda a: a,
    "a class": by_value,
    "an object of a class": lambda: by_value()(3),
    "deep inside": lambda: {"a": [1, (2, {"b": by_value()})]},
}
HOLD_NONE = {
    "a function of a module": lambda: pow,
    "a class of a module": lambda: Colour,
    "values": lambda: [1, "mailroom code", b"x" * 3_000_000],
    "the text of a mark": lambda: "mailroom code 4242 3.99.1",
}


@dataclasses.dataclass
class Wrapped:
    """Pickles what it has by itself, as BQSKit's workflows do."""

    value: Any
    by: str

    def __getstate__(self) -> bytes:
        return bytes(sys.modules[self.by].dumps(self.value))

    def __setstate__(self, state: bytes) -> None:
        self.value = dill.loads(state)


@pytest.mark.parametrize("by", ["dill", "cloudpickle"])
@pytest.mark.parametrize("dumps", [_code.dumps, _code.dumps_by_pickle, _code.dumps_by_dill])
def test_code_that_is_pickled_within_is_seen(by: str, dumps: Any) -> None:
    assert _code.of(dumps([Wrapped(lambda a: a, by)])) is not None
    assert _code.of(dumps([Wrapped(pow, by)])) is None  # and nothing of before is left


@pytest.mark.parametrize("dumps", [_code.dumps, _code.dumps_by_dill], ids=["cloudpickle", "dill"])
@pytest.mark.parametrize("make", HOLD.values(), ids=HOLD)
def test_what_holds_code_is_marked_and_read_by_all(make: Any, dumps: Any) -> None:
    pickled = dumps(make())
    assert _code.of(pickled) == (_code.MAGIC, platform.python_version())
    for loads in (_code.loads, pickle.loads, dill.loads, cloudpickle.loads):
        assert type(loads(pickled)).__name__ == type(make()).__name__


@pytest.mark.parametrize("dumps", [_code.dumps, _code.dumps_by_dill], ids=["cloudpickle", "dill"])
@pytest.mark.parametrize("make", HOLD_NONE.values(), ids=HOLD_NONE)
def test_what_holds_none_is_not_marked(make: Any, dumps: Any) -> None:
    assert _code.of(dumps(make())) is None
    assert bodies.runtime_for("python", dumps(make())) == "python"


def test_only_runtimes_of_pickles_have_versions() -> None:
    body = bodies.call("python", lambda: 1, (), {})
    assert bodies.runtime_for("python", b"", body) == HERE
    assert bodies.runtime_for("bqskit", body) == f"bqskit/{_code.MAGIC}"
    assert bodies.runtime_for("plain", body) == "plain"


def _of_a_map(function: object, *arguments: tuple[object, ...]) -> list[bytes]:
    """The whole bodies of a map's tasks."""
    calls = bodies.Calls("python", function)
    shared, rests = calls.bodies([calls.rest(args) for args in arguments])
    return [shared + rest for rest in rests]


def test_each_body_of_a_map_is_marked_with_its_function() -> None:
    assert all(_code.of(body) for body in _of_a_map(lambda a: a, (1,), (2,)))
    assert all(_code.of(body) for body in _of_a_map(abs, (1,), (lambda a: a,)))
    assert not any(_code.of(body) for body in _of_a_map(abs, (1,), (2,)))


@pytest.mark.parametrize("loads", [pickle.loads, pickle._loads, dill.loads])  # type: ignore[attr-defined]
def test_what_the_bodies_of_a_map_begin_with_and_their_rest_are_one_pickle(
    loads: Callable[[bytes], Any],
) -> None:
    for body, number in zip(_of_a_map(lambda a: 2 * a, (1,), (2,)), (1, 2), strict=True):
        function, args, kwargs = loads(body)
        assert (function(*args), args, kwargs) == (2 * number, (number,), {})
    large = bytes(100_000)
    calls = bodies.Calls("bqskit", functools.partial(max, large))
    assert len(calls.shared) > len(large)
    assert len(calls.rest((large[:10],))) < 200
