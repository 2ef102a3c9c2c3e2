"""Bodies: forms taken apart, and limits kept while they come."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from inkdigits.web.bodies import FORM, JSON, Bodies, Body, parts_of
from inkdigits.web.problems import Problem
from inkdigits.web.settings import Settings

NAMES = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12)


def form_of(parts: list[tuple[str, bytes, bool]], boundary: bytes = b"edge-of-parts") -> Body:
    data = b""
    for name, value, is_file in parts:
        head = f'Content-Disposition: form-data; name="{name}"' + ('; filename="../../x"' if is_file else "")
        data += b"--" + boundary + b"\r\n" + head.encode() + b"\r\n\r\n" + value + b"\r\n"
    return Body(FORM, data + b"--" + boundary + b"--\r\n", boundary)


@given(st.lists(st.tuples(NAMES, st.binary(max_size=300), st.booleans()), max_size=8))
def test_a_form_comes_apart_as_it_was_put_together(parts: list[tuple[str, bytes, bool]]) -> None:
    found = parts_of(form_of(parts))
    assert [(part.name, bytes(part.data), part.is_file) for part in found] == parts


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_form_is_a_problem_or_other_parts(data: st.DataObject) -> None:
    body = form_of([("images", bytes(range(256)), True), ("kind", b"digit", False)])
    start = data.draw(st.integers(0, len(body.data)))
    torn = (
        body.data[:start]
        + data.draw(st.binary(max_size=5))
        + body.data[data.draw(st.integers(start, 2000)) :]
    )
    with suppress(Problem):
        assert all(isinstance(part.name, str) for part in parts_of(Body(FORM, torn, body.boundary)))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"--edge",
        b"nothing",
        form_of([("a", b"b", False)]).data[:-6],
        b"--edge-of-parts\r\nX: " + b"y" * 9999,
    ],
)
def test_what_is_no_whole_form(data: bytes) -> None:
    with pytest.raises(Problem, match=r"form|part"):
        parts_of(Body(FORM, data, b"edge-of-parts"))


def test_a_form_has_so_many_parts() -> None:
    with pytest.raises(Problem) as caught:
        parts_of(form_of([("choices", b"1", False)] * 2001))
    assert caught.value.status == 413


def test_text_that_is_none() -> None:
    (part,) = parts_of(form_of([("kind", b"\xff", False)]))
    with pytest.raises(Problem, match="UTF-8"):
        _ = part.text


def request_of(*chunks: bytes | float | None, **headers: str) -> Request:
    """A request whose body comes in chunks; a number is a wait in seconds, None the client's going away."""
    left = list(chunks)

    async def receive() -> dict[str, Any]:
        while left and isinstance(left[0], float):
            await asyncio.sleep(left.pop(0))  # type: ignore[arg-type]
        if not left:
            return {"type": "http.request", "body": b"", "more_body": False}
        chunk = left.pop(0)
        if chunk is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunk, "more_body": True}

    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": pairs}, receive)


def receive(bodies: Bodies, request: Request, wait: float = 0.0) -> Body:
    async def take() -> Body:
        async with bodies.body(request, JSON, FORM) as body:
            assert bodies.held == len(body.data)
            await asyncio.sleep(wait)
            return body

    return asyncio.run(take())


def test_a_body_is_held_while_it_is_used() -> None:
    bodies = Bodies(Settings())
    body = receive(bodies, request_of(b'{"a"', b": 1}", content_type="application/json; charset=utf-8"))
    assert (body.media_type, body.data, bodies.held) == (JSON, b'{"a": 1}', 0)


@pytest.mark.parametrize(
    ("chunks", "headers", "status"),
    [
        ((b"x" * 600_000,) * 2, {}, 413),
        ((), {"content_length": "1000001"}, 413),
        ((b"x", 5.0, b"y"), {}, 408),
        ((b"x", None), {}, 400),
        ((b"x",), {"content_type": "text/plain"}, 415),
        ((b"x",), {"content_type": "multipart/form-data"}, 415),
        ((b"x",), {"content_type": "multipart/form-data; boundary=" + "b" * 300}, 415),
    ],
)
def test_limits_are_kept_while_it_comes(
    chunks: tuple[Any, ...], headers: dict[str, str], status: int
) -> None:
    bodies = Bodies(Settings(body_mb=1, held_mb=1, seconds=0.05))
    with pytest.raises(Problem) as caught:
        receive(bodies, request_of(*chunks, **{"content_type": JSON, **headers}))
    assert (caught.value.status, bodies.held) == (status, 0)


def test_more_than_may_be_held_is_a_503() -> None:
    bodies = Bodies(Settings(body_mb=1, held_mb=1))
    bodies.held = 600_000
    with pytest.raises(Problem) as caught:
        receive(bodies, request_of(b"x" * 500_000, content_type=JSON))
    assert (caught.value.status, bodies.held) == (503, 600_000)


def test_an_answer_that_takes_too_long_is_a_503() -> None:
    bodies = Bodies(Settings(seconds=0.05))
    with pytest.raises(Problem) as caught:
        receive(bodies, request_of(b"{}", content_type=JSON), wait=5)
    assert (caught.value.status, bodies.held) == (503, 0)
