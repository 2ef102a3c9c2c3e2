import cv2
import numpy as np
import pytest

from inkdigits.analysis.drift import compare
from inkdigits.analysis.embedding_map import draw_map
from inkdigits.analysis.features import embed
from inkdigits.analysis.measures import measure


def part(images, name):
    return name, measure(images), embed(images)


def test_two_halves_of_one_set_are_alike(digits) -> None:
    drift = compare(part(digits[0][::2], "even"), part(digits[0][1::2], "odd"))
    assert drift.told_apart == pytest.approx(0.5, abs=0.12)
    assert all(abs(row.difference) < 0.3 for row in drift.measures)


def test_thicker_strokes_are_told_apart(digits) -> None:
    thick = np.stack([cv2.dilate(image, np.ones((3, 3), np.uint8)) for image in digits[0][200:]])
    alike = compare(part(digits[0][:200], "a"), part(digits[0][200:], "b"))
    drift = compare(part(digits[0][:200], "a"), part(thick, "thick"))
    rows = {row.name: row for row in drift.measures}
    assert rows["stroke_width"].difference > 1
    assert rows["ink"].second > rows["ink"].first
    assert drift.told_apart > 0.9
    assert drift.embedding_distance > 1.2 * alike.embedding_distance
    assert sorted(drift.strangest.tolist()) == list(range(200))
    assert drift.to_dict()["measures"]["stroke_width"]["difference"] == rows["stroke_width"].difference


def test_a_few_images_have_no_distance(digits) -> None:
    drift = compare(part(digits[0][:5], "few"), part(digits[0], "many"))
    assert (drift.told_apart, drift.embedding_distance) == (None, None)


def test_a_blank_set(digits) -> None:
    blank = np.zeros((30, 28, 28), np.uint8)
    drift = compare(part(digits[0][:30], "ink"), part(blank, "blank"))
    assert all(np.isfinite(row.difference) for row in drift.measures)
    assert np.isfinite(drift.told_apart)


def test_a_map_keeps_classes_together(digits) -> None:
    drawn = draw_map(embed(digits[0][:100]), 80, seed=1)
    assert drawn.places.shape == (80, 2)
    assert drawn.places.min() == 0
    assert drawn.places.max() == 1
    labels = digits[1][drawn.numbers]
    distances = np.linalg.norm(drawn.places[:, None] - drawn.places[None], axis=2)
    np.fill_diagonal(distances, 9)
    assert (labels[distances.argmin(axis=1)] == labels).mean() > 0.7
    assert draw_map(embed(digits[0][:9]), 200) is None
    assert len(draw_map(np.zeros((12, 5), np.float32), 200).places) == 12
