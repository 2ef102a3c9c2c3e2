"""The tutorials' models, to the last parameter."""

import numpy as np
import pytest

from inkdigits.training.recipes import RECIPES

pytestmark = [pytest.mark.training, pytest.mark.xdist_group("keras")]


@pytest.mark.parametrize(("name", "parameters"), [("mlp", 623_290), ("cnn", 592_074), ("larger-cnn", 59_933)])
def test_models_have_the_tutorials_parameters(name: str, parameters: int) -> None:
    model = RECIPES[name].build(10)
    assert model.count_params() == parameters
    assert model.input_shape == (None, 28, 28, 1)
    assert model.output_shape == (None, 10)
    assert model.name == name


@pytest.mark.parametrize("name", RECIPES)
def test_models_take_any_number_of_classes_and_give_probabilities(name: str) -> None:
    model = RECIPES[name].build(3)
    images = np.random.default_rng(0).random((4, 28, 28, 1), np.float32)
    probabilities = model.predict(images, verbose=0)
    assert probabilities.shape == (4, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_the_perceptrons_weights_start_as_the_tutorials_do() -> None:
    kernel = RECIPES["mlp"].build(10).layers[1].get_weights()[0]
    assert kernel.std() == pytest.approx(0.05, rel=0.02)
    # Not cut off at two deviations, as Glorot's uniform and truncated normal starts are.
    assert np.abs(kernel).max() > 0.15
