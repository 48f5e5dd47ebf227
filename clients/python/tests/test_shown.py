"""What others say reaches no terminal with what could move its cursor, or hide what stands there."""

from __future__ import annotations

import logging
import pickle
import traceback

import pytest

from mailroom import errors, failures
from mailroom._base import bodies, records

SAID = "line one\n\tof \x1b[2J\x9b2K\r\u202etxt\u2066\x07\u2028 \u00e9\u4e2d"
SHOWN = "line one\n\tof ?[2J?2K??txt??? \u00e9\u4e2d"


@pytest.mark.parametrize("code", [errors.TaskFailed.code, errors.Busy.code, errors.Refused.code, 99])
def test_the_text_of_an_error_and_its_traceback_are_clean(code: int) -> None:
    error = bodies.failure(code, SAID, b"")
    assert str(error) == SHOWN
    assert SHOWN in "".join(traceback.format_exception(error))
    assert error.args == (SAID,)  # as it came
    assert pickle.loads(pickle.dumps(error)).args == (SAID,)


def test_the_remote_traceback_below_a_tasks_own_exception_is_clean() -> None:
    raised = bodies.failure(errors.TaskFailed.code, SAID, failures.pack(ValueError("its own"), pickle.dumps))
    assert isinstance(raised, ValueError)
    assert SHOWN in "".join(traceback.format_exception(raised))
    assert failures.traceback_of(raised) == SAID


def test_a_log_record_is_clean() -> None:
    sent = logging.LogRecord("some.pass", 30, "file.py", 1, SAID, (), None, func="f\x1b[31m")
    vars(sent)["circuit"] = "\x9bqft"
    got = records.unpack("some\x1b.pass", 30, SAID, records.pack(sent))
    shown = logging.Formatter("%(name)s %(funcName)s %(circuit)s %(message)s").format(got)
    assert shown == f"some?.pass f?[31m ?qft {SHOWN}"
