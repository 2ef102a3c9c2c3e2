"""/v1/review: what a batch left to be reviewed, fetched, corrected, and gone from the list."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from serving import MakeServer, problem
from starlette.testclient import TestClient

from inkdigits import Page
from inkdigits.errors import UsageError
from inkdigits.web.settings import Settings

PATH = "/v1/review"


def test_what_a_batch_left_is_fetched_and_gone_once_it_is_corrected(
    make_server: MakeServer, doubtful: Path, tmp_path: Path
) -> None:
    server = make_server(review=doubtful, corrections=tmp_path / "kept")
    assert server.get("/v1/settings").json()["review"] is True
    listed = server.get(PATH).json()
    assert listed == {"count": 3, "names": sorted(path.stem for path in doubtful.glob("*.png"))}
    for count, name in enumerate(listed["names"], start=1):
        answer = server.get(f"{PATH}/{name}").json()
        (field,) = Page.from_dict(answer["page"]).fields
        assert field.status == "review"
        correction = {"image": answer["picture"]["png"], "kind": "number", "text": "8"}
        kept = server.post("/v1/corrections", json=correction | {"read": answer["page"]["fields"][0]})
        assert kept.json() == {"id": name, "count": count}
    assert server.get(PATH).json() == {"count": 0, "names": []}
    again = make_server(review=doubtful, corrections=tmp_path / "kept")
    assert again.get(PATH).json()["count"] == 0
    assert make_server(review=doubtful).get(PATH).json()["count"] == 3


def test_without_a_folder_there_is_nothing(server: TestClient) -> None:
    assert server.get("/v1/settings").json()["review"] is False
    for path in (PATH, f"{PATH}/{'0' * 32}"):
        assert "--review DIR" in problem(server.get(path), 409)["detail"]


@pytest.mark.parametrize(
    "name", ["0" * 32, "..", "%2e%2e", "..%2f..%2fsecret", "a", "0" * 31 + "/", "\u00e9", "0" * 31 + "G"]
)
def test_other_names_are_404(make_server: MakeServer, doubtful: Path, name: str) -> None:
    (doubtful / "a.json").write_text("{}")
    (doubtful.parent / "secret.json").write_text("{}")
    answer = make_server(review=doubtful).get(f"{PATH}/{name}")
    assert answer.status_code == 404
    assert str(doubtful) not in problem(answer, 404)["detail"]


def no_page(path: Path) -> None:
    path.with_suffix(".json").write_text('{"fields": []}')


def no_text(path: Path) -> None:
    path.with_suffix(".json").write_bytes(b"\xff")


def no_picture(path: Path) -> None:
    path.write_bytes(b"<svg/>")


def large_picture(path: Path) -> None:
    Image.new("L", (2001, 2000)).save(path)


@pytest.mark.parametrize("damage", [no_page, no_text, no_picture, large_picture, Path.unlink])
def test_what_is_damaged_is_404(
    make_server: MakeServer, doubtful: Path, damage: Callable[[Path], None]
) -> None:
    path = next(doubtful.glob("*.png"))
    damage(path)
    problem(make_server(review=doubtful).get(f"{PATH}/{path.stem}"), 404)


def test_a_folder_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"--review .* is no folder; expected that of inkdigits batch --review"
    ):
        Settings(review=tmp_path / "missing")
