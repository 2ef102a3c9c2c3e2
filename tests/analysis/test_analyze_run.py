"""`analyze` whole: what it finds, what it writes, what it refuses."""

import json
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from inkdigits import analyze
from inkdigits.datasets import DataSet, Split
from inkdigits.errors import DataError, MissingExtraError, OutputError


class Page(HTMLParser):
    """Collects what a page would load, and checks that tags close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.sources: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag, attributes) -> None:
        self.sources += [value for name, value in attributes if name in ("src", "href") and value]
        self.scripts += tag == "script"
        if tag not in ("img", "meta", "br", "link"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes) -> None:
        """Nothing to close."""

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def analysis_and_folder(digits, tmp_path_factory):
    """A set with a clash, a copy across splits, a blank image and a wrong label; analyzed once for this module."""
    images, labels = digits[0].copy(), digits[1].copy()
    images[10] = images[11]
    labels[10], labels[11] = 3, 5
    images[350] = images[20]
    labels[350] = labels[20]
    images[30] = 0
    labels[40] = (labels[40] + 3) % 10
    data = DataSet("digits", Split(images[:300], labels[:300]), None, Split(images[300:], labels[300:]))
    folder = tmp_path_factory.mktemp("analysis") / "report"
    other = DataSet("<other>", Split(255 - images[:60], labels[:60]))
    return analyze(data, against=other, output=folder), folder


def test_what_it_finds(analysis_and_folder) -> None:
    analysis, _ = analysis_and_folder
    assert analysis.clashes == [[10, 11]]
    assert sorted(analysis.exact) == [[10, 11], [20, 350]]
    assert analysis.blank.tolist() == [30]
    assert 40 in [row.number for row in analysis.doubts[:6]]
    assert [(drift.first, drift.second) for drift in analysis.drifts] == [
        ("train", "test"),
        ("<other>", "digits"),
    ]
    assert analysis.drifts[1].told_apart > 0.95
    assert sorted(analysis.strangers) == list(range(400))


def test_the_notes_name_what_matters(analysis_and_folder) -> None:
    notes = "\n".join(analysis_and_folder[0].notes)
    assert "the same image stands under several labels: train 10 as 3, train 11 as 5" in notes
    assert "1 image stands in more than one split" in notes
    assert "1 image is blank: train 30" in notes
    assert "digits differs from <other>" in notes


def test_the_report_holds_everything_and_loads_nothing(analysis_and_folder) -> None:
    _, folder = analysis_and_folder
    text = (folder / "report.html").read_text()
    page = Page()
    page.feed(text)
    assert page.open == []
    assert page.scripts == 0
    assert page.sources
    assert all(source.startswith("data:image/png;base64,") for source in page.sources)
    assert "default-src 'none'" in text
    assert "&lt;other&gt;" in text
    assert "<other>" not in text
    assert text.count('<a class="p') == 400


def test_the_document_is_whole(analysis_and_folder) -> None:
    _, folder = analysis_and_folder
    document = json.loads((folder / "analysis.json").read_text())
    assert document["schema_version"] == 1
    assert document["images"] == {"train": 300, "test": 100}
    assert sum(document["counts"]["test"]) == 100
    assert [[row["index"] for row in group] for group in document["copies_under_several_labels"]] == [
        [10, 11]
    ]
    assert {row["split"] for row in document["labels"]["most_doubtful"]} == {"train", "test"}
    assert (
        document["drift"][1]["measures"]["ink"]["second"] < document["drift"][1]["measures"]["ink"]["first"]
    )
    assert len(document["strangers"]) == 100


def test_the_card_is_one_page(analysis_and_folder) -> None:
    text = (analysis_and_folder[1] / "card.md").read_text()
    assert text.startswith("# digits\n")
    assert "| train | 300 |" in text
    assert len(text.splitlines()) < 60


def test_a_folder_of_pictures_names_its_files(digits, save_pictures, tmp_path) -> None:
    names = ["ab"[label % 2] for label in digits[1][:40].tolist()]
    folder = save_pictures(tmp_path / "mine", digits[0][:40], names)
    (folder / "b" / "copy.png").write_bytes(next((folder / "a").iterdir()).read_bytes())
    (folder / "a" / "broken.png").write_text("x")
    with Image.open(folder / "b" / "copy.png") as picture:
        picture.resize((10, 10)).save(folder / "b" / "tiny.png")
    analysis = analyze(folder)
    notes = "\n".join(analysis.notes)
    assert "1 file could not be read, left out" in notes
    assert "broken.png" in notes
    assert "copy.png as b" in notes
    assert len(analysis.collection) == 42
    assert "1 picture is under 12 pixels wide or high" in notes


def test_a_folder_without_splits_is_not_split(digits, save_pictures, tmp_path) -> None:
    folder = save_pictures(tmp_path / "mine", digits[0][:40], [str(label) for label in digits[1][:40]])
    analysis = analyze(folder)
    assert analysis.collection.split_names == ("train",)
    assert analysis.drifts == []


def test_strangers_are_images_of_the_set_that_is_analyzed(make_set) -> None:
    def invert(images, _) -> None:
        images[::8] = 255 - images[::8]

    analysis = analyze(make_set(edit=invert), against=make_set())
    assert set(analysis.strangers[:40]) <= set(range(0, 400, 8))


@pytest.mark.parametrize(
    ("labels", "names", "note"),
    [
        ([0] * 30, ("7",), "all labels are '7'; with one class alone no label can be doubted"),
        (
            [0, 1] * 14 + [1, 2],
            ("a", "b", "c"),
            "1 class has a single image, whose label cannot be cross-validated: c",
        ),
        ([0, 1] * 15, ("a", "b", "c"), "1 class has no images: c"),
        ([0] * 28 + [1] * 2, ("a", "b"), "classes are uneven: a has 28 images and b 2"),
    ],
)
def test_odd_sets_have_a_note(digits, labels, names, note) -> None:
    data = DataSet("odd", Split(digits[0][:30], np.array(labels)), class_names=names)
    assert any(one.startswith(note) for one in analyze(data).notes)


def test_copies_alone_cannot_be_judged_and_a_note_says_so(digits) -> None:
    data = DataSet("copies", Split(digits[0][[0, 1] * 10], np.array([0, 1] * 10)), class_names=("a", "b"))
    analysis = analyze(data)
    assert analysis.predictions is None
    assert any(note.startswith("no label could be judged") for note in analysis.notes)


def test_no_labels_at_all(digits, tmp_path) -> None:
    analysis = analyze(DataSet("bare", test=Split(digits[0][:30])), output=tmp_path / "report")
    assert analysis.predictions is None
    assert "30 images have no labels" in analysis.notes[0]
    assert json.loads((tmp_path / "report" / "analysis.json").read_text())["labels"] is None


@pytest.mark.parametrize("count", [1, 2, 9])
def test_very_few_images(digits, count, tmp_path) -> None:
    data = DataSet("few", Split(digits[0][:count], digits[1][:count]))
    analyze(data, against=data, output=tmp_path / "report")
    assert (tmp_path / "report" / "report.html").is_file()


def test_names_that_collide_are_refused_and_nothing_is_written(digits, tmp_path) -> None:
    data = DataSet("names", Split(digits[0][:4], np.array([0, 1, 0, 1])), class_names=("a", "a "))
    with pytest.raises(DataError, match="the classes 'a' and 'a ' are the same once trimmed"):
        analyze(data, output=tmp_path / "deep" / "report")
    assert list(tmp_path.iterdir()) == []


def test_a_taken_place_is_refused_before_the_data_is_read(tmp_path) -> None:
    with pytest.raises(OutputError, match="exists already"):
        analyze(tmp_path / "missing", output=tmp_path)


def test_a_missing_extra_is_told_of_before_any_work(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("inkdigits.analysis.run.find_spec", lambda name: None if name == "cleanlab" else True)
    with pytest.raises(
        MissingExtraError, match=r"cleanlab is not installed; pip install 'inkdigits\[analyze\]'"
    ):
        analyze(tmp_path / "missing")


def test_nothing_to_analyze() -> None:
    with pytest.raises(DataError, match="has no images"):
        analyze(DataSet("empty"))
