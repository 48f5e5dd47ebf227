"""Functions of a script, which use what it defines, on workers of each runtime."""

from __future__ import annotations

import base64
import functools
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NewType

import pytest

from mailroom import _code
from real import BIN, needed
from worker_boss import SOURCES, Boss

pytestmark = pytest.mark.timeout(300)

SCRIPT = """
import base64, datetime, enum, functools, math, sys, typing, weakref
from dataclasses import dataclass
from mailroom._base import bodies
from mailroom.worker import get_runtime

SCALE = 3
RUNTIME = sys.argv[1]

class Unit(enum.Enum):
    CM = 1
    M = 100

@dataclass
class Length:
    number: float
    unit: Unit = Unit.CM

    def cm(self):
        return scaled(self.number * self.unit.value)

class TooLong(Exception):
    def __init__(self, length, most):
        super().__init__(f"{length} is more than {most}")
        self.length, self.most = length, most

class Point:
    __slots__ = ("x", "__hidden", "__weakref__")

    def __init__(self, x):
        self.x, self.__hidden = x, 3

    def sum(self):
        return self.x + self.__hidden

class Place(Point):
    __slots__ = "y"

class Pair(typing.NamedTuple):
    first: int

P, T = typing.ParamSpec("P"), typing.TypeVar("T")

def typed(function: typing.Callable[P, T]) -> typing.Callable[P, T]:
    @functools.wraps(function)
    def call(*args: P.args, **options: P.kwargs) -> T:
        return function(*args, **options)
    return call

@typed
def is_decorated(number):
    return typed(scaled)(number)

def gives_one_with_slots(number):
    place = Place(Pair(number).first)
    place.y = 5
    return place

def scaled(number):
    return SCALE * math.floor(number)

def calls_another(number):
    return scaled(number)

def gives_its_own(number):
    return Length(number, Unit.M)

def takes_its_own(length):
    return length.cm()

def raises_its_own(number):
    raise TooLong(number, SCALE)

def closure(factor):
    return lambda number: factor * scaled(number)

@functools.lru_cache(maxsize=8)
def cached(number):
    return number if number < 2 else cached(number - 1) + cached(number - 2)

def calls_a_cached_one(number):
    return cached(number) + cached.cache_info().maxsize + cached.cache_parameters()["typed"]

class Lazy:
    @functools.cached_property
    def scale(self):
        return scaled(2)

    @functools.cache
    def twice(self):
        return 2 * self.scale

    @functools.singledispatchmethod
    def kind(self, value):
        return "any"

    @kind.register
    def _(self, value: int):
        return "int"

@functools.singledispatch
def kind(value):
    return "any"

@kind.register(int)
def _(value):
    return "int"

kind(1)  # which it remembers
Number = typing.NewType("Number", int)
OBJECTS = weakref.WeakValueDictionary()

def uses_what_is_looked_up_late(number):
    lazy = Lazy()
    return [lazy.twice(), lazy.kind(1), lazy.kind(""), kind(2), kind(""), Number(number), len(OBJECTS)]

def map_one(function, number):
    return function(number)

def gives_a_cached_one():
    return cached

async def submits(number):
    if RUNTIME == "bqskit":
        from bqskit.runtime import get_runtime
    else:
        from mailroom.worker import get_runtime
    lengths = await get_runtime().map(gives_its_own, [number, number + 1])
    return [length.cm() for length in lengths] + [await get_runtime().submit(takes_its_own, Length(2.5))]

class Planet(enum.Enum):
    EARTH = 6e24, 6.4e6
    MARS = 6.4e23, 3.4e6
    TERRA = 6e24, 6.4e6

    def __init__(self, mass, radius):
        self.mass, self.radius = mass, radius

class Labelled(enum.Enum):
    def __new__(cls, value, label):
        made = object.__new__(cls)
        made._value_, made.label = value, label
        return made

class Spin(Labelled):
    UP = 1, "up"

class Axis(bytes, enum.Enum):
    X = 0, "x axis"

    def __new__(cls, value, label):
        made = bytes.__new__(cls, [value])
        made._value_, made.label = value, label
        return made

class Mode(enum.IntFlag):
    READ = 4
    WRITE = 2
    BOTH = 6

class Period(datetime.timedelta, enum.Enum):
    WEEK = 7

class Operator(enum.Enum):
    ADD = "+", lambda one, other: one + other

    def __init__(self, sign, function):
        self.sign, self.function = sign, function

def uses_its_enums(earth, add):
    return [
        *(earth.mass, Planet((6.4e23, 3.4e6)).radius, Planet["TERRA"] is earth, list(Planet.__members__)),
        *(Spin.UP.label, Spin(1) is Spin.UP, Axis.X.label, Axis(0) is Axis.X, bytes(Axis.X), Axis.X.value),
        *(Mode["BOTH"].name, (Mode.READ | Mode.WRITE) is Mode.BOTH, Period.WEEK.days),
        *(add.function(2, 3), add is Operator.ADD),
    ]

CALLS = {
    "uses_its_enums": (uses_its_enums, (Planet.EARTH, Operator.ADD)),
    "calls_another": (calls_another, (2.5,)), "gives_its_own": (gives_its_own, (2,)),
    "takes_its_own": (takes_its_own, (Length(2, Unit.M),)), "raises_its_own": (raises_its_own, (7,)),
    "closure": (closure(10), (2.5,)), "submits": (submits, (1,)), "cached": (cached, (10,)),
    "calls_a_cached_one": (calls_a_cached_one, (10,)), "takes_a_cached_one": (map_one, (cached, 10)),
    "uses_what_is_looked_up_late": (uses_what_is_looked_up_late, (5,)),
    "gives_a_cached_one": (gives_a_cached_one, ()), "is_decorated": (is_decorated, (2.5,)),
    "gives_one_with_slots": (gives_one_with_slots, (2,)),
}
for name, (function, args) in CALLS.items():
    one = bodies.call(RUNTIME, function, args, {})
    calls = bodies.Calls(RUNTIME, function)
    shared, (rest,) = calls.bodies([calls.rest(args)])
    many = shared + rest
    print(name, base64.b64encode(one).decode(), base64.b64encode(many).decode())
"""


@pytest.fixture(scope="module", params=["python", "bqskit"])
def runtime(request: pytest.FixtureRequest, only_python: bool) -> str:
    if only_python and request.param == "bqskit":
        pytest.skip("this worker runs no BQSKit")
    return str(request.param)


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory, runtime: str) -> dict[str, list[bytes]]:
    """The bodies that a script makes, as submit and as map make them."""
    script = tmp_path_factory.mktemp("script") / "sweep.py"
    script.write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    done = subprocess.run(
        [sys.executable, str(script), runtime], env=environment, capture_output=True, text=True, check=True
    )
    lines = (line.split() for line in done.stdout.splitlines())
    return {name: list(map(base64.b64decode, made)) for name, *made in lines}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("calls_another", 6),
        ("takes_its_own", 600),
        ("closure", 60),
        ("is_decorated", 6),
        ("submits", [300, 600, 6]),
        ("cached", 55),
        ("calls_a_cached_one", 63),
        ("takes_a_cached_one", 55),
        (
            "uses_its_enums",
            [
                *(6e24, 3.4e6, True, ["EARTH", "MARS", "TERRA"]),
                *("up", True, "x axis", True, b"\0", 0, "BOTH", True, 7, 5, True),
            ],
        ),
        ("uses_what_is_looked_up_late", [12, "int", "any", "int", "any", 5, 0]),
    ],
)
def test_a_function_uses_what_its_script_defines(
    pair: Boss, calls: dict[str, list[bytes]], runtime: str, name: str, value: Any
) -> None:
    for body in calls[name]:
        assert pair.result(pair.submit(name, body, runtime=runtime)) == value


def test_a_script_s_own_classes_come_back(pair: Boss, calls: dict[str, list[bytes]], runtime: str) -> None:
    for name, kind in (("gives_its_own", "Length"), ("raises_its_own", "TooLong")):
        root = pair.submit(name, calls[name][0], runtime=runtime)
        value = pair.result(root) if name == "gives_its_own" else pair.error(root)
        assert type(value).__name__ == kind


def test_one_with_slots_comes_back(pair: Boss, calls: dict[str, list[bytes]], runtime: str) -> None:
    """As such, or the script, where it has slots, could not take what it has."""
    place = pair.result(pair.submit("gives", calls["gives_one_with_slots"][0], runtime=runtime))
    assert (place.y, place.sum()) == (5, 5)
    assert not hasattr(place, "__dict__")


PASS = """
import dataclasses, enum
from bqskit.compiler import BasePass
from bqskit.ir import Circuit
from bqskit.ir.gates import HGate
from bqskit.runtime import get_runtime
from mailroom import LocalCluster
from mailroom.bqskit import Compiler

class Mode(enum.Enum):
    FAST = 1, "fast"

    def __init__(self, number, text):
        self.number, self.text = number, text

@dataclasses.dataclass
class Found:
    mode: Mode
    values: list

class TooDeep(Exception):
    def __init__(self, depth):
        super().__init__(f"depth {depth}")
        self.depth = depth

def squared(number):
    return TooDeep(number ** 2)

class Search(BasePass):
    def __init__(self, mode):
        self.mode, self.plus = mode, lambda number: number + mode.number

    async def run(self, circuit, data):
        circuit.append_gate(HGate(), 0)
        data["found"] = Found(self.mode, [self.plus(1)])
        data["errors"] = await get_runtime().map(squared, range(3))

with LocalCluster(1, runtime="bqskit") as cluster, Compiler(cluster.address) as compiler:
    circuit, data = compiler.compile(Circuit(1), [Search(Mode.FAST)], request_data=True)
    assert data["found"] == Found(Mode.FAST, [2]), data["found"]
    assert all(type(error) is TooDeep for error in data["errors"]), data["errors"]
    print(circuit.num_operations, data["found"].mode is Mode.FAST, *data["errors"])
"""


@needed
def test_a_pass_of_a_script_gives_its_script_s_classes(tmp_path: Path) -> None:
    """BQSKit pickles passes by dill within other pickles, and copies them by dill where they run."""
    pytest.importorskip("bqskit")
    (tmp_path / "compiles.py").write_text(PASS)
    environment = {**os.environ, "PYTHONPATH": str(SOURCES), "MAILROOM_BIN": str(BIN)}
    done = subprocess.run(
        [sys.executable, str(tmp_path / "compiles.py")], env=environment, capture_output=True, text=True
    )
    assert done.stdout == "1 True depth 0 depth 1 depth 4\n", done.stderr


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python has no `type` statement")
def test_a_script_s_own_names_for_types() -> None:
    script: dict[str, Any] = {"__name__": "__main__"}
    exec("type Numbers[T] = list[T]\ndef made[*Ts](*those: *Ts) -> Numbers[int]: return [1]", script)
    for name in ("Numbers", "made"):
        assert _code.loads(_code.dumps(script[name])).__name__ == name


def test_a_function_that_remembers_comes_back(
    pair: Boss, calls: dict[str, list[bytes]], runtime: str
) -> None:
    cached = pair.result(pair.submit("gives", calls["gives_a_cached_one"][0], runtime=runtime))
    assert cached(10) == 55
    assert cached.cache_info().maxsize == 8


def test_what_a_worker_finds_goes_by_its_name() -> None:
    assert _code.of(_code.dumps([functools.lru_cache, loads_once])) is None
    assert _code.loads(_code.dumps(loads_once)) is loads_once
    assert _code.loads(_code.dumps(Named)) is Named


@functools.cache
def loads_once(number: int) -> int:
    return number


Named = NewType("Named", int)
