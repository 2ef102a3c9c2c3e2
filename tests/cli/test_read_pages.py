import csv
import io
import json
import subprocess
import sys
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from PIL import Image

from inkdigits.containers import Page

TEXTS = [["1", "24", ""], ["7", "", "58"]]


def run(*arguments, stdin=None):
    command = [sys.executable, "-m", "inkdigits", "read", "--page", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, input=stdin, check=False)


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    page = np.full((420, 620), 235, np.uint8)
    for row, line in enumerate(TEXTS):
        for column, text in enumerate(line):
            left, top = 100 + 130 * column, 120 + 90 * row
            cv2.rectangle(page, (left, top), (left + 130, top + 90), 70, 2)
            cv2.putText(page, text, (left + 35, top + 62), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 30, 3, cv2.LINE_AA)
    path = tmp_path_factory.mktemp("pages") / "page.png"
    Image.fromarray(page).save(path)
    return path


@pytest.fixture
def blank(tmp_path):
    path = tmp_path / "blank.png"
    Image.fromarray(np.full((300, 200), 255, np.uint8)).save(path)
    return path


def test_a_table_prints_row_by_row(photo):
    done = run(photo)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines() == [str(photo), "1\t24\t.", "7\t.\t58", ""]


def test_csv_is_the_table_and_the_picture_shows_it(photo, tmp_path):
    picture = tmp_path / "seen.jpg"
    done = run(photo, "--format", "csv", "--annotate", picture)
    assert done.returncode == 0, done.stderr
    assert list(csv.reader(io.StringIO(done.stdout.decode()))) == TEXTS
    with Image.open(picture) as annotated:
        assert annotated.size[1] > 420


def test_csv_shows_no_doubt_so_stderr_tells_how_much_there_is(photo, tmp_path):
    page = cv2.imread(str(photo), cv2.IMREAD_GRAYSCALE)
    cv2.line(page, (240, 170), (350, 160), 40, 3)  # through the 24
    spoiled = tmp_path / "spoiled.png"
    Image.fromarray(page).save(spoiled)
    done = run(spoiled, "--format", "csv")
    assert done.returncode == 0
    assert done.stderr.decode().startswith("not all is sure: 1 to be reviewed, 0 rejected; --annotate or ")
    assert run(photo, "--format", "csv").stderr == b""


def test_json_holds_pages_and_stdin_is_one(photo):
    done = run("-", "--format", "json", stdin=photo.read_bytes())
    (page,) = (Page.from_dict(page) for page in json.loads(done.stdout)["pages"])
    assert (page.source, page.size) == ("-", (620, 420))
    assert [[field.text for field in row] for row in page.tables[0].cells] == TEXTS


def test_a_page_without_a_table_is_said_and_a_bad_file_fails_and_the_rest_is_read(photo, blank, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"nothing")
    done = run(blank, bad, photo, "--format", "csv")
    assert done.returncode == 1
    first, second = done.stderr.decode().splitlines()
    assert first == f"inkdigits: {blank} has no table, box or number that could be found"
    assert second.startswith(f"inkdigits: {bad} is not an image")
    assert done.stdout.decode().splitlines() == [str(blank), "", str(photo), "1,24,", "7,,58", ""]


def test_a_page_without_a_table_is_no_failure(blank):
    done = run(blank, "--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["pages"][0]["tables"] == []


def test_nothing_read_is_exit_code_2_and_no_picture(tmp_path):
    picture = tmp_path / "seen.png"
    done = run(tmp_path / "missing.png", "--annotate", picture)
    assert (done.returncode, done.stdout) == (2, b"")
    assert not picture.exists()


def test_alto_and_hocr_hold_the_table_and_the_picture_shows_it_too(photo, tmp_path):
    expected = [text for line in TEXTS for text in line if text]
    done = run(photo, "--format", "alto", "--annotate", tmp_path / "seen.jpg")
    assert done.returncode == 0, done.stderr
    strings = ElementTree.fromstring(done.stdout).iterfind(".//{*}String")
    assert [string.get("CONTENT") for string in strings] == expected
    done = run(photo, "--format", "hocr")
    words = ElementTree.fromstring(done.stdout).iterfind(".//{*}span[@class='ocrx_word']")
    assert ["".join(word.itertext()) for word in words] == expected
    assert (tmp_path / "seen.jpg").exists()


def test_several_pages_are_one_document_without_those_that_cannot_be_read(photo, blank, tmp_path):
    done = run(blank, tmp_path / "missing.png", photo, "--format", "alto")
    assert done.returncode == 1
    files = ElementTree.fromstring(done.stdout).iterfind(".//{*}fileIdentifier")
    assert [file.text for file in files] == [str(blank), str(photo)]


def test_no_page_that_could_be_read_is_no_document(tmp_path):
    done = run(tmp_path / "missing.png", "--format", "hocr")
    assert (done.returncode, done.stdout) == (2, b"")


def test_values_are_for_csv_of_pages(photo):
    assert run(photo, "--format", "csv", "--values").stdout == run(photo, "--format", "csv").stdout
    done = run(photo, "--values")
    assert done.returncode == 2
    assert done.stderr.startswith(b"inkdigits: --values says how cells are written as csv")
