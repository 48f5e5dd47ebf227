#!/usr/bin/env bash
# cloudpickle 3.1.1: a function of a script (module __main__) is pickled with its code. With functools.cache around it
# it is pickled by its name alone, without an error, and no other process has that; so is a typing.NewType. A
# function that calls one, or names it in a hint, brings the same along.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
python_with cloudpickle==3.1.1
cat >"$folder/write.py" <<'PYTHON'
import functools
import sys
import typing

import cloudpickle


def plain(number):
    return number + 1


@functools.cache
def cached(number):
    return number + 1


def calls_cached(number):
    return cached(number)


Count = typing.NewType("Count", int)


def hinted(number: Count):
    return number + 1


for function in (plain, cached, calls_cached, hinted):
    with open(f"{sys.argv[1]}/{function.__name__}", "wb") as file:
        cloudpickle.dump(function, file)
PYTHON
cat >"$folder/read.py" <<'PYTHON'
import pickle
import sys

for name in ("plain", "cached", "calls_cached", "hinted"):
    try:
        with open(f"{sys.argv[1]}/{name}", "rb") as file:
            print(f"{name}: {pickle.load(file)(1)}")
    except AttributeError as error:
        print(f"{name}: AttributeError: {error}".replace(sys.argv[0], "read.py"))
PYTHON
"$python" "$folder/write.py" "$folder"
no_name="AttributeError: Can't get attribute"
expect "plain: 2
cached: $no_name 'cached' on <module '__main__' from 'read.py'>
calls_cached: $no_name 'cached' on <module '__main__' from 'read.py'>
hinted: $no_name 'Count' on <module '__main__' from 'read.py'>" "$("$python" "$folder/read.py" "$folder")"
