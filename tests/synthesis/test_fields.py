import time
from collections import Counter

import numpy as np
import pytest

from inkdigits.errors import UsageError
from inkdigits.synthesis import field_block, field_photos
from inkdigits.synthesis.fields import FIELD_BLOCK
from inkdigits.synthesis.texts import SYMBOLS


def test_fields_are_pictures_with_their_texts(sources):
    for photo in field_photos(300, 1, sources):
        assert photo.image.dtype == np.uint8
        assert photo.image.ndim == 2
        assert 16 <= photo.image.shape[0] <= 160
        assert photo.image.shape[1] >= 4
        assert set(photo.text) <= set(SYMBOLS)
        assert (photo.text != "") == (photo.kind == "number")


def test_numbers_words_and_empty_paper_come(sources):
    counts = Counter(photo.kind for photo in field_photos(1000, 2, sources))
    assert counts["number"] > 850
    assert counts["reject"] > 30
    assert counts["empty"] > 10


def test_long_texts_make_wide_fields(sources):
    photos = [photo for photo in field_photos(600, 3, sources) if photo.kind == "number"]
    shapes = {True: [], False: []}
    for photo in photos:
        shapes[len(photo.text) > 5].append(photo.image.shape[1] / photo.image.shape[0])
    assert np.median(shapes[True]) > 1.5 * np.median(shapes[False])


def test_the_same_seed_gives_the_same_fields_in_blocks_too(sources):
    whole = list(field_photos(FIELD_BLOCK + 8, 5, sources))
    second = field_block(5, 1, sources)
    for one, other in zip(whole[FIELD_BLOCK:], second[:8], strict=True):
        assert np.array_equal(one.image, other.image)
        assert (one.text, one.kind) == (other.text, other.kind)


@pytest.mark.parametrize(("count", "seed"), [(-1, 0), (1, -1)])
def test_negative_counts_and_seeds_are_refused(sources, count, seed):
    with pytest.raises(UsageError, match="0 or more"):
        list(field_photos(count, seed, sources))


def test_they_come_fast(sources):
    list(field_photos(50, 1, sources))
    start = time.process_time()
    list(field_photos(256, 4, sources))
    assert 256 / (time.process_time() - start) > 80  # about 800 on one core of a 2.6 GHz Xeon
