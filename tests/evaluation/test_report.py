import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inkdigits.errors import DataError, OutputError
from inkdigits.evaluation.report import write_run_figures

NAMES = ("zero", "one & only", "<two>")
RANDOM = np.random.default_rng(5)
IMAGES = np.zeros((30, 28, 28), np.uint8)
LABELS = np.arange(30) % 3
PROBABILITIES = RANDOM.dirichlet(np.ones(3), 30)
HISTORY = [{"loss": 0.3, "accuracy": 0.9, "val_loss": 0.2, "val_accuracy": 0.95}]


def write(folder: Path, **changes: Any) -> list[Path]:
    arguments: dict[str, Any] = {
        "title": "cnn on mnist",
        "history": HISTORY,
        "images": IMAGES,
        "labels": LABELS,
        "probabilities": PROBABILITIES,
        "class_names": NAMES,
        "metrics": {"parameters": 592074, "train_seconds": 53.21, "versions": {"keras": "3.15.0"}},
    }
    return write_run_figures(folder, **(arguments | changes))


class Page(HTMLParser):
    """Collects the tags, the addresses they load from, and the text; checks that tags are closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in {"meta", "img", "source", "link", "br"}:
            self.open.append(tag)
        self.addresses += [
            value or "" for key, value in attributes if key in {"src", "srcset", "href", "data"}
        ]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data.strip())


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def html(written: list[Path]) -> str:
    return written[-1].read_text("utf-8")


def test_figures_and_report_are_written(written: list[Path]) -> None:
    names = {"learning_curves.png", "mistakes.png", "confusion.png", "samples.png", "report.html"}
    assert {path.name for path in written} == names == {path.name for path in written[0].parent.iterdir()}
    for path in written[:-1]:
        assert path.read_bytes().startswith(b"\x89PNG")


def test_the_page_is_whole_and_loads_nothing(html: str) -> None:
    page = Page(html)
    assert page.open == []
    assert len(page.addresses) == 8  # four figures, each for light and for dark screens
    assert all(address.startswith("data:image/png;base64,") for address in page.addresses)
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    assert "url(" not in html
    assert "@import" not in html
    assert "default-src 'none'" in html
    assert "$" not in re.sub(r'"data:[^"]*"', "", html)


def test_the_page_tells_the_numbers(html: str) -> None:
    words = Page(html).words
    errors = int(np.sum(PROBABILITIES.argmax(axis=1) != LABELS))
    assert f"{100 * errors / 30:.2f}%" in words
    assert f"error: {errors} wrong of 30" in words
    for text in ("cnn on mnist", "592,074", "53.21 s", "versions: keras", "3.15.0"):
        assert text in words
    assert "Corrected error" not in words


def test_everything_is_escaped(tmp_path: Path) -> None:
    write(tmp_path, title="<script>$n</script>", metrics={"<b>": ['"><i>', 7], "none": None, "so": True})
    page = Page((tmp_path / "report.html").read_text("utf-8"))
    assert not {"script", "b", "i", "two"} & set(page.tags)
    for text in ("<script>$n</script>", "one & only", "<two>", "<b>", '"><i>, 7', "none", "yes"):
        assert text in page.words


def test_without_history_there_are_no_learning_curves(tmp_path: Path) -> None:
    assert "learning_curves.png" not in {path.name for path in write(tmp_path, history=[])}
    assert "Learning curves" not in (tmp_path / "report.html").read_text("utf-8")


def test_learning_curves_without_validation_do_not_speak_of_a_validation_curve(
    html: str, tmp_path: Path
) -> None:
    write(tmp_path, history=[{"loss": 0.3, "accuracy": 0.9}])
    alone = (tmp_path / "report.html").read_text("utf-8")
    assert "Training and validation, epoch by epoch." in html
    assert "Training and validation, epoch by epoch." not in alone
    assert "No images were held out for validation" in alone
    assert "No images were held out for validation" not in html


def test_ink_that_is_no_digit_is_named_and_has_a_row_only_where_there_is_such_ink(tmp_path: Path) -> None:
    answers = np.eye(3)[np.where(LABELS == 1, 2, LABELS)]
    write(tmp_path, class_names=("0", "1", ""), labels=LABELS % 2, probabilities=answers)
    words = Page((tmp_path / "report.html").read_text("utf-8")).words
    assert "no digit (10)" in words  # what each 1 was taken for
    assert "no digit" not in words
    write(tmp_path, class_names=("0", "1", ""), labels=LABELS, probabilities=answers)
    assert "no digit" in Page((tmp_path / "report.html").read_text("utf-8")).words


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="none cannot be written: No such file"):
        write(tmp_path / "none")


def test_bad_data_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        write(tmp_path, labels=LABELS + 1)
    assert list(tmp_path.iterdir()) == []
