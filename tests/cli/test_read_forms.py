"""`inkdigits read --template` and `inkdigits template`, as a user runs them."""

import csv
import io
import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
from PIL import Image

from inkdigits.containers import Page
from inkdigits.reading import load_template, save_template

TEXTS = {"amount": "41.75", "grade": "3", "number": "2704458", "first": "12", "second": "25", "sum": "37"}


def run(*arguments, stdin=None):
    command = [sys.executable, "-m", "inkdigits", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, input=stdin, check=False)


@pytest.fixture
def folder(tmp_path, monkeypatch, form_template, blank_form, filled_form):
    Image.fromarray(blank_form).save(tmp_path / "blank.png")
    Image.fromarray(filled_form(**TEXTS)).save(tmp_path / "scan.png")
    Image.fromarray(np.full((400, 300), 255, np.uint8)).save(tmp_path / "white.png")
    save_template(form_template, tmp_path / "form.json")
    Image.fromarray(blank_form).save(tmp_path / "form.pdf")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_page_is_a_row_and_one_that_does_not_match_a_row_without_values(folder):
    done = run(
        "read",
        "scan.png",
        "white.png",
        "--template",
        "form.json",
        "--format",
        "csv",
        "--annotate",
        "seen.png",
    )
    assert done.returncode == 1
    assert done.stderr.decode().startswith("inkdigits: white.png does not match the form")
    first, second = csv.DictReader(io.StringIO(done.stdout.decode()))
    assert {name: first[name] for name in TEXTS} == TEXTS
    assert (second["status"], {second[name] for name in TEXTS}) == ("mismatch", {""})
    assert not (folder / "seen.png").exists()
    with Image.open(folder / "seen-001.png") as form, Image.open(folder / "seen-002.png") as white:
        assert form.height > 800 > white.height


def test_what_cannot_be_read_is_a_row_too(folder):
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    done = run("read", "missing.png", "scan.png", "broken.png", "--template", "form.json", "--format", "csv")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 2
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert [(row["source"], row["status"]) for row in rows] == [
        ("missing.png", "unreadable"),
        ("scan.png", rows[1]["status"]),
        ("broken.png", "unreadable"),
    ]
    assert rows[1]["amount"] == TEXTS["amount"]
    as_json = run("read", "missing.png", "scan.png", "--template", "form.json", "--format", "json")
    assert [page["source"] for page in json.loads(as_json.stdout)["pages"]] == ["scan.png"]


def test_json_text_and_stdin(folder):
    done = run(
        "read", "-", "--template", "form.json", "--format", "json", stdin=(folder / "scan.png").read_bytes()
    )
    assert (done.returncode, done.stderr) == (0, b"")
    page = Page.from_dict(json.loads(done.stdout)["pages"][0])
    assert {field.name: field.text for field in page.fields} == TEXTS
    lines = run("read", "scan.png", "--template", "form.json").stdout.decode().splitlines()
    assert (lines[0], lines[1].split("\t")[:2], len(lines)) == ("scan.png", ["amount", "41.75"], 8)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["scan.png", "--template", "none.json"], "none.json cannot be read"),
        (["scan.png", "--template", "scan.png"], "scan.png is not JSON"),
        (["scan.png", "--template", "form.json", "--kind", "digit"], "leave --kind"),
        (["scan.png", "--template", "form.json", "--page"], "leave --kind, --page"),
        (["scan.png", "--template", "form.json", "--minimum", "3"], "leave --kind, --page"),
        (["none.png", "--template", "form.json"], "none.png does not exist"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(folder, arguments, says):
    done = run("read", *arguments)
    assert done.returncode == 2
    assert says in done.stderr.decode()
    assert len(done.stderr.splitlines()) == 1


def test_a_proposal_is_a_template_that_reads(folder):
    done = run("template", "blank.png", "--output", "proposed.json", "--annotate", "proposed.png")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"6 fields proposed\n")
    assert load_template(folder / "proposed.json").blank_name == "blank.png"
    assert (folder / "proposed.png").is_file()
    done = run("read", "scan.png", "--template", "proposed.json", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(done.stdout.decode()))
    assert (row["field_3"], row["table1_r3_c1"]) == (TEXTS["number"], TEXTS["sum"])


def test_a_blank_form_that_is_askew_is_told_of(folder, blank_form):
    turn = cv2.getRotationMatrix2D((300, 400), 2, 1)
    skewed = cv2.warpAffine(blank_form, turn, (600, 800), borderValue=245)
    cv2.imwrite(str(folder / "askew.png"), skewed)
    done = run("template", "askew.png", "--output", "proposed.json")
    assert done.returncode == 0
    first, second = done.stderr.decode().splitlines()
    assert first.startswith("warning: the boxes of askew.png lean by 2.0 degrees, and some will be missed")
    assert second.endswith(" fields proposed")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["white.png"], "has no boxes"),
        (["none.png"], "does not exist"),
        (["form.json"], "is not an image"),
        (["form.pdf"], "form.pdf is a PDF; save the page with the blank form as a picture"),
        (["blank.png", "--output", "no/a.json"], "make it first"),
        (["blank.png", "--output", "blank.png"], "is one of the inputs"),
        (["blank.png", "--annotate", "a.gif"], "expected a name that ends in"),
    ],
)
def test_what_cannot_be_proposed_is_one_line_and_leaves_nothing(folder, arguments, says):
    before = {path: path.stat().st_size for path in folder.iterdir()}
    done = run("template", *arguments)
    assert done.returncode == 2
    assert says in done.stderr.decode()
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == b""
    assert {path: path.stat().st_size for path in folder.iterdir()} == before


def test_without_an_output_the_proposal_goes_to_stdout(folder):
    assert len(json.loads(run("template", "blank.png").stdout)["fields"]) == 6


def test_the_pages_of_one_document_are_rows_with_their_numbers(folder):
    with Image.open("scan.png") as scan, Image.open("white.png") as white:
        scan.save("scans.tiff", save_all=True, append_images=[white, scan])
    done = run("read", "scans.tiff", "--template", "form.json", "--format", "csv")
    assert done.returncode == 1
    (complaint,) = done.stderr.decode().splitlines()
    assert complaint.startswith("inkdigits: page 2 of scans.tiff does not match the form")
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert [row["page"] for row in rows] == ["1", "2", "3"]
    assert [row["status"] == "mismatch" for row in rows] == [False, True, False]
    assert rows[2]["amount"] == TEXTS["amount"]


def test_every_format_says_that_a_page_does_not_match(folder):
    done = run("read", "white.png", "scan.png", "--template", "form.json")
    assert done.stdout.decode().splitlines()[:3] == ["white.png", "mismatch", ""]
    done = run("read", "white.png", "--template", "form.json", "--format", "json")
    (page,) = json.loads(done.stdout)["pages"]
    assert page["steps"][-1] == "mismatch"


def test_a_blank_form_may_come_through_a_pipe_and_is_embedded(folder):
    done = run("template", "-", stdin=(folder / "blank.png").read_bytes())
    assert done.returncode == 0
    (folder / "proposed.json").write_bytes(done.stdout)
    assert load_template(folder / "proposed.json").blank_name is None


def test_options_that_nothing_meets_are_told_of_before_anything_is_read(folder):
    template = json.loads((folder / "form.json").read_text())
    template["fields"][0] |= {"kind": "digit", "minimum": 50}
    (folder / "form.json").write_text(json.dumps(template))
    done = run("read", "scan.png", "--template", "form.json")
    assert done.returncode == 2
    assert "minimum is 50; kind 'digit' reads at most 9" in done.stderr.decode()
