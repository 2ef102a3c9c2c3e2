import numpy as np
import pytest

from inkdigits.export.scale import scale_down


@pytest.mark.parametrize(
    ("shape", "size", "expected"),
    [((50, 40), (40, 50), 1.0), ((50, 400), (100, 12), 0.25), ((1, 4000), (100, 1), 0.025)],
)
def test_what_is_larger_is_scaled_and_nothing_grows(
    shape: tuple[int, int], size: tuple[int, int], expected: float
) -> None:
    image = np.full(shape, 7, np.uint8)
    picture, factor = scale_down(image, 100)
    assert (picture.size, picture.mode, factor) == (size, "L", expected)
    assert np.unique(np.asarray(picture)).tolist() == [7]
