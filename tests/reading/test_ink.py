import numpy as np
import pytest

from inkdigits.reading.ink import confidence_of_empty, extract_ink, gray_quantile, to_working_size


@pytest.mark.parametrize(("contrast", "surely"), [(0, True), (3, True), (8, False)])
def test_paper_with_all_but_a_stroke_is_less_surely_empty(contrast, surely):
    page = np.full((64, 160), 200, np.uint8)
    page[20:44, 60:64] -= contrast
    page[20:44, 90:94] -= contrast
    assert extract_ink(to_working_size(page, line=True)) is None
    confidence = confidence_of_empty(page, line=True)
    assert confidence == 1 if surely else 0.5 <= confidence < 0.8


@pytest.mark.parametrize("width", [60, 400, 2000])
def test_a_digit_is_ink_however_wide_its_field_is(width):
    page = np.random.default_rng(1).normal(220, 2, (60, width)).clip(0, 255).astype(np.uint8)
    assert extract_ink(to_working_size(page, line=True)) is None
    page[16:44, 20:24] -= 120
    page[16:20, 24:32] -= 120
    found = extract_ink(to_working_size(page, line=True))
    assert found is not None
    assert found.mask.any()


@pytest.mark.parametrize("share", [0.0, 0.003, 0.25, 0.5, 0.99, 1.0])
@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (40, 70)])
def test_a_gray_quantile_is_the_level_that_a_share_does_not_exceed(shape, share):
    gray = np.random.default_rng(4).integers(0, 256, shape, np.uint8)
    level = gray_quantile(gray, share)
    assert level in gray
    assert (gray <= level).mean() >= share
    assert (gray < level).mean() <= share
