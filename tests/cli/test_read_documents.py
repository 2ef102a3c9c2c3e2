"""`inkdigits read` on documents of several pages."""

import csv
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigits.cli.outputs import Gallery
from inkdigits.containers import Page
from inkdigits.errors import OutputError

TABLES = [[["1", "24"], ["7", ""]], [["58", "3"]], [["", "6"]]]
COMMAND = [sys.executable, "-m", "inkdigits", "read"]


def run(*arguments, stdin=None):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, input=stdin, check=False, timeout=120
    )


@pytest.fixture(scope="module")
def document(tmp_path_factory, make_pdf, pdf_table):
    path = tmp_path_factory.mktemp("documents") / "scan.pdf"
    path.write_bytes(make_pdf([pdf_table(table) for table in TABLES]))
    return path


def test_a_pdf_is_read_page_by_page_without_being_told(document):
    done = run(document)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == (
        f"{document}\tpage 1\n1\t24\n7\t.\n\n{document}\tpage 2\n58\t3\n\n{document}\tpage 3\n.\t6\n\n"
    )


def test_csv_names_each_page_and_the_picture_shows_them(document, tmp_path):
    picture = tmp_path / "seen.png"
    done = run("--format", "csv", "--annotate", picture, "-", stdin=document.read_bytes())
    assert done.returncode == 0, done.stderr
    rows = list(csv.reader(io.StringIO(done.stdout.decode())))
    assert rows == [
        ["-", "page 1"],
        *TABLES[0],
        [],
        ["-", "page 2"],
        *TABLES[1],
        [],
        ["-", "page 3"],
        *TABLES[2],
        [],
    ]
    names = ["seen-001.png", "seen-002.png", "seen-003.png"]
    assert sorted(path.name for path in tmp_path.glob("seen*")) == names
    for name in names:
        with Image.open(tmp_path / name) as annotated:
            assert 1600 < annotated.height < 2 * 1600
    assert done.stderr.decode() == f"annotated pictures: {tmp_path / names[0]} to {names[-1]}\n"


def test_numbered_pictures_replace_no_input(document, tmp_path):
    kept = tmp_path / "seen-002.png"
    Image.new("L", (300, 200), 255).save(kept)
    done = run(document, kept, "--page", "--annotate", tmp_path / "seen.png")
    assert (done.returncode, done.stdout) == (2, b"")
    told = (
        f"{tmp_path / 'seen.png'} would be written as {kept}, which is one of the inputs; name another file"
    )
    assert done.stderr.decode() == f"inkdigits: {told}\n"
    assert list(tmp_path.iterdir()) == [kept]


def test_a_lone_page_has_no_numbered_picture(tmp_path):
    page = tmp_path / "page-001.png"
    Image.new("L", (300, 200), 255).save(page)
    done = run("--page", "--annotate", tmp_path / "page.png", page)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page-001.png", "page.png"]


def test_a_numbered_picture_that_cannot_be_written_is_told_before_anything_is_read(document, tmp_path):
    (tmp_path / "seen-002.png").mkdir()
    done = run("--format", "json", "--annotate", tmp_path / "seen.png", document)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().startswith(f"inkdigits: {tmp_path / 'seen-002.png'}")


def test_a_picture_that_fails_in_the_middle_costs_no_page(tmp_path):
    gallery = Gallery(tmp_path / "seen.png")
    gray, page = np.full((200, 300), 255, np.uint8), Page(size=(300, 200))
    gallery.add(gray, page)
    (tmp_path / "seen-002.png").mkdir()
    gallery.add(gray, page)
    gallery.add(gray, page)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["seen-001.png", "seen-002.png"]
    with pytest.raises(OutputError, match=r"seen-002\.png"):
        gallery.write()


def test_json_is_whole_and_a_tiff_has_pages_too(document, tmp_path):
    scan = tmp_path / "scan.tif"
    first, *rest = (Image.new("L", (200, 300), tone) for tone in (255, 0))
    first.save(scan, save_all=True, append_images=rest)
    done = run("--page", "--format", "json", document, scan)
    assert done.returncode == 0
    pages = [Page.from_dict(page) for page in json.loads(done.stdout)["pages"]]
    assert [(page.source, page.number) for page in pages] == [
        *((str(document), number) for number in (1, 2, 3)),
        (str(scan), 1),
        (str(scan), 2),
    ]
    assert [[field.text for field in row] for row in pages[1].tables[0].cells] == TABLES[1]
    assert done.stderr.decode().splitlines() == [
        f"inkdigits: page {number} of {scan} has no table, box or number that could be found"
        for number in (1, 2)
    ]


def test_documents_that_do_not_open_are_told_and_the_others_read(document, make_pdf, tmp_path):
    bad = {
        "empty.pdf": (make_pdf([]), "is a PDF without pages"),
        "broken.pdf": (make_pdf()[:200], "is a damaged PDF"),
        "locked.pdf": (
            make_pdf(
                trailer=b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O(%s)/U(%s)>>/ID[(a)(a)]"
                % (b"o" * 32, b"u" * 32)
            ),
            "is encrypted; save it without its password first",
        ),
    }
    for name, (data, _) in bad.items():
        (tmp_path / name).write_bytes(data)
    paths = [tmp_path / name for name in bad]
    done = run(*paths, document, "--format", "json")
    assert done.returncode == 1
    assert len(json.loads(done.stdout)["pages"]) == 3
    expected = [f"inkdigits: {path} {bad[path.name][1]}" for path in paths]
    assert done.stderr.decode().splitlines() == expected
    done = run(*paths)
    assert (done.returncode, done.stdout) == (2, b"")


def test_a_document_that_claims_pages_it_has_not_is_given_up(make_pdf, pdf_table, tmp_path):
    path = tmp_path / "scan.pdf"
    path.write_bytes(make_pdf([pdf_table(TABLES[0])], count=1_000_000))
    done = run(path)
    assert done.returncode == 1
    *bad, last = done.stderr.decode().splitlines()
    assert bad == [f"inkdigits: page {number} of {path} is damaged or missing" for number in range(2, 12)]
    assert last == f"inkdigits: {path}: 10 pages in a row cannot be read; the 999989 after them are left out"
    assert done.stdout.decode().splitlines()[1:3] == ["1\t24", "7\t."]


def test_a_pdf_among_images_that_are_no_pages_is_told(document):
    photo = Path(__file__).parents[2] / "examples" / "photos" / "digit-7.jpg"
    done = run("--kind", "digit", photo, document)
    assert done.returncode == 1
    assert done.stdout.decode().startswith(f"{photo}\t7\t")
    assert "is a PDF, which has pages: read it with read_pages, or with --page" in done.stderr.decode()


def test_of_ten_thousand_pages_the_first_is_out_at_once(make_pdf, pdf_table, tmp_path):
    path = tmp_path / "scan.pdf"
    path.write_bytes(make_pdf([pdf_table(TABLES[1])] * 10_000))
    start = time.monotonic()
    with subprocess.Popen([*COMMAND, str(path), "--format", "json"], stdout=subprocess.PIPE) as process:
        seen = ""
        while (
            seen.count('"schema_version": 1') < 6
        ):  # the document, a page, its table and two cells; another page
            seen += process.stdout.readline().decode()
        process.stdout.close()
        assert time.monotonic() - start < 30
        assert process.wait(timeout=30) == 1  # whoever read has gone


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminals to simulate")
def test_a_progress_bar_on_the_terminal_leaves_results_where_they_belong(tmp_path):
    paths = [tmp_path / f"{number}.png" for number in range(5)]
    for path in paths:
        Image.fromarray(np.full((60, 60), 255, np.uint8)).save(path)
    terminal, stderr = os.openpty()
    output = tmp_path / "read.txt"
    with output.open("wb") as stdout:
        done = subprocess.Popen([*COMMAND, "--page", *map(str, paths)], stdout=stdout, stderr=stderr)
        os.close(stderr)
        shown = b""
        while True:
            try:
                shown += (part := os.read(terminal, 4096))
            except OSError:  # how Linux says that the other side has closed
                break
            if not part:
                break
    os.close(terminal)
    assert done.wait(timeout=60) == 0
    assert b"reading" in shown
    assert output.read_text().split() == [str(path) for path in paths]


def test_a_tiff_of_several_pages_is_not_one_field(tmp_path):
    pages = [Image.new("L", (90, 40), 230) for _ in range(3)]
    pages[0].save(tmp_path / "one.tif")
    pages[0].save(tmp_path / "three.tif", save_all=True, append_images=pages[1:])
    done = run("read", tmp_path / "one.tif", tmp_path / "three.tif", "--kind", "number")
    assert done.returncode == 1
    assert done.stdout.decode().count("\n") == 1
    assert "three.tif has 3 pages; expected an image of one field" in done.stderr.decode()
