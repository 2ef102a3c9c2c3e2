"""Samples of one's own symbols: what is taken, what is skipped, what is refused."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.errors import DataError
from inkdigits.training.samples import MOST_CLASSES, check_samples, load_samples, normalize_samples


def picture(kind: int, size: int = 60, shift: int = 0) -> NDArray[np.uint8]:
    """A cross or a ring in dark ink."""
    paper = np.full((size, size), 255, np.uint8)
    end = size - size // 5 - shift
    if kind:
        cv2.circle(paper, (size // 2, size // 2), size // 3 - shift, 0, max(1, size // 15))
    else:
        cv2.line(paper, (size // 5, size // 5), (end, end), 0, max(1, size // 15))
        cv2.line(paper, (end, size // 5), (size // 5, end), 0, max(1, size // 15))
    return paper


def write(path: Path, image: NDArray[np.uint8]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image)
    return path


def make_folder(folder: Path) -> Path:
    for kind, name in enumerate(("cross", "ring")):
        for shift in (0, 4, 8):
            write(folder / name / f"{shift}.png", picture(kind, shift=shift))
    return folder


def test_a_folder_a_class(tmp_path: Path) -> None:
    samples = load_samples(make_folder(tmp_path / "symbols"))
    assert samples.class_names == ("cross", "ring")
    assert samples.images.shape == (6, 28, 28)
    assert samples.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert samples.skipped == ()


def test_a_table_of_paths_and_labels(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "symbols")
    rows = [f"{path.relative_to(folder)}, {path.parent.name} " for path in sorted(folder.rglob("*.png"))]
    (folder / "labels.csv").write_text("\n".join(["path,label", *rows]))
    assert load_samples(folder / "labels.csv").class_names == ("cross", "ring")


def test_saved_corrections_give_their_single_symbols(tmp_path: Path) -> None:
    for kind in (0, 1):
        for shift in (0, 4):
            write(tmp_path / "digits" / str(kind) / f"{shift}.png", picture(kind, shift=shift))
    write(tmp_path / "fields" / "a.png", picture(0))
    (tmp_path / "fields" / "labels.csv").write_text("path,label\na.png,1200\n")
    samples = load_samples(tmp_path)
    assert samples.class_names == ("0", "1")
    assert len(samples.skipped) == 1
    assert "'1200' is more than one symbol" in samples.skipped[0]


def test_what_cannot_be_read_is_skipped_and_named(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "symbols")
    (folder / "ring" / "notes.txt").write_text("no picture")
    (folder / "ring" / "inside").mkdir()
    write(folder / "ring" / "blank.png", np.full((40, 40), 255, np.uint8))
    write(folder / "loose.png", picture(0))
    write(folder / "ring" / "again.png", picture(1))
    samples = load_samples(folder)
    assert len(samples.images) == 6
    named = {Path(line.split(":")[0]).name for line in samples.skipped}
    assert named == {"notes.txt", "inside", "blank.png", "loose.png", "again.png"}


def test_tiny_and_huge_pictures_are_taken() -> None:
    images = [picture(kind, size) for kind in (0, 1) for size in (14, 60, 2500)]
    samples = normalize_samples(images, ["cross"] * 3 + ["ring"] * 3)
    assert len(samples.images) + len(samples.skipped) == 6
    assert set(samples.labels.tolist()) == {0, 1}


def test_images_at_hand_that_cannot_be_read_are_skipped_by_number() -> None:
    images = [
        picture(0),
        np.full((40, 40), 255, np.uint8),
        picture(0, shift=4),
        picture(1),
        b"none",
        picture(1, 50),
    ]
    samples = normalize_samples(images, ["cross"] * 3 + ["ring"] * 3)
    assert samples.sources == ("image 0", "image 2", "image 3", "image 5")
    assert [line.split(":")[0] for line in samples.skipped] == ["image 1", "image 4"]
    assert "no ink" in samples.skipped[0]


def different(count: int) -> list[NDArray[np.uint8]]:
    return list(np.random.default_rng(0).integers(0, 255, (count, 1, 28, 28), np.uint8))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["a", "a", "a", "a"], "only the class 'a'"),
        (["a", "a", "a", "b"], "one sample alone in class 'b'"),
        (["a", "a ", "b", "b"], "'a' and 'a ' are the same once trimmed"),
        (["a", "a", " ", "b"], "picture 2 has an empty label"),
    ],
)
def test_labels_that_cannot_teach(labels: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        check_samples(different(4), labels, [f"picture {index}" for index in range(4)], [])


def test_one_picture_under_two_labels_is_named() -> None:
    images = different(3)
    with pytest.raises(DataError, match=r"two labels: p0 \('a'\) and p3 \('b'\)"):
        check_samples([*images, images[0]], ["a", "a", "b", "b"], ["p0", "p1", "p2", "p3"], [])


def test_too_many_classes() -> None:
    count = 2 * (MOST_CLASSES + 1)
    labels = [str(index // 2) for index in range(count)]
    with pytest.raises(DataError, match="201 classes; finetune takes at most 200"):
        check_samples(different(count), labels, labels, [])


def test_numbers_come_in_order_before_words() -> None:
    labels = ["10", "10", "9", "9", "kg", "kg"]
    assert check_samples(different(6), labels, labels, []).class_names == ("9", "10", "kg")


@pytest.mark.parametrize(
    ("name", "message"), [("missing", "does not exist"), ("archive.zip", "unpack an archive")]
)
def test_what_is_no_source(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "archive.zip").write_bytes(b"PK")
    with pytest.raises(DataError, match=message):
        load_samples(tmp_path / name)


def test_a_table_without_its_columns(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,class\na.png,b\n")
    with pytest.raises(DataError, match="expected path and label"):
        load_samples(tmp_path / "labels.csv")


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no picture that can be read"):
        load_samples(tmp_path)


def test_a_class_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "symbols")
    write(folder / "blank" / "0.png", np.full((40, 40), 255, np.uint8))
    with pytest.raises(DataError, match=r"no picture of class 'blank' can be read \(.*0.png: .*no ink"):
        load_samples(folder)
    with pytest.raises(DataError, match=r"no picture of class 'none' can be read \(image 2"):
        normalize_samples([picture(0), picture(1), b""], ["cross", "ring", "none"])


def test_a_folder_without_pictures_is_named(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "symbols")
    (folder / "star").mkdir()
    assert load_samples(folder).skipped == (f"{folder / 'star'}: a folder without pictures",)


def test_samples_keep_what_a_reader_chooses_from() -> None:
    page = np.full((120, 120), 230, np.uint8)
    cv2.line(page, (7, 7), (113, 7), 40, 6)
    cv2.line(page, (60, 7), (60, 113), 40, 6)
    images = [page, page // 2, picture(1), picture(1, shift=4)]
    samples = normalize_samples(images, ["T", "T", "ring", "ring"])
    assert [len(each) for each in samples.candidates] == [2, 2, 1, 1]
    for image, candidates in zip(samples.images, samples.candidates, strict=True):
        np.testing.assert_array_equal(image, candidates[0])
