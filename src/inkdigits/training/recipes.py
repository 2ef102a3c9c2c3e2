"""What can be trained: a name, a builder and how to fit what it builds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from inkdigits.errors import UsageError
from inkdigits.training.models import build_cnn, build_larger_cnn, build_mlp

__all__ = ["RECIPES", "Recipe", "find_recipe"]


@dataclass(frozen=True)
class Recipe:
    """A model and how it is trained: softmax and categorical cross-entropy, with Adam.

    name: what the command line calls it, and file names hold.
    title: what people call it.
    build: from the number of classes to an uncompiled Keras model, float32 (N, 28, 28, 1) -> (N, number of
        classes).
    epochs: how many times it sees the training images.
    batch_size: images a step.
    learning_rate: Adam's.

    Raise UsageError for a number that cannot be.
    """

    name: str
    title: str
    build: Callable[[int], Any]
    epochs: int = 10
    batch_size: int = 200
    learning_rate: float = 1e-3

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be."""
        for title, value in (("epochs", self.epochs), ("batch size", self.batch_size)):
            if value < 1:
                raise UsageError(f"{title} is {value}; expected a whole number from 1")
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise UsageError(
                f"learning rate is {self.learning_rate}; expected a number above 0, such as 0.001"
            )

    def options(self) -> dict[str, float]:
        """Return the numbers of this recipe by name, as metrics.json records them."""
        return {"epochs": self.epochs, "batch_size": self.batch_size, "learning_rate": self.learning_rate}


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe("mlp", "MLP", build_mlp),
        Recipe("cnn", "CNN", build_cnn),
        Recipe("larger-cnn", "Larger CNN", build_larger_cnn),
    )
}


def find_recipe(name: str) -> Recipe:
    """Return a recipe by name; raise UsageError, naming all, where there is none.

    >>> find_recipe("cnn").batch_size
    200
    """
    if name not in RECIPES:
        raise UsageError(f"no model is called {name!r}; expected one of {', '.join(RECIPES)}")
    return RECIPES[name]
