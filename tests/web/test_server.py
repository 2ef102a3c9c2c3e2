"""`inkdigits serve` as a process: listening, warning, failing, stopping."""

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from serving import drawn

from inkdigits.web.client import Client

Start = Callable[..., tuple["subprocess.Popen[str]", str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """A maker of servers on free ports: returns the process and its address, once it listens."""
    begun: list[subprocess.Popen[str]] = []

    def run(*flags: str) -> tuple["subprocess.Popen[str]", str]:
        command = [sys.executable, "-m", "inkdigits", "serve", "--port", "0", *flags]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        begun.append(process)
        assert process.stderr is not None
        line = ""
        for line in process.stderr:
            found = re.search(r"listening at (http://\S+)", line)
            if found:
                return process, found[1].replace("0.0.0.0", "127.0.0.1")
        raise AssertionError(f"the server ended: {line}")

    yield run
    for process in begun:
        process.kill()
        process.communicate()


def test_it_is_ready_once_it_says_so_and_stops_with_0(start: Start) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        process, address = start()
        with urllib.request.urlopen(f"{address}/v1/ready", timeout=5) as answer:
            assert json.load(answer) == {"status": "ready"}
        process.send_signal(number)
        output, errors = process.communicate(timeout=20)
        assert (process.returncode, output, errors) == (0, "", "")


def test_stopping_finishes_what_was_taken(start: Start, make_pdf: Callable[..., bytes]) -> None:
    process, address = start()
    document = make_pdf([b"40 40 300 300 re S"] * 4)
    outcome = []

    def read() -> None:
        with Client(address) as client:
            outcome.append(len(client.read_pages(document).pages))

    reading = threading.Thread(target=read)
    reading.start()
    under_way = re.compile(r"^inkdigits_long_requests 1$", re.MULTILINE)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"{address}/metrics", timeout=5) as answer:
            if under_way.search(answer.read().decode()):
                break
    process.terminate()
    reading.join(60)
    _, errors = process.communicate(timeout=60)
    assert outcome == [4]
    assert (process.returncode, errors) == (0, "")


def test_others_are_warned_of_where_no_key_is_set(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text("k" * 24)
    for flags, warns in (
        (["--host", "0.0.0.0"], True),
        (["--host", "0.0.0.0", "--api-key-file", str(keys)], False),
    ):
        command = [sys.executable, "-m", "inkdigits", "serve", "--port", "0", *flags]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        first = process.stderr.readline()
        process.terminate()
        process.communicate(timeout=20)
        assert ("warning" in first) is warns
        assert "k" * 24 not in first


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.3, 0.6])
def test_a_signal_is_heard_at_any_moment_of_the_start(seconds: float) -> None:
    command = [sys.executable, "-m", "inkdigits", "serve", "--port", "0", "--host", "0.0.0.0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert "warning" in process.stderr.readline()
    time.sleep(seconds)
    process.terminate()
    process.communicate(timeout=20)
    assert process.returncode in (0, -signal.SIGTERM)  # the latter before it was listened for


def test_nothing_of_a_request_is_logged(start: Start) -> None:
    process, address = start("--api-key", "secret-secret-secret")
    with Client(address, api_key="secret-secret-secret") as client:
        assert client.read_field(drawn("7"), "digit").text == "7"
    process.terminate()
    assert process.communicate(timeout=20) == ("", "")


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--port", "70000"], "--port is 70000"),
        (["--host", "no.such.host.invalid"], "cannot listen"),
        (["--digit-model", "missing.onnx"], "missing.onnx"),
        (["--api-key", "short"], "a key of 5 characters"),
        (["--api-key-file", "missing"], "cannot be read"),
    ],
)
def test_what_cannot_be_served_is_one_line_and_2(tmp_path: Path, flags: list[str], says: str) -> None:
    done = run_serve(tmp_path, "--port", "0", *flags)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert says in done.stderr


def test_a_port_in_use_is_one_line_and_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run_serve(tmp_path, "--port", str(taken.getsockname()[1]))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "choose others with --host and --port" in done.stderr


def run_serve(folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "inkdigits", "serve", *flags]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=60, check=False)
