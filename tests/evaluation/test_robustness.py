import json
from pathlib import Path

import numpy as np
import pytest

from inkdigits.datasets import load_mnist
from inkdigits.errors import DataError
from inkdigits.evaluation import OpenModel, open_model
from inkdigits.evaluation.corruptions import CORRUPTIONS
from inkdigits.evaluation.not_digits import draw_noise, draw_strokes
from inkdigits.evaluation.robustness import coverage_curve, measure_robustness, rejection_of
from inkdigits.evaluation.robustness_page import robustness_rows, write_robustness

DIGITS = tuple("0123456789")


@pytest.fixture(scope="module")
def results():
    """The shipped model and one that always says 3, on 60 images."""
    (images, labels), _ = load_mnist()
    stuck = OpenModel(
        "stuck", DIGITS, lambda given: np.tile(np.eye(10, dtype=np.float32)[3], (len(given), 1))
    )
    return measure_robustness([open_model("digit"), stuck], images[-60:], labels[-60:], DIGITS)


def test_a_good_model_beside_one_that_is_stuck(results) -> None:
    good, stuck = results
    assert good.clean_error_percent < 5
    assert set(good.corrupted_error_percent) == set(CORRUPTIONS)
    assert good.mean_corruption_error_percent == pytest.approx(
        np.mean(list(good.corrupted_error_percent.values()))
    )
    assert set(stuck.corrupted_error_percent.values()) == {stuck.clean_error_percent}
    assert good.mean_corruption_error_percent < stuck.mean_corruption_error_percent
    assert good.rejection["strokes"].auroc > 0.8
    assert stuck.rejection["noise"].auroc == 0.5
    assert stuck.rejection["noise"].false_alarms == 1
    assert stuck.clean_calibration_percent == pytest.approx(stuck.clean_error_percent)
    assert good.curve.area < stuck.curve.area


def test_the_class_of_no_digit_is_no_confidence() -> None:
    """A model that says "no digit" of noise rejects it, however sure it is of that."""

    def predict(given):
        noise = given.mean(axis=(1, 2)) > 60
        rows = np.zeros((len(given), 11), np.float32)
        rows[:, 10] = np.where(noise, 0.95, 0.05)
        rows[:, 0] = 1 - rows[:, 10]
        return rows

    (images, labels), _ = load_mnist()
    model = OpenModel("wary", (*DIGITS, ""), predict)
    (result,) = measure_robustness([model], images[-20:], labels[-20:], DIGITS)
    assert result.rejection["noise"].auroc > 0.6


def test_rejection_by_hand() -> None:
    row = rejection_of(np.linspace(0.5, 1, 100), np.array([0.1, 0.2, 0.999, 1.0]))
    assert row.false_alarms == 0.5
    assert row.auroc == pytest.approx((1 + 1 + 0.01 + 0.005) / 4, abs=0.005)


def test_coverage_by_hand() -> None:
    curve = coverage_curve(np.array([0.9, 0.6, 0.8, 0.6]), np.array([True, False, False, True]))
    assert curve.coverage.tolist() == [0.25, 0.5, 1.0]  # two answers of one confidence stay together
    assert curve.risk.tolist() == [0, 0.5, 0.5]
    assert curve.area == pytest.approx(0.25 * 0 + 0.25 * 0.5 + 0.5 * 0.5)


def test_pictures_of_no_digit() -> None:
    for draw in (draw_noise, draw_strokes):
        images = draw(30, np.random.default_rng(1))
        assert (images.dtype, images.shape) == (np.uint8, (30, 28, 28))
        assert images.max(axis=(1, 2)).min() > 100
        np.testing.assert_array_equal(images, draw(30, np.random.default_rng(1)))


def test_the_page(results, tmp_path: Path) -> None:
    written = write_robustness(tmp_path, results, {"data": "mnist", "split": "test"})
    assert [path.name for path in written] == ["robustness.json", "robustness.png", "robustness.md"]
    document = json.loads(written[0].read_text())
    assert (
        document["models"][0]["corrupted_error_percent"]["fog"] == results[0].corrupted_error_percent["fog"]
    )
    text = written[2].read_text()
    assert text.startswith("# Robustness of digit\n")
    assert text.count("\n| error, ") == 16
    header, *rows = robustness_rows(results)
    assert header == ("", "digit", "stuck", "ratio")
    assert all(len(row) == 4 for row in rows)
    assert all(len(row) == 2 for row in robustness_rows(results[:1]))


def test_no_images() -> None:
    with pytest.raises(DataError, match="got no images"):
        measure_robustness([], np.empty((0, 28, 28), np.uint8), np.empty(0, np.int64), DIGITS)
