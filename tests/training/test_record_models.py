from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from inkdigits import load_mnist
from inkdigits.training.record_models import build_fast, build_tiny, build_wider_fast, whiten

pytestmark = [pytest.mark.training, pytest.mark.xdist_group("keras")]


@pytest.mark.parametrize(
    ("build", "parameters"), [(build_fast, 71_994), (build_wider_fast, 169_390), (build_tiny, 7_526)]
)
def test_a_network_has_the_parameters_that_it_says(build: Callable[..., Any], parameters: int) -> None:
    model = build()
    assert model.count_params() == parameters
    assert f"{parameters:,} parameters" in build.__doc__
    assert model(np.zeros((2, 28, 28, 1), np.float32)).shape == (2, 10)
    assert build(26).output_shape == (None, 26)


def test_whitened_patches_answer_with_about_one_strength() -> None:
    images = load_mnist()[0][0][:3000]
    model = build_fast()
    whiten(model, images)
    kernel = model.get_layer("whitening").get_weights()[0]
    assert kernel.shape == (5, 5, 1, 16)
    assert np.array_equal(kernel[..., :8], -kernel[..., 8:])
    patches = np.lib.stride_tricks.sliding_window_view(images[2000:], (5, 5), axis=(1, 2)).reshape(-1, 25)
    answers = patches[patches.any(axis=1)] / 255 @ kernel[:, :, 0, :8].reshape(25, 8)
    strengths = np.sqrt((answers**2).mean(axis=0))
    assert strengths == pytest.approx(np.full(8, 0.5), rel=0.15)
    assert np.abs(np.corrcoef(answers.T) - np.eye(8)).max() < 0.3


def test_images_without_ink_leave_finite_weights() -> None:
    model = build_fast()
    whiten(model, np.zeros((10, 28, 28), np.uint8))
    assert np.isfinite(model.get_layer("whitening").get_weights()[0]).all()
