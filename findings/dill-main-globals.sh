#!/usr/bin/env bash
# dill 0.4.0, its defaults: a function of a script (module __main__) that uses the script's globals is pickled without
# them. Another process unpickles it without an error, and calling it raises NameError. With recurse=True they travel.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
python_with dill==0.4.0
cat >"$folder/write.py" <<'END'
import sys
import dill

factor = 3


def times(number):
    return factor * number


for name, options in (("default", {}), ("recurse", {"recurse": True})):
    with open(f"{sys.argv[1]}/{name}", "wb") as file:
        dill.dump(times, file, **options)
END
cat >"$folder/read.py" <<'END'
import sys
import dill

for name in ("default", "recurse"):
    with open(f"{sys.argv[1]}/{name}", "rb") as file:
        function = dill.load(file)
    try:
        print(f"{name}: {function(2)}")
    except NameError as error:
        print(f"{name}: unpickled, then NameError: {error}")
END
"$python" "$folder/write.py" "$folder"
expect "default: unpickled, then NameError: name 'factor' is not defined
recurse: 6" "$("$python" "$folder/read.py" "$folder")"
