#!/usr/bin/env bash
# libzmq 4.3.5 (in pyzmq 27.1.0's wheel): a second process binds an ipc path that a living one listens at. It succeeds,
# without a word to either; who connects from then on reaches the second, and the first hears nobody any more.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
python_with pyzmq==27.1.0
cat >"$folder/try.py" <<'END'
import sys
import zmq

path = f"ipc://{sys.argv[1]}/socket"


def listener():
    socket = zmq.Context().socket(zmq.PULL)
    socket.setsockopt(zmq.RCVTIMEO, 2000)
    socket.bind(path)
    return socket


first = listener()
second = listener()
print("libzmq", zmq.zmq_version(), "the second bind raises nothing")
client = zmq.Context().socket(zmq.PUSH)
client.connect(path)
client.send(b"hello")
for name, socket in (("second", second), ("first", first)):
    try:
        print(name, "hears", socket.recv().decode())
    except zmq.Again:
        print(name, "hears nothing")
END
expect 'libzmq 4.3.5 the second bind raises nothing
second hears hello
first hears nothing' "$("$python" "$folder/try.py" "$folder")"
