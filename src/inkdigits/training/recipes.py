"""What can be trained: a name, a builder and how to fit what it builds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import UsageError
from inkdigits.training.augmentation import Augmentation
from inkdigits.training.models import build_cnn, build_larger_cnn, build_mlp
from inkdigits.training.record_models import (
    TINY_LOOK,
    build_accurate,
    build_fast,
    build_tiny,
    build_wider_fast,
    whiten,
)
from inkdigits.training.schedules import CompiledTraining

__all__ = ["RECIPES", "Recipe", "find_recipe"]


@dataclass(frozen=True)
class Recipe:
    """A model and how it is trained: softmax and categorical cross-entropy, with Adam unless ``compiled`` says else.

    name: what the command line calls it, and file names hold.
    title: what people call it.
    build: from the number of classes to an uncompiled Keras model, float32 (N, 28, 28, 1) -> (N, number of
        classes).
    epochs: how many times it sees the training images.
    batch_size: images a step.
    learning_rate: Adam's; where ``compiled`` is given, the highest one.
    compiled: how a compiled loop trains it, on TensorFlow alone; None leaves it to Keras' own loop.
    prepare: is given the model and the images that teach, uint8 (N, 28, 28), before a compiled loop's first step.
    learner: the name of the layer of the model that a compiled loop trains by itself, a model of the same inputs and
        outputs that holds all weights; None: the whole model.
    members: how many such models answer together, as an ensemble (see ``fit_ensemble``); 1 is a single model.

    Raise UsageError for a number that cannot be.
    """

    name: str
    title: str
    build: Callable[[int], Any]
    epochs: int = 10
    batch_size: int = 200
    learning_rate: float = 1e-3
    compiled: CompiledTraining | None = None
    prepare: Callable[[Any, NDArray[np.uint8]], None] | None = None
    learner: str | None = None
    members: int = 1

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be."""
        whole = (("epochs", self.epochs), ("batch size", self.batch_size), ("members", self.members))
        for title, value in whole:
            if value < 1:
                raise UsageError(f"{title} is {value}; expected a whole number from 1")
        if self.learner is not None and self.compiled is None:
            raise UsageError(f"learner is {self.learner!r}; only a compiled loop trains a layer by itself")
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise UsageError(
                f"learning rate is {self.learning_rate}; expected a number above 0, such as 0.001"
            )

    def options(self) -> dict[str, float]:
        """Return the numbers of this recipe by name, as metrics.json records them."""
        options = {"epochs": self.epochs, "batch_size": self.batch_size, "learning_rate": self.learning_rate}
        return options | ({"members": self.members} if self.members > 1 else {})


_BENT = Augmentation(rotation=8, shift=0.8, scale=0.06, stretch=0.08, shear=0.1, elastic=0.8)
_BENT_LESS = Augmentation(rotation=8, shift=0.7, scale=0.06, stretch=0.08, shear=0.09, elastic=0.65)
_ACCURATE = Recipe(
    "accurate",
    "Accurate CNN",
    build_accurate,
    epochs=24,
    batch_size=128,
    learning_rate=0.01,
    compiled=CompiledTraining(warmup=0.1, label_smoothing=0.1, augmentation=_BENT_LESS),
)

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe("mlp", "MLP", build_mlp),
        Recipe("cnn", "CNN", build_cnn),
        Recipe("larger-cnn", "Larger CNN", build_larger_cnn),
        Recipe(
            "fast",
            "Fast CNN",
            build_fast,
            epochs=1,
            batch_size=256,
            learning_rate=0.018,
            compiled=CompiledTraining(betas=(0.7, 0.9), warmup=0.05, label_smoothing=0.1),
            prepare=whiten,
        ),
        Recipe(
            "fast-99.5",
            "Fast CNN for 99.5%",
            build_wider_fast,
            epochs=3,
            batch_size=128,
            learning_rate=0.009,
            compiled=CompiledTraining(
                betas=(0.8, 0.95),
                warmup=0.1,
                label_smoothing=0.1,
                augmentation=Augmentation(rotation=6, shift=0.6, scale=0.04, stretch=0.05, shear=0.06),
                spared=0.6,
            ),
            prepare=whiten,
        ),
        Recipe(
            "tiny",
            "Tiny CNN",
            build_tiny,
            epochs=40,
            batch_size=128,
            learning_rate=0.01,
            compiled=CompiledTraining(
                warmup=0.1,
                label_smoothing=0.05,
                augmentation=_BENT,
            ),
            learner=TINY_LOOK,
        ),
        _ACCURATE,
        replace(
            _ACCURATE,
            name="robust",
            title="Robust CNN",
            compiled=CompiledTraining(warmup=0.1, label_smoothing=0.1, augmentation=_BENT_LESS, wear=0.6),
        ),
        replace(_ACCURATE, name="ensemble", title="Ensemble of 4 accurate CNNs", members=4),
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
