#!/usr/bin/env bash
# BQSKit 1.2.1: a worker that hears CANCEL for a task, and then its SUBMIT, begins the task, passes it over when it is
# its turn, and keeps it, with its arguments, as long as it lives. It also remembers each address that was ever cancelled.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
python_with bqskit==1.2.1
cat >"$folder/worker.py" <<'PYTHON'
import os
import sys
import threading
from multiprocessing import Pipe

from bqskit.runtime.address import RuntimeAddress
from bqskit.runtime.message import RuntimeMessage
from bqskit.runtime.task import RuntimeTask
from bqskit.runtime.worker import Worker

above, below = Pipe()
worker = Worker(0, below)
threading.Thread(target=worker._loop, daemon=True).start()


async def task(argument: bytes) -> int:
    return len(argument)


def said(kind: RuntimeMessage) -> object:
    """The next message of this kind."""
    while True:
        message, payload = above.recv()
        if message == kind:
            return payload


def submit(number: int) -> None:
    address = RuntimeAddress(-1, number, 0)
    above.send((RuntimeMessage.SUBMIT, RuntimeTask((task, (bytes(1000),), {}), address, number, ())))


for number in range(3):
    above.send((RuntimeMessage.CANCEL, RuntimeAddress(-1, number, 0)))
    submit(number)
submit(3)
result = said(RuntimeMessage.RESULT)
said(RuntimeMessage.WAITING)  # nothing is left to do
print(f"the last one's result: {result.result}")
print(f"tasks that the idle worker keeps: {[address.mailbox_index for address in worker._tasks]}")
print(f"addresses that it remembers: {len(worker._cancelled_task_ids)}")
sys.stdout.flush()
os._exit(0)  # its receiving thread ends with the process
PYTHON
expect "the last one's result: 1000
tasks that the idle worker keeps: [0, 1, 2]
addresses that it remembers: 3" "$("$python" "$folder/worker.py" 2>&1)"
