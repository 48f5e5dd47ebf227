"""The live page: what a real browser shows of a real cluster, and what its events cost."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import mailroom
import nbclient
import nbformat
import pytest
import zmq
from browser import Browser
from keyed import Keys
from mailroom_peer import wire
from over_http import Viewer, address, asks, serving
from raw import Peer, dealing
from running import BIN, SOON, Program, Programs, run, until

SCRIPT = 'read what; case "$what" in bad*) echo "$what" >&2; exit 3;; *) echo "$what";; esac'
VIEWERS = 16  # edge/http/http.h
EVENT = 48000  # bytes, broker/http/live.h
ASKEW = """[...document.querySelectorAll("td")].filter((one) => getComputedStyle(one).textAlign !==
    getComputedStyle(one.closest("table").tHead.rows[0].cells[one.cellIndex]).textAlign)
    .map((one) => one.textContent)"""
EVIL = '<img src=x onerror="document.title=1">'


def submits(peer: Peer, name: str, body: str = "good", runtime: str = "plain") -> UUID:
    """A client submits a task of that name."""
    uuid = uuid4()
    task = wire.Task(uuid=uuid, runtime=runtime, flags=wire.Flag.DELIVER, name=name)
    peer.say(wire.Submit(task=task), body.encode())
    return uuid


@contextmanager
def client_of(broker: Program, name: str = "lab") -> Iterator[Peer]:
    """A client of that name."""
    with dealing(broker.port) as peer:
        peer.shakes(wire.Role.CLIENT, name=name)
        yield peer


@pytest.fixture
def broker(programs: Programs) -> Program:
    """A broker with two workers, that serves the page."""
    return serving(programs, programs.plain(SCRIPT, workers=2))


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    """A browser that has nothing open yet."""
    opened = Browser(tmp_path / "browser")
    yield opened
    opened.close()


def live(browser: Browser, url: str) -> None:
    browser.open(url)
    browser.until("document.querySelector('#state').textContent === 'live'")


def test_a_browser_shows_what_happens(broker: Program, browser: Browser, tmp_path: Path) -> None:
    """Numbers, rows, sessions, errors and search; what others have named is text and no more."""
    live(browser, address(broker))
    with client_of(broker, f"lab {EVIL}") as client:
        for number in range(20):
            submits(client, f"anneal {number}")
            client.hears(wire.Result)
        failed = submits(client, f"route {EVIL}", f"bad {EVIL}")
        client.hears(wire.Error)
        browser.until("document.querySelector('#failures summary')?.textContent.includes('route <img')")
        browser.until("document.querySelector('#sessions tbody').textContent.includes('lab <img')")
        browser.until("document.querySelector('#numbers').textContent.includes('finished20')")
        assert browser.runs(ASKEW) == []
        assert EVIL in browser.runs("document.querySelector('#failures pre').textContent")
        assert browser.runs("document.querySelectorAll('img').length") == 0
        assert browser.runs("document.title") == "mailroom"
        browser.press("/", "/")
        browser.types("anneal 7")
        browser.until("document.querySelector('#found tbody tr td')")
        assert "anneal 7" in browser.text("#found")
        browser.press("Escape")
        browser.runs("document.querySelector('#wanted').value = ''")
        browser.press("/", "/")
        browser.types(str(failed)[:13])
        browser.until("document.querySelector('#found').innerText.includes('route <img')")
        assert "failed" in browser.text("#found")
        browser.press("Escape")
    browser.runs("document.querySelector('#rows').focus()")
    browser.until("document.querySelector('#shown') && true")
    browser.press("ArrowDown")
    browser.until("document.querySelector('#chosen').textContent.includes('worker')")
    browser.press("ArrowLeft")
    browser.until("/(done|failed) in/.test(document.querySelector('#chosen').textContent)")
    browser.picture(tmp_path / "page.png")
    assert browser.complaints() == []
    assert {url.rpartition("/")[0] for url in browser.asked() if not url.startswith("data:")} == {
        address(broker)
    }


def test_light_dark_and_a_phone(broker: Program, browser: Browser, tmp_path: Path) -> None:
    """Each has its own colours, nothing is wider than the screen, and the choice is kept."""
    back = "getComputedStyle(document.body).backgroundColor"
    browser.colours("light")
    live(browser, address(broker))
    light = browser.runs(back)
    browser.colours("dark")
    dark = browser.runs(back)
    assert light != dark
    browser.press("t", "t")
    assert browser.runs(back) == light
    live(browser, address(broker) + "/?again")
    assert browser.runs(back) == light
    browser.resize(360, 740, phone=True)
    browser.until("innerWidth === 360")
    assert browser.runs("document.documentElement.scrollWidth") <= 360
    assert browser.runs("document.querySelector('header').offsetHeight") < 100, "it hides what is below"
    browser.picture(tmp_path / "phone.png")


def test_it_comes_back_after_the_broker(programs: Programs, browser: Browser) -> None:
    broker = serving(programs)
    live(browser, address(broker))
    port = broker.ports()["http"]
    broker.process.kill()
    browser.until("document.querySelector('#state').textContent.includes('trying again')")
    programs.broker(options=("--http", port)).ports()
    browser.until("document.querySelector('#state').textContent === 'live'")


def test_with_keys_it_is_for_who_has_the_link(programs: Programs, browser: Browser, tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    broker = keys.broker(programs, options=("--http", 0))
    where = ("--broker", f"127.0.0.1:{broker.port}")
    client = ("--key", keys.folder / "client.cert_secret", "--broker-key", keys.folder / "broker.cert")
    refused = run("mailroom", "page", *where, *client)
    assert refused.returncode == 4
    assert "there is none for this client" in refused.stderr
    told = run("mailroom", "page", *where, "--keys", keys.folder)
    link = told.stdout.strip()
    assert link.startswith(f"{address(broker)}/#")
    for path in ("/live", "/search?q=x", "/trace"):
        assert asks(broker, path)[0] == 401
        assert asks(broker, path, Authorization="Bearer " + "0" * 32)[0] == 401
    assert asks(broker, "/trace", Authorization=f"Bearer {link.partition('#')[2]}")[0] == 200
    assert json.loads(run("mailroom", "trace", *where, "--keys", keys.folder).stdout)["traceEvents"]
    assert run("mailroom", "trace", *where, *client).returncode == 4
    assert asks(broker, "/metrics")[0] == 200
    browser.open(address(broker))
    browser.until("!document.querySelector('#door').hidden")
    live(browser, link)
    assert browser.runs("location.hash") == ""


def test_on_a_user_s_own_socket_too(programs: Programs, tmp_path: Path, nothing_said: None) -> None:
    """Loopback is open to each user of the machine; who may read the socket's folder is told the token."""
    sockets = {"MAILROOM_SOCKETS": str(tmp_path / "sockets")}
    broker = programs.start("mailroomd", "--http", 0, **sockets)
    assert asks(broker, "/trace")[0] == 401
    command = [str(BIN / "mailroom"), "page"]
    told = subprocess.run(command, env={**os.environ, **sockets}, capture_output=True, text=True, check=True)
    token = told.stdout.strip().partition("/#")[2]
    assert asks(broker, "/trace", Authorization=f"Bearer {token}")[0] == 200


def test_without_keys_no_other_site_reads_it(broker: Program) -> None:
    """A name of somebody else's that leads here is refused, as his page in a browser would ask."""
    for path in ("/live", "/search?q=x", "/trace"):
        assert asks(broker, path, Host="evil.example")[0] == 403
        assert asks(broker, path, Host=f"evil.example:{broker.ports()['http']}")[0] == 403
    assert asks(broker, "/trace", Host=os.uname().nodename)[0] == 200
    policy = asks(broker, "/")[1]["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")


def test_where_it_is(programs: Programs, broker: Program) -> None:
    """The command and a client say it; a broker that serves none has none."""
    asked = run("mailroom", "page", "--broker", f"127.0.0.1:{broker.port}", "--json")
    assert json.loads(asked.stdout) == {"page": f"{address(broker)}/"}
    with mailroom.Client(f"127.0.0.1:{broker.port}") as client:
        page = client.dashboard(SOON)
        assert page.url == f"{address(broker)}/"
        assert f'<iframe src="{page.url}"' in page._repr_html_()
    other = programs.broker()
    assert run("mailroom", "page", "--broker", f"127.0.0.1:{other.port}").returncode == 4
    with (
        mailroom.Client(f"127.0.0.1:{other.port}") as client,
        pytest.raises(mailroom.Refused, match="--http"),
    ):
        client.dashboard(SOON)


def test_a_notebook_shows_it(broker: Program, browser: Browser, tmp_path: Path) -> None:
    """What a cell of `client.dashboard()` has put out is the page, live, within the notebook's."""
    source = f"import mailroom\nclient = mailroom.Client('127.0.0.1:{broker.port}')\nclient.dashboard()"
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    nbclient.NotebookClient(book, timeout=SOON * 4).execute()
    (output,) = book.cells[0].outputs
    shown = tmp_path / "notebook.html"
    shown.write_text(f"<!doctype html><title>notebook</title>{output.data['text/html']}")
    browser.open(shown.as_uri())
    until(lambda: "mailroom_http_viewers 1\n" in asks(broker, "/metrics")[2], "its page is live", SOON * 3)
    assert browser.runs("document.querySelector('iframe').clientHeight") >= 600
    assert browser.complaints() == []


def test_a_trace_has_each_task(broker: Program) -> None:
    with client_of(broker) as client:
        uuid = submits(client, "anneal")
        client.hears(wire.Result)
    events = json.loads(asks(broker, "/trace")[2])["traceEvents"]
    (task,) = (one for one in events if one["ph"] == "X")
    assert (task["name"], task["args"]["uuid"], task["args"]["state"]) == ("anneal", str(uuid), "done")
    assert task["dur"] >= 0
    assert {one["args"]["name"] for one in events if one["ph"] == "M"} == {"no manager", os.uname().nodename}
    with mailroom.Client(f"127.0.0.1:{broker.port}") as client:
        assert client.trace(SOON)["traceEvents"] == events  # though others ask
    written = run("mailroom", "trace", "--broker", f"127.0.0.1:{broker.port}")
    assert json.loads(written.stdout)["traceEvents"] == events


def test_of_more_than_are_known_the_last_are_shown(programs: Programs, tmp_path: Path) -> None:
    """However many end in a second: up to 200 of those that are kept."""
    known, many = 64, 2000
    (tmp_path / "settings").write_text(f"http\n    history = {known}\n")
    broker = serving(programs, options=("-c", tmp_path / "settings"))
    with mailroom.Client(f"127.0.0.1:{broker.port}") as client:
        viewer = Viewer(broker)
        viewer.reads()
        client.map(pow, range(many), [2] * many).cancel()
        ended = 0
        while ended < many:
            _, data = viewer.reads()
            ended += data["ended"]
            assert len(data["ends"]) == min(data["ended"], known)
        viewer.close()
    assert ended == many


def test_no_more_watch_than_may(broker: Program) -> None:
    with ExitStack() as stack:
        for _ in range(VIEWERS):
            viewer = Viewer(broker)
            stack.callback(viewer.close)
            assert viewer.answer.status == 200
        assert asks(broker, "/live")[0] == 503
        assert asks(broker, "/healthz")[0] == 200
    until(lambda: "mailroom_http_viewers 0\n" in asks(broker, "/metrics")[2], "they are noticed to have left")


def test_searches_have_a_rate(broker: Program) -> None:
    count = 30
    with socket.create_connection(("127.0.0.1", broker.ports()["http"]), timeout=SOON) as one:
        # at once, so that they come in less time than is between two searches
        one.sendall(b"GET /search?q=x HTTP/1.1\r\nHost: localhost\r\n\r\n" * count)
        read = b""
        while len(statuses := re.findall(rb"HTTP/1.1 (\d+) ", read)) < count:
            more = one.recv(4096)
            assert more, read
            read += more
    assert set(statuses) == {b"200", b"429"}
    assert asks(broker, "/search?q=" + "x" * 201)[0] == 400


@contextmanager
def crowd(broker: Program, count: int) -> Iterator[None]:
    """Managers that dial in, with names that take room in each answer."""
    with zmq.Context() as context, ExitStack() as stack:
        for number in range(count):
            made = stack.enter_context(context.socket(zmq.DEALER))
            made.setsockopt(zmq.LINGER, 0)
            made.setsockopt(zmq.ROUTING_ID, b"\x01" + os.urandom(15))
            made.connect(f"tcp://127.0.0.1:{broker.port}")
            Peer(made).shakes(wire.Role.MANAGER, name=f"node-{number:04}-" + "<&>" * 16, ids=4)
        yield


def test_a_large_cluster_fits_each_second(broker: Program) -> None:
    """Many managers, and tasks that fail, with long names and texts; who does not read is cut off."""
    managers = 300
    with crowd(broker, managers), client_of(broker, "x" * 63) as client:
        slow, quick = Viewer(broker, reads=2048), Viewer(broker)
        kind, data = quick.reads()
        assert (kind, len(data["managers"])) == ("hello", 250)
        assert quick.bytes <= EVENT
        seen: set[str] = set()
        submitted = shown = ended = most = 0
        end = time.monotonic() + SOON * 3
        while "mailroom_http_viewers 1\n" not in asks(broker, "/metrics")[2]:
            assert time.monotonic() < end, "the one who does not read is still there"
            for _ in range(50):
                submits(client, "<>&" * 60 + str(submitted), 'bad"' * 300)
                submitted += 1
            for _ in range(100):  # which end in this second, however slow the workers are
                uuid = submits(client, "<>&" * 60 + str(submitted), runtime="nobody")
                client.say(wire.Cancel(corr=1, uuid=uuid))
                submitted += 1
            before = quick.bytes
            _, data = quick.reads()
            most = max(most, quick.bytes - before)
            seen |= {name for _, name, *_ in data["managers"]}
            ended += data["ended"]
            shown += len(data["ends"])
        assert len(seen) == managers + 1
        assert EVENT / 4 < most <= EVENT
        assert 0 < shown <= ended <= submitted
        fresh = Viewer(broker)
        fresh.reads()
        assert fresh.bytes <= EVENT
        for one in (slow, quick, fresh):
            one.close()
