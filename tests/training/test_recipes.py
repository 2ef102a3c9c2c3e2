import math

import pytest

from inkdigits.errors import UsageError
from inkdigits.training import RECIPES, Recipe
from inkdigits.training.models import build_cnn
from inkdigits.training.recipes import find_recipe


def test_recipes_have_the_tutorials_numbers() -> None:
    assert {"mlp", "cnn", "larger-cnn"} <= set(RECIPES)
    for name in ("mlp", "cnn", "larger-cnn"):
        assert RECIPES[name].options() == {"epochs": 10, "batch_size": 200, "learning_rate": 0.001}


def test_an_unknown_name_names_the_known() -> None:
    with pytest.raises(UsageError, match=r"'resnet'; expected one of mlp, cnn, larger-cnn"):
        find_recipe("resnet")


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("epochs", 0, "epochs is 0; expected a whole number from 1"),
        ("batch_size", -5, "batch size is -5; expected a whole number from 1"),
        ("learning_rate", 0.0, "learning rate is 0.0; expected a number above 0"),
        ("learning_rate", math.nan, "learning rate is nan; expected a number above 0"),
        ("learning_rate", math.inf, "learning rate is inf; expected a number above 0"),
        ("learner", "look", "learner is 'look'; only a compiled loop trains a layer by itself"),
    ],
)
def test_numbers_that_cannot_be_are_refused(option: str, value: float | str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Recipe("cnn", "CNN", build_cnn, **{option: value})
