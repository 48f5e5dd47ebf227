#!/usr/bin/env bash
# cloudpickle 3.1.1, Python 3.11: an Enum of a script (module __main__) is pickled by the values of its members, and made anew from
# these before it has its methods. What its __init__ gave the members is not there in another process, an alias and a
# named sum of flags are no names of it any more, and where __new__ is inherited it cannot be unpickled at all.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
python_with cloudpickle==3.1.1
cat >"$folder/write.py" <<'PYTHON'
import enum
import sys

import cloudpickle


class Basis(enum.Enum):
    X = (0, 1)
    Z = (1, 0)
    FIRST = (0, 1)  # an alias of X

    def __init__(self, on, off):
        self.weight = on + 2 * off


class Options(enum.Flag):
    FAST = 1
    EXACT = 2
    BOTH = 3


class Coded(enum.Enum):
    def __new__(cls, code, text):
        member = object.__new__(cls)
        member._value_ = code
        member.text = text
        return member


class Error(Coded):
    LOST = (1, "was lost")


for kind in (Basis, Options, Error):
    with open(f"{sys.argv[1]}/{kind.__name__}", "wb") as file:
        cloudpickle.dump(kind, file)
print(Basis.X.weight, "FIRST" in Basis.__members__, "BOTH" in Options.__members__, Error.LOST.text, sep=", ")
PYTHON
cat >"$folder/read.py" <<'PYTHON'
import pickle
import sys


def load(name):
    with open(f"{sys.argv[1]}/{name}", "rb") as file:
        return pickle.load(file)


print(hasattr(load("Basis").X, "weight"))
print("FIRST" in load("Basis").__members__)
print("BOTH" in load("Options").__members__)
try:
    print(load("Error").LOST.text)
except Exception as error:
    print(f"{type(error).__name__}: {error}")
PYTHON
expect "2, True, True, was lost" "$("$python" "$folder/write.py" "$folder")"
expect "False
False
False
TypeError: Coded.__new__() missing 1 required positional argument: 'text'" "$("$python" "$folder/read.py" "$folder")"
