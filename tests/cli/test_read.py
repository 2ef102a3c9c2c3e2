import csv
import inspect
import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from inkdigits.cli.batch import batch
from inkdigits.cli.read import read
from inkdigits.reading import StatusThresholds

PHOTOS = Path(__file__).parents[2] / "examples" / "photos"


def run(*arguments, stdin=None):
    command = [sys.executable, "-m", "inkdigits", "read", "--kind", "digit", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, input=stdin, check=False)


def test_a_photo_is_one_line():
    done = run(PHOTOS / "digit-7.jpg")
    assert done.returncode == 0, done.stderr
    source, text, confidence, status = done.stdout.decode().rstrip("\n").split("\t")
    assert (Path(source).name, text, status) == ("digit-7.jpg", "7", "ok")
    assert confidence.endswith("%")


def test_stdin_and_json_and_an_annotated_picture(tmp_path):
    picture = tmp_path / "read.png"
    done = run("-", "--format", "json", "--annotate", picture, stdin=(PHOTOS / "digit-3.jpg").read_bytes())
    assert done.returncode == 0, done.stderr
    page = json.loads(done.stdout)["pages"][0]
    assert page["fields"][0]["text"] == "3"
    assert page["model"] == "digit"
    with Image.open(picture) as annotated:
        assert annotated.width > 300


@pytest.mark.parametrize(("format", "word"), [("alto", ".//{*}String"), ("hocr", ".//*[@class='ocrx_word']")])
def test_several_photos_are_one_document(format, word):
    done = run(*[PHOTOS / f"digit-{digit}.jpg" for digit in (4, 2)], "--format", format)
    assert done.returncode == 0, done.stderr
    words = ElementTree.fromstring(done.stdout).findall(word)
    assert [one.get("CONTENT") or "".join(one.itertext()) for one in words] == ["4", "2"]


def test_some_bad_inputs_are_exit_code_1_and_the_rest_is_read(tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"nothing")
    done = run(PHOTOS / "digit-1.jpg", bad, PHOTOS / "digit-2.jpg", "--format", "csv")
    assert done.returncode == 1
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert [row["text"] for row in rows] == ["1", "2"]
    assert done.stderr.decode().startswith(f"inkdigits: {bad} is not an image")


PHOTO = PHOTOS / "digit-1.jpg"
BAD_INPUTS = {
    "does not exist": ["missing.png"],
    "is empty": ["empty.png"],
    "damaged": ["cut.jpg"],
    "is a folder": ["."],
    "not a model": [PHOTO, "--model", "foreign.onnx"],
    "expected an ONNX model": [PHOTO, "--model", "missing.onnx"],
    "is one of the inputs": ["blank.png", "--annotate", "blank.png"],
    "expected a name that ends in": [PHOTO, "--annotate", "a.gif"],
    "make it first": [PHOTO, "--annotate", "no/a.png"],
    "folder.png cannot be written: it is a folder": [PHOTO, "--annotate", "folder.png"],
    "give - only once": ["-", "-"],
}


def test_many_images_are_written_as_they_are_read_and_the_picture_shows_some(tmp_path):
    done = run(*[PHOTO] * 70, "--format", "csv", "--annotate", tmp_path / "a.jpg")
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().count("source") == 1
    assert len(done.stdout.splitlines()) == 71
    assert b"the first 60 of 70" in done.stderr


@pytest.mark.parametrize(
    ("kind", "names", "code", "rows"),
    [
        ("digit", ["digit-7.jpg", "blank.png", "digit-2.jpg"], 1, ["7 ok", " empty", "2 ok"]),
        ("digit", ["blank.png"], 2, [" empty"]),
        ("number", ["blank.png"], 0, [" empty"]),
    ],
)
def test_a_blank_picture_has_its_row(tmp_path, kind, names, code, rows):
    make_bad_files(tmp_path)
    paths = [tmp_path / name if name == "blank.png" else PHOTOS / name for name in names]
    done = run(*paths, "--kind", kind, "--format", "csv")
    read = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert [f"{row['text']} {row['status']}" for row in read] == rows
    assert done.returncode == code
    assert done.stderr.decode().count("has no ink; expected one handwritten digit") == (kind == "digit")


def test_a_csv_has_one_header_where_the_first_images_are_bad(tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"nothing")
    done = run(*[bad] * 16, PHOTO, "--format", "csv")
    assert done.returncode == 1
    assert [line.split(",")[0] for line in done.stdout.decode().splitlines()] == ["source", str(PHOTO)]
    assert run(bad, "--format", "csv").stdout == b""


def make_bad_files(folder):
    Image.fromarray(np.full((30, 30), 255, np.uint8)).save(folder / "blank.png")
    (folder / "empty.png").write_bytes(b"")
    (folder / "folder.png").mkdir()
    (folder / "cut.jpg").write_bytes(PHOTO.read_bytes()[:900])
    (folder / "foreign.onnx").write_bytes(b"not a model")


@pytest.mark.parametrize("message", BAD_INPUTS)
def test_bad_input_is_one_line_and_exit_code_2(tmp_path, monkeypatch, message):
    make_bad_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    done = run(*BAD_INPUTS[message])
    assert done.returncode == 2
    assert message in done.stderr.decode()
    assert len(done.stderr.decode().splitlines()) == 1
    assert done.stdout == b""
    assert sorted(tmp_path.iterdir()) == before


def test_empty_stdin_is_named():
    done = run("-", stdin=b"")
    assert (done.returncode, done.stderr) == (2, b"inkdigits: stdin is empty; expected an image\n")


def test_an_unknown_kind_is_bad_usage():
    assert run(PHOTOS / "digit-1.jpg", "--kind", "roman").returncode == 2


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--pattern", "(", "regular expression"),
        ("--choices", "nowhere.txt", "nowhere.txt"),
        ("--minimum", "many", "--minimum"),
        ("--maximum", "2022-13-01", "--maximum"),
        ("--minimum", "2022-12-16", "minimum is 2022-12-16; expected a number"),
        ("--pattern", "", "pattern is empty"),
        ("--pattern", "[0-9]{5}", "nothing that kind 'digit' reads"),
    ],
)
def test_options_that_cannot_be_meant_are_bad_usage(option, value, says):
    done = run(PHOTOS / "digit-7.jpg", option, value)
    assert done.returncode == 2
    assert says in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_the_best_digit_that_may_be_is_read(tmp_path):
    roster = tmp_path / "roster.txt"
    roster.write_text("7\n3\n")
    done = run(PHOTOS / "digit-7.jpg", "--choices", roster, "--minimum", "5")
    assert done.stdout.decode().split("\t")[1] == "7"
    done = run(PHOTOS / "digit-7.jpg", "--choices", roster, "--maximum", "5")
    assert done.stdout.decode().rstrip("\n").split("\t")[3] == "rejected"


@pytest.mark.parametrize(("option", "status"), [("--ok-from", "review"), ("--rejected-from", "rejected")])
def test_thresholds_are_settable(option, status):
    done = run(PHOTOS / "digit-7.jpg", option, "1" if status == "review" else "0")
    assert done.stdout.decode().rstrip("\n").split("\t")[3] == status
    done = run(PHOTOS / "digit-7.jpg", option, "1.5")
    assert (done.returncode, option in done.stderr.decode()) == (2, True)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_read_once(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    photo = (PHOTOS / "digit-7.jpg").read_bytes()
    writer = threading.Thread(target=pipe.write_bytes, args=(photo,), daemon=True)
    writer.start()
    done = run(pipe)
    writer.join(timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().split("\t")[1] == "7"


@pytest.mark.parametrize("command", [read, batch])
def test_the_thresholds_are_the_readers_unless_told_otherwise(command):
    parameters = inspect.signature(command).parameters
    given = StatusThresholds(parameters["ok_from"].default, parameters["rejected_from"].default)
    assert given == StatusThresholds()
