import time

import numpy as np
import pytest

from inkdigits.errors import UsageError
from inkdigits.synthesis import digit_block, digit_photos
from inkdigits.synthesis.digits import BLOCK


def test_pictures_are_gray_and_of_many_sizes(sources):
    photos = list(digit_photos(300, 1, sources))
    assert len(photos) == 300
    heights = {photo.image.shape[0] for photo in photos}
    assert min(heights) <= 16
    assert max(heights) >= 100
    for image, label, (left, top, right, bottom) in photos:
        assert 0 <= left < right <= image.shape[1]
        assert 0 <= top < bottom <= image.shape[0]
        assert image.dtype == np.uint8
        assert image.ndim == 2
        assert label in range(10)
        assert np.ptp(image) > 10  # there is something on it


def test_all_digits_come_about_equally_often(sources):
    counts = np.bincount([label for _, label, _ in digit_photos(1000, 2, sources)], minlength=10)
    assert counts.min() > 60


def test_the_same_seed_gives_the_same_pictures_and_another_seed_others(sources):
    first, again = list(digit_photos(40, 5, sources)), list(digit_photos(40, 5, sources))
    other = list(digit_photos(40, 6, sources))
    assert all(np.array_equal(a[0], b[0]) and a[1] == b[1] for a, b in zip(first, again, strict=True))
    assert not all(a[0].shape == b[0].shape for a, b in zip(first, other, strict=True))


def test_blocks_are_the_series_in_pieces(sources):
    whole = list(digit_photos(BLOCK + 8, 5, sources))
    second = digit_block(5, 1, sources)
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(whole[BLOCK:], second[:8], strict=True))


def test_some_are_bright_on_black(sources):
    dark = sum(np.median(image) < 90 for image, _, _ in digit_photos(400, 3, sources))
    assert 20 < dark < 200


def test_none_is_none(sources):
    assert list(digit_photos(0, 1, sources)) == []


@pytest.mark.parametrize(("count", "seed"), [(-1, 0), (1, -1)])
def test_negative_counts_and_seeds_are_refused(sources, count, seed):
    with pytest.raises(UsageError, match="0 or more"):
        list(digit_photos(count, seed, sources))


def test_they_come_fast(sources):
    list(digit_photos(50, 1, sources))
    start = time.process_time()
    list(digit_photos(512, 4, sources))
    assert 512 / (time.process_time() - start) > 200  # about 1,500 on one core of a 2.6 GHz Xeon
