"""What every request passes: names, origins, keys, how many at a time; and every answer's headers."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from serving import MakeServer, problem
from starlette.testclient import TestClient

from inkdigits.web.gate import HEADERS, Keys

KEY = "correct-horse-battery-staple"


@pytest.mark.parametrize("path", ["/", "/v1/health", "/v1/fields", "/metrics", "/nowhere", "/assets/none.js"])
def test_every_answer_has_the_headers(server: TestClient, path: str) -> None:
    headers = server.get(path).headers
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    assert "access-control-allow-origin" not in headers
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cache-control"] in ("no-store", "no-cache")


def test_an_answer_that_nobody_foresaw_has_them_too_and_tells_nothing(
    make_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_server(raise_server_exceptions=False)

    def fail() -> str:
        raise RuntimeError("secret")

    monkeypatch.setattr(server.app.state.service.metrics, "to_text", fail)  # type: ignore[attr-defined]
    answer = server.get("/metrics")
    assert "secret" not in problem(answer, 500)["detail"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_without_keys_none_is_asked_for(server: TestClient) -> None:
    assert server.get("/v1/settings").status_code == 200


@pytest.mark.parametrize("header", [{"Authorization": f"Bearer {KEY}"}, {"X-API-Key": KEY}])
def test_a_key_opens(make_server: MakeServer, header: dict[str, str]) -> None:
    server = make_server(api_key=("another-key-another-key", KEY))
    assert server.get("/v1/settings", headers=header).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": KEY},
        {"Authorization": f"Basic {KEY}"},
        {"X-API-Key": KEY + "x"},
        {"X-API-Key": ""},
        {"X-API-Key": "clé"},
    ],
)
@pytest.mark.parametrize("path", ["/v1/settings", "/v1/corrections", "/metrics", "/v1/nowhere"])
def test_no_key_or_a_wrong_one_is_a_401(make_server: MakeServer, path: str, header: dict[str, str]) -> None:
    server = make_server(api_key=(KEY,))
    encoded = {name: value.encode("latin-1") for name, value in header.items()}
    answer = server.get(path, headers=encoded)
    assert KEY not in problem(answer, 401)["detail"]
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/v1/health", "/v1/ready", "/v1/openapi.json"])
def test_some_paths_need_no_key(make_server: MakeServer, path: str) -> None:
    assert make_server(api_key=(KEY,)).get(path).status_code == 200


def test_the_page_needs_no_key(make_server: MakeServer) -> None:
    server = make_server(api_key=(KEY,))
    assert {server.get(path).status_code for path in ("/", "/assets/none.js")} <= {200, 404}


def test_all_keys_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []

    def compare(first: bytes, second: bytes) -> bool:
        compared.append(second)
        return first == second

    keys = Keys(["a" * 16, "b" * 16, "c" * 16])
    monkeypatch.setattr("hmac.compare_digest", compare)
    assert keys.accept("a" * 16)
    assert len(compared) == 3
    assert all("aaaa" not in repr(value) for value in vars(keys).values())


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[", "evil.example:8000"])
def test_a_name_that_is_not_ours_is_refused(server: TestClient, host: str) -> None:
    problem(server.get("/v1/health", headers={"Host": host}), 421)


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:80", "LOCALHOST"])
def test_names_of_this_machine_are_ours(server: TestClient, host: str) -> None:
    assert server.get("/v1/health", headers={"Host": host}).status_code == 200


def test_names_can_be_allowed_and_need_not_be_told_elsewhere(make_server: MakeServer) -> None:
    named = make_server(allowed_host=("digits.example",))
    assert named.get("/v1/health", headers={"Host": "digits.example:80"}).status_code == 200
    problem(named.get("/v1/health"), 421)
    assert make_server(host="0.0.0.0").get("/v1/health", headers={"Host": "any"}).status_code == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1234", "http://[", "", "//"]
)
def test_pages_of_other_sites_cannot_post(server: TestClient, origin: str) -> None:
    answer = server.post("/v1/fields", content=b"x", headers={"Origin": origin})
    problem(answer, 403)


def test_the_page_itself_can_post(server: TestClient, seven: bytes) -> None:
    headers = {"Origin": "http://127.0.0.1"}
    assert server.post("/v1/fields", files={"images": seven}, headers=headers).status_code == 200


def test_a_site_can_be_let_in(make_server: MakeServer, seven: bytes) -> None:
    server = make_server(cors_origin=("https://friend.example",), api_key=(KEY,))
    headers = {"Origin": "https://friend.example", "Access-Control-Request-Method": "POST"}
    assert server.options("/v1/fields", headers=headers).status_code == 200
    headers = {"Origin": "https://friend.example", "X-API-Key": KEY}
    answer = server.post("/v1/fields", files={"images": seven}, headers=headers)
    assert answer.headers["access-control-allow-origin"] == "https://friend.example"
    headers["Origin"] = "https://evil.example"
    assert "access-control-allow-origin" not in server.get("/v1/health", headers=headers).headers


def test_one_client_has_so_many_requests_under_way(
    make_server: MakeServer, seven: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_server(client_requests=1)
    service: Any = server.app.state.service  # type: ignore[attr-defined]
    begun, go = threading.Event(), threading.Event()
    read = service._reader.examine

    def wait(images: Sequence[Any], *rest: Any, **more: Any) -> Any:
        if images:
            begun.set()
            assert go.wait(10)
        return read(images, *rest, **more)

    monkeypatch.setattr(service._reader, "examine", wait)
    statuses = []
    first = threading.Thread(
        target=lambda: statuses.append(server.post("/v1/fields", files={"images": seven}).status_code)
    )
    first.start()
    assert begun.wait(10)
    answer = server.get("/v1/health")
    go.set()
    first.join()
    problem(answer, 429)
    assert answer.headers["retry-after"] == "1"
    assert statuses == [200]
    assert server.get("/v1/health").status_code == 200
