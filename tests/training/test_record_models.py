from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from inkdigits import load_mnist
from inkdigits.training.record_models import TINY_LOOK, build_fast, build_tiny, build_wider_fast, whiten

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


def test_the_tiny_network_answers_with_the_mean_of_five_looks() -> None:
    images = load_mnist()[0][0][:20, ..., np.newaxis] / np.float32(255)  # their rims are bare
    model = build_tiny()
    look = model.get_layer(TINY_LOOK)
    shifts = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
    answers = [look.predict(np.roll(images, shift, axis=(1, 2)), verbose=0) for shift in shifts]
    assert np.ptp(answers, axis=0).max() > 1e-3
    assert model.predict(images, verbose=0) == pytest.approx(np.mean(answers, axis=0), abs=1e-5)
