"""/v1/corrections: what is kept, under which names, and what no input can do."""

import csv
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo
from serving import MakeServer, base64_of, drawn, png, problem
from starlette.testclient import TestClient

from inkdigits import Field, load_data
from inkdigits.web.corrections import Correction, CorrectionStore

PATH = "/v1/corrections"
READ = Field("number", "1", 1, 0.5, "review")


def asked(text: str, image: bytes | None = None) -> dict[str, Any]:
    picture = png(drawn(text)) if image is None else image
    return {"image": base64_of(picture), "kind": "number", "text": text, "read": READ.to_dict()}


def files_of(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_corrections_become_labeled_pictures(make_server: MakeServer, tmp_path: Path) -> None:
    server = make_server(corrections=tmp_path / "kept" / "here")
    assert server.get("/v1/settings").json()["corrections"] is True
    assert server.get(PATH).json() == {"count": 0}
    for count, text in enumerate(["7", "12", "3", "", "12,5"], start=1):
        answer = server.post(PATH, json=asked(text))
        assert (answer.status_code, answer.json()["count"]) == (201, count)
    assert server.get(PATH).json() == {"count": 5}
    answer = server.get(f"{PATH}/archive")
    assert answer.headers["content-type"] == "application/zip"
    files = files_of(answer.content)
    assert sorted(name.rsplit("/", 1)[0] for name in files) == ["digits/3", "digits/7", *["fields"] * 4]
    rows = list(csv.reader(io.StringIO(files["fields/labels.csv"].decode())))
    assert rows[0] == ["path", "label"]
    labels = dict(rows[1:])
    assert sorted(labels.values()) == ["", "12", "12,5"]
    assert {f"fields/{name}" for name in labels} < files.keys()
    (name,) = [name for name, label in labels.items() if label == "12"]
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(files[f"fields/{name}"]))), drawn("12"))


def test_the_digits_are_a_data_set(make_server: MakeServer, tmp_path: Path) -> None:
    server = make_server(corrections=tmp_path / "kept")
    for text in "123":
        server.post(PATH, json=asked(text))
    with zipfile.ZipFile(io.BytesIO(server.get(f"{PATH}/archive").content)) as archive:
        archive.extractall(tmp_path)
    data = load_data(tmp_path / "digits")
    assert data.train is not None
    assert sorted(data.train.labels) == [1, 2, 3]


def test_a_later_correction_of_the_same_crop_takes_its_place(make_server: MakeServer, tmp_path: Path) -> None:
    server = make_server(corrections=tmp_path)
    picture = png(drawn("7"))
    first = server.post(PATH, json=asked("1", picture)).json()
    second = server.post(PATH, json=asked("7", picture)).json()
    assert (first["id"], first["count"], second["count"]) == (second["id"], 1, 1)
    assert list(files_of(server.get(f"{PATH}/archive").content)) == [f"digits/7/{first['id']}.png"]


def test_corrections_outlive_the_server(make_server: MakeServer, tmp_path: Path) -> None:
    make_server(corrections=tmp_path).post(PATH, json=asked("12"))
    (tmp_path / "notes.json").write_text("{}")
    (tmp_path / ("0" * 32 + ".json")).write_text("torn")
    server = make_server(corrections=tmp_path)
    assert server.get(PATH).json() == {"count": 2}
    assert len(files_of(server.get(f"{PATH}/archive").content)) == 2


def test_a_server_that_was_not_told_to_keeps_nothing(server: TestClient, tmp_path: Path) -> None:
    for answer in (server.post(PATH, json=asked("1")), server.get(PATH), server.get(f"{PATH}/archive")):
        assert "--corrections" in problem(answer, 409)["detail"]


def test_a_full_folder_is_a_409(make_server: MakeServer, tmp_path: Path) -> None:
    server = make_server(corrections=tmp_path, most_corrections=1)
    assert server.post(PATH, json=asked("1")).status_code == 201
    problem(server.post(PATH, json=asked("2")), 409)
    assert server.post(PATH, json=asked("1")).status_code == 201


@pytest.mark.parametrize("text", ["<b>", "a", "1 2", "\x00", "\u202e1", "..\\1", "1" * 65, "=cmd()", "é"])
def test_labels_are_of_digits_and_separators(make_server: MakeServer, tmp_path: Path, text: str) -> None:
    server = make_server(corrections=tmp_path)
    problem(server.post(PATH, json=asked(text, png(drawn("1")))), 422)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["../..", "/", "..", "."])
def test_labels_that_look_like_paths_name_no_file(make_server: MakeServer, tmp_path: Path, text: str) -> None:
    server = make_server(corrections=tmp_path / "kept")
    assert server.post(PATH, json=asked(text)).status_code == 201
    assert {path.parent for path in tmp_path.rglob("*.png")} == {tmp_path / "kept"}
    names = files_of(server.get(f"{PATH}/archive").content)
    assert all(re.fullmatch(r"fields/([0-9a-f]{32}\.png|labels\.csv)", name) for name in names)


def test_nothing_but_pixels_is_kept_of_a_picture(make_server: MakeServer, tmp_path: Path) -> None:
    server = make_server(corrections=tmp_path)
    about = PngInfo()
    about.add_text("Comment", "<script>alert(1)</script>")
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = "secret place"
    Image.fromarray(drawn("5")).save(buffer, "PNG", pnginfo=about, exif=exif)
    polyglot = buffer.getvalue() + b"<script>alert(2)</script>"
    assert server.post(PATH, json=asked("5", polyglot)).status_code == 201
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"script" not in kept
    assert b"secret" not in kept


@pytest.mark.parametrize("image", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"", b"%!PS\n"])
def test_what_is_no_picture_is_not_kept(make_server: MakeServer, tmp_path: Path, image: bytes) -> None:
    server = make_server(corrections=tmp_path)
    problem(server.post(PATH, json=asked("5", image)), 422)
    assert list(tmp_path.iterdir()) == []


def test_a_crop_is_small(make_server: MakeServer, tmp_path: Path) -> None:
    server = make_server(corrections=tmp_path)
    problem(server.post(PATH, json=asked("5", png(np.zeros((2001, 2000), np.uint8)))), 413)


def test_a_folder_that_cannot_be_written_is_a_503_that_tells_no_path(
    make_server: MakeServer, tmp_path: Path
) -> None:
    server = make_server(corrections=tmp_path / "kept")
    (tmp_path / "kept").rmdir()
    assert str(tmp_path) not in problem(server.post(PATH, json=asked("5")), 503)["detail"]


def test_the_same_corrections_make_the_same_archive(tmp_path: Path) -> None:
    archives = []
    for order in ("12", "21"):
        store = CorrectionStore(tmp_path / order, 10)
        for text in order:
            store.add(Correction(drawn(text), "digit", text, READ))
        archives.append(store.archive())
    assert archives[0] == archives[1]
    about = json.loads(next((tmp_path / "12").glob("*.json")).read_text())
    assert Field.from_dict(about["read"]) == READ
