"""A server's application with a reader that all tests share."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from PIL import Image
from serving import MakeServer, drawn
from starlette.testclient import TestClient

from inkdigits import Reader
from inkdigits.batch import Settings as BatchSettings
from inkdigits.batch.inputs import list_items
from inkdigits.batch.work import Worker
from inkdigits.web.app import create_app
from inkdigits.web.settings import Settings

SEVEN = Path(__file__).parents[2] / "examples" / "photos" / "digit-7.jpg"


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader(threads=1)


@pytest.fixture
def make_server(reader: Reader) -> Iterator[MakeServer]:
    """A maker of running applications: keywords are settings."""
    with ExitStack() as stack:

        def make(*, raise_server_exceptions: bool = True, **settings: Any) -> TestClient:
            app = create_app(Settings(**settings), reader)
            client = TestClient(app, "http://127.0.0.1", raise_server_exceptions=raise_server_exceptions)
            stack.enter_context(client)
            assert client.portal is not None
            client.portal.call(app.state.service.loaded)
            return client

        yield make


@pytest.fixture
def server(make_server: MakeServer) -> TestClient:
    return make_server()


@pytest.fixture(scope="session")
def address(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that listens, and keeps corrections."""
    settings = Settings(corrections=tmp_path_factory.mktemp("corrections"), seconds=20)
    app = create_app(settings, reader)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, log_level="critical", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


@pytest.fixture(scope="session")
def seven() -> bytes:
    """A photo of a written 7."""
    return SEVEN.read_bytes()


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    """A folder as a batch leaves it with --review, of three numbers that can mean two things each."""
    scans, folder = tmp_path / "scans", tmp_path / "doubtful"
    for each in (scans, folder):
        each.mkdir()
    for text in ("1.234", "5.678", "2.500"):
        Image.fromarray(drawn(text)).save(scans / f"{text[0]}.png")
    Worker(BatchSettings("number", review=str(folder))).read(list_items(str(scans))[0])
    assert len(list(folder.glob("*.png"))) == 3
    return folder
