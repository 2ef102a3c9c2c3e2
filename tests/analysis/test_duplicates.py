import cv2
import numpy as np

from inkdigits.analysis.duplicates import NearPair, find_exact, find_near, join_twins


def test_exact_copies_are_groups(digits) -> None:
    images = digits[0][:50].copy()
    images[20] = images[3]
    images[40] = images[3]
    images[30] = images[9]
    assert sorted(find_exact(images)) == [[3, 20, 40], [9, 30]]


def test_a_picture_saved_anew_moved_or_faded_is_near(digits) -> None:
    images = digits[0][:100].copy()
    assert find_near(images) == []
    jpeg = cv2.imencode(".jpg", images[3], [cv2.IMWRITE_JPEG_QUALITY, 70])[1]
    images[50] = cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE)
    images[60] = np.roll(images[7], 1, axis=0)
    images[70] = (images[9] * 0.7).astype(np.uint8)
    assert {(pair.first, pair.second) for pair in find_near(images)} == {(3, 50), (7, 60), (9, 70)}


def test_an_exact_copy_is_not_near(digits) -> None:
    images = digits[0][:20].copy()
    images[10] = images[3]
    assert find_near(images) == []


def test_blank_and_single_images_have_no_neighbors(digits) -> None:
    assert find_near(np.zeros((5, 28, 28), np.uint8)) == []
    assert find_near(digits[0][:1]) == []
    faint = np.zeros((3, 28, 28), np.uint8)
    faint[:, 10:12, 10:12] = 3  # fainter than what is taken for ink
    assert find_near(faint) == []  # they are the same


def test_many_that_are_near_one_another_are_no_twins() -> None:
    near = [NearPair(number, number + 1, 0.01) for number in range(10, 30)]
    assert join_twins([[0, 1], [12, 13]], near) == [[0, 1], [12, 13]]
    assert join_twins([[0, 1]], near[:3]) == [[0, 1], [10, 11, 12, 13]]
