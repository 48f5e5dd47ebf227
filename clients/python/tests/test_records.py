"""Log records on their way from a task to its client: what arrives, and what is never run."""

from __future__ import annotations

import json
import logging
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mailroom._base import records

HERE = Path(__file__).name


def _record(**extra: Any) -> logging.LogRecord:
    return logging.getLogger("some.pass").makeRecord(
        "some.pass", logging.WARNING, __file__, 42, "seen %s", ("it",), None, "do_it", extra
    )


def _arrived(record: logging.LogRecord) -> logging.LogRecord:
    return records.unpack(record.name, record.levelno, record.getMessage(), records.pack(record))


def test_a_record_arrives_with_where_it_was_made_and_its_extras() -> None:
    sent = _record(circuit="qft", gates=5, odd=object(), data=[1])
    got = _arrived(sent)
    assert (got.name, got.levelno, got.getMessage(), got.args) == ("some.pass", 30, "seen it", ())
    assert (got.filename, got.lineno, got.funcName, got.process) == (HERE, 42, "do_it", sent.process)
    assert (got.created, got.threadName, got.levelname) == (sent.created, sent.threadName, "WARNING")
    assert (vars(got)["circuit"], vars(got)["gates"]) == ("qft", 5)
    assert not {"odd", "data"} & set(vars(got))  # not plain: they stay behind
    assert logging.Formatter("%(filename)s:%(lineno)d %(circuit)s %(message)s").format(got) == (
        f"{HERE}:42 qft seen it"
    )


@pytest.mark.parametrize("extra", [{"big": "x" * 2_000_000}, {"digits": 10**5000}], ids=["large", "digits"])
def test_one_that_is_too_much_goes_as_its_text(extra: dict[str, Any]) -> None:
    assert records.pack(_record(**extra)) == b""
    assert _arrived(_record(**extra)).getMessage() == "seen it"


class _Opened(Exception):
    """Says that a pickle was opened."""


def _open() -> None:
    raise _Opened


class _Trap:
    def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
        return _open, ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        pickle.dumps(_Trap()),
        pickle.dumps(_record()),
        b"[1]",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b'"' + b"x" * records.MOST_BODY + b'"',
    ],
    ids=["none", "trap", "pickled", "list", "cut", "bytes", "nested", "large"],
)
def test_a_body_that_is_none_is_not_opened(body: bytes) -> None:
    with pytest.raises(_Opened):
        pickle.loads(pickle.dumps(_Trap()))  # it would be noticed
    got = records.unpack("far.away", 30, "text %s", body)
    assert (got.name, got.levelno, got.getMessage()) == ("far.away", 30, "text %s")


@pytest.mark.parametrize(
    "attribute",
    [
        ("getMessage", "hidden"),
        ("name", "root"),
        ("levelno", 50),
        ("msg", "other"),
        ("args", "other"),
        ("exc_info", 1),
        ("lineno", "x"),
        ("created", "x"),
        ("levelname", None),
        ("__class__", "x"),
    ],
    ids=lambda attribute: attribute[0],
)
def test_no_attribute_of_a_record_is_spoilt_from_afar(attribute: tuple[str, Any]) -> None:
    name, value = attribute
    body = json.dumps({name: value}).encode()
    got, plain = records.unpack("far.away", 30, "text", body), records.unpack("far.away", 30, "text", b"")
    form = "%(name)s %(levelno)d %(levelname)s %(lineno)d %(message)s"
    assert logging.Formatter(form).format(got) == logging.Formatter(form).format(plain)
    assert type(got) is logging.LogRecord
    logging.Formatter("%(asctime)s").format(got)


class _Kept(logging.Handler):
    """Keeps the texts of the records that it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@pytest.fixture
def above() -> Iterator[tuple[logging.Logger, _Kept]]:
    """A logger of this process, with a handler of its own."""
    logger, kept = logging.getLogger("far"), _Kept()
    logger.addHandler(kept)
    logger.setLevel(logging.INFO)
    yield logger, kept
    logger.removeHandler(kept)
    logger.filters.clear()
    logger.disabled = False
    logger.setLevel(logging.NOTSET)


def _handle(name: str, level: int = logging.WARNING) -> None:
    record = records.unpack(name, level, f"of {name[:20]}", b"")
    handle = records.handling(record)
    if handle is not None:
        handle(record)


@pytest.mark.parametrize("name", ["far.away.still", "far." + "a." * 100_000, "far.." + "." * 50])
def test_a_record_makes_no_logger(above: tuple[logging.Logger, _Kept], name: str) -> None:
    before = set(logging.root.manager.loggerDict)
    _handle(name)
    _handle(name, logging.DEBUG)  # below the level of the one above it
    assert above[1].texts == [f"of {name[:20]}"]
    assert set(logging.root.manager.loggerDict) == before


def test_a_record_meets_what_its_logger_would_meet(above: tuple[logging.Logger, _Kept]) -> None:
    logger, kept = above
    logger.addFilter(lambda record: False)
    logger.disabled = True
    _handle("far")
    assert kept.texts == []
    _handle("far.below")  # filters, and that one is disabled, are not for those below it
    assert kept.texts == ["of far.below"]
    logging.disable(logging.WARNING)
    try:
        _handle("far.below")
    finally:
        logging.disable(logging.NOTSET)
    assert kept.texts == ["of far.below"]


@pytest.mark.parametrize("name", ["", "root", ".", "nobody.has.it"])
def test_a_record_of_no_logger_is_the_roots(caplog: pytest.LogCaptureFixture, name: str) -> None:
    _handle(name)
    assert caplog.messages == [f"of {name}"]
