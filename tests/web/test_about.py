"""What a server tells of itself."""

import re
import threading

import pytest
from serving import MakeServer, problem
from starlette.testclient import TestClient

import inkdigits
from inkdigits import Reader
from inkdigits.errors import ModelError
from inkdigits.web.app import create_app
from inkdigits.web.settings import Settings


def test_settings_tell_what_a_client_needs(make_server: MakeServer) -> None:
    answer = make_server(pages=7, body_mb=3, held_mb=9, api_key=("s" * 20,)).get(
        "/v1/settings", headers={"X-API-Key": "s" * 20}
    )
    assert answer.json() == {
        "version": inkdigits.__version__,
        "kinds": ["auto", "digit", "number", "percent", "date"],
        "corrections": False,
        "review": False,
        "limits": {"body_bytes": 3_000_000, "pixels": 64_000_000, "fields": 256, "pages": 7, "seconds": 60.0},
    }


def test_models_are_listed(server: TestClient) -> None:
    digit, line = server.get("/v1/models").json()["models"]
    assert (digit["name"], digit["kind"], digit["symbols"][:10]) == (
        "digit",
        "classifier",
        list("0123456789"),
    )
    assert (line["name"], line["kind"]) == ("line", "line")


def test_not_ready_before_the_models_are_loaded(monkeypatch: pytest.MonkeyPatch, reader: Reader) -> None:
    go = threading.Event()

    def slow(settings: Settings) -> Reader:
        assert go.wait(10)
        return reader

    monkeypatch.setattr("inkdigits.web.service.make_reader", slow)
    with TestClient(create_app(), "http://127.0.0.1") as server:
        assert server.get("/v1/health").json() == {"status": "alive"}
        problem(server.get("/v1/ready"), 503)
        go.set()
        server.get("/v1/models")  # waits
        assert server.get("/v1/ready").json() == {"status": "ready"}


def test_models_that_cannot_be_loaded_are_a_503(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(settings: Settings) -> Reader:
        raise ModelError("torn: /secret/path")

    monkeypatch.setattr("inkdigits.web.service.make_reader", fail)
    with TestClient(create_app(), "http://127.0.0.1") as server:
        for path in ("/v1/models", "/v1/ready"):
            assert "secret" not in problem(server.get(path), 503)["detail"]


def test_metrics_are_prometheus_text_with_few_labels(server: TestClient) -> None:
    for path in ("/v1/health", "/v1/health", "/secret-1", "/secret-2", "/assets/secret-3.js"):
        server.get(path)
    server.request("BREW", "/v1/health")
    answer = server.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    sample = re.compile(r'[a-z_]+(\{([a-z]+="[^"]*",?)+\})? [0-9.e+-]+')
    assert all(line.startswith(("# HELP ", "# TYPE ")) or sample.fullmatch(line) for line in lines)
    assert 'inkdigits_requests_total{method="GET",path="/v1/health",status="200"} 2' in lines
    assert 'inkdigits_requests_total{method="GET",path="other",status="404"} 2' in lines
    assert 'inkdigits_requests_total{method="other",path="/v1/health",status="405"} 1' in lines
    assert "secret" not in answer.text
    assert 'inkdigits_request_seconds_bucket{path="/v1/health",le="+Inf"} 3' in lines
    assert "inkdigits_ready 1" in lines
    assert "inkdigits_held_bytes 0" in lines


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v2", 404), ("PUT", "/v1/fields", 405)])
def test_what_is_not_there_is_a_problem(server: TestClient, method: str, path: str, status: int) -> None:
    problem(server.request(method, path), status)


def test_no_page_of_another_host_is_given(server: TestClient) -> None:
    for path in ("/docs", "/redoc", "/openapi.json"):
        problem(server.get(path), 404)
