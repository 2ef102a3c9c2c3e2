import io
import sys
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from inkdigits.errors import DataError, MissingExtraError
from inkdigits.evaluation.figures import (
    DARK,
    LIGHT,
    Theme,
    confusion_figure,
    figure_png,
    learning_curves_figure,
    mistakes_figure,
    samples_figure,
)

DIGITS = tuple("0123456789")
RANDOM = np.random.default_rng(5)
IMAGES = RANDOM.integers(0, 256, (60, 28, 28), np.uint8)
LABELS = RANDOM.integers(0, 10, 60)
PROBABILITIES = RANDOM.dirichlet(np.full(10, 0.2), 60)
HISTORY = [
    {"loss": 0.3 / epoch, "accuracy": 1 - 0.1 / epoch, "val_loss": 0.2, "val_accuracy": 0.95}
    for epoch in (1, 2, 3)
]


def texts(axes_or_figure: object) -> list[str]:
    return [text.get_text() for text in axes_or_figure.texts]  # type: ignore[attr-defined]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_png_has_150_dots_an_inch_and_the_themes_paper(theme: Theme) -> None:
    figure = samples_figure(IMAGES, LABELS, DIGITS, theme)
    picture = Image.open(io.BytesIO(figure_png(figure)))
    assert picture.info["dpi"] == pytest.approx((150, 150), abs=0.1)
    inches = figure.get_size_inches()
    assert picture.size == tuple(int(150 * side) for side in inches)
    paper = tuple(int(theme.paper[place : place + 2], 16) for place in (1, 3, 5))
    corner = picture.convert("RGB").getpixel((1, 1))
    assert corner == pytest.approx(paper, abs=2)


def test_the_same_figure_gives_the_same_bytes() -> None:
    first, second = (figure_png(learning_curves_figure(HISTORY)) for _ in range(2))
    assert first == second


def test_samples_stand_in_the_row_of_their_class() -> None:
    images = np.zeros((3, 28, 28), np.uint8)
    images[1] = 255
    figure = samples_figure(images, np.array([0, 1, 1]), ("a", "b"))
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]
    sheet = np.asarray(axes.images[0].get_array())
    assert sheet[:28].max() == 0
    assert sheet[32:, :28].min() == 255


def test_a_class_without_images_has_no_row_of_samples() -> None:
    (axes,) = samples_figure(IMAGES[:2], np.array([0, 2]), ("a", "b", "c", "none of these")).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "c"]


def test_learning_curves_show_error_in_percent() -> None:
    loss, error = learning_curves_figure(HISTORY).axes
    assert [line.get_label() for line in error.lines] == ["train", "validation"]
    np.testing.assert_allclose(error.lines[0].get_ydata(), [10, 5, 10 / 3])
    np.testing.assert_allclose(loss.lines[1].get_ydata(), 0.2)
    assert list(loss.lines[0].get_xdata()) == [1, 2, 3]


def test_learning_curves_without_validation_say_that_they_are_of_training() -> None:
    history = [{"loss": 0.3, "accuracy": 0.9}]
    for axes in learning_curves_figure(history).axes:
        assert len(axes.lines) == 1
        assert [text.get_text() for text in axes.get_legend().get_texts()] == ["train"]


def test_a_lone_epoch_has_a_whole_number() -> None:
    for axes in learning_curves_figure(HISTORY[:1]).axes:
        axes.figure.draw_without_rendering()
        assert [label.get_text() for label in axes.get_xticklabels()] in (["1"], ["0", "1", "2"])


def test_learning_curves_need_an_epoch() -> None:
    with pytest.raises(DataError, match="no epochs"):
        learning_curves_figure([])


def test_confusion_writes_every_count_but_zero() -> None:
    (axes,) = confusion_figure(np.array([[980, 0], [3, 1007]]), ("0", "1")).axes
    assert texts(axes) == ["980", "3", "1007"]
    assert axes.get_ylabel() == "Given label"


def test_confusion_turns_names_that_are_wider_than_their_column() -> None:
    names = ("hourglass", *"123456789", "none of these")
    for class_names, angle in ((names, 90), (tuple("abcdefghijk"), 0)):
        figure = confusion_figure(np.eye(11, dtype=np.int64), class_names)
        figure_png(figure)
        (axes,) = figure.axes
        labels = axes.get_xticklabels()
        assert {label.get_rotation() for label in labels} == {angle}
        boxes = [label.get_window_extent() for label in labels]
        assert all(left.x1 <= right.x0 for left, right in pairwise(boxes))
        assert min(box.y0 for box in boxes) > 0


def test_confusion_of_many_classes_leaves_the_numbers_out() -> None:
    names = [f"class {number}" for number in range(40)]
    (axes,) = confusion_figure(np.eye(40, dtype=np.int64), names).axes
    assert texts(axes) == []


def test_mistakes_come_in_order_of_confidence_with_their_numbers() -> None:
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.99996, 0.00004]])
    figure = mistakes_figure(IMAGES[:4], np.array([0, 0, 0, 1]), probabilities, ("a", "b"))
    (axes,) = figure.axes
    assert texts(axes) == [
        *("b \N{RIGHTWARDS ARROW} a", "99.9%   #3"),
        *("a \N{RIGHTWARDS ARROW} b", "80.0%   #1"),
        *("a \N{RIGHTWARDS ARROW} b", "70.0%   #2"),
    ]
    assert [image.get_array().tolist() for image in axes.images] == [IMAGES[i].tolist() for i in (3, 1, 2)]
    lefts = [image.get_extent()[0] for image in axes.images]
    assert lefts == sorted(lefts)
    assert all(
        image.get_extent()[0] < text.get_position()[0] < image.get_extent()[1]
        for image, text in zip(axes.images, axes.texts[::2], strict=True)
    )


def test_no_more_than_24_mistakes_are_shown() -> None:
    wrong = (PROBABILITIES.argmax(axis=1) + 1) % 10
    (axes,) = mistakes_figure(IMAGES, wrong, PROBABILITIES, DIGITS).axes
    assert len(axes.images) == 24


def test_a_perfect_model_has_a_figure_too() -> None:
    figure = mistakes_figure(IMAGES, PROBABILITIES.argmax(axis=1), PROBABILITIES, DIGITS)
    assert texts(figure) == ["No mistakes"]


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "inkdigits.evaluation.figures")
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(
        MissingExtraError, match=r"matplotlib is not installed; pip install 'inkdigits\[train\]'"
    ):
        __import__("inkdigits.evaluation.figures")


def test_long_labels_and_names_are_cut_to_fit() -> None:
    probabilities = np.array([[0.1, 0.9]])
    names = ["symbols/lightning/picture-12.png"]
    figure = mistakes_figure(IMAGES[:1], np.array([0]), probabilities, ("lightning", "triangle"), names=names)
    assert texts(figure.axes[0]) == [
        "lightni\N{HORIZONTAL ELLIPSIS} \N{RIGHTWARDS ARROW} triangle",
        "90.0%   \N{HORIZONTAL ELLIPSIS}icture-12.png",
    ]
