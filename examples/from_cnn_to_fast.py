"""From the tutorial's CNN to the fast recipe in five measured steps: seconds of training against error.

    python examples/from_cnn_to_fast.py [mnist [SEEDS]]

Each trains one epoch on eleven twelfths of the images and is scored on the rest; needs `inkdigits[train]`.
"""

import sys
from dataclasses import replace
from statistics import mean
from tempfile import TemporaryDirectory

from matplotlib import pyplot

from inkdigits.datasets import DataSet, load_data
from inkdigits.training import RECIPES, Recipe, train
from inkdigits.training.framework import import_keras


def build_plain(num_classes: int) -> object:
    """The tutorial's CNN without dropout; the compiled loop wants the softmax as a layer of its own."""
    layers = (keras := import_keras()).layers
    parts = [layers.Conv2D(32, 5, activation="relu"), layers.MaxPooling2D(2), layers.Flatten()]
    parts += [layers.Dense(128, "relu"), layers.Dense(num_classes), layers.Softmax(dtype="float32")]
    return keras.Sequential([keras.Input((28, 28, 1)), *parts])


FAST = RECIPES["fast"]
UNSMOOTHED = replace(FAST.compiled, label_smoothing=0.0)
PLAIN = Recipe("plain", "Plain", build_plain, 1, 200, 0.001, replace(UNSMOOTHED, betas=(0.9, 0.999)))
STEPS = {
    "the tutorial's CNN": replace(RECIPES["cnn"], epochs=1),
    "compiled, in bfloat16": PLAIN,
    "a rate that rises and falls": replace(PLAIN, batch_size=192, learning_rate=0.008, compiled=UNSMOOTHED),
    "a whitened first layer": replace(FAST, compiled=UNSMOOTHED),
    "smoothed labels: fast": FAST,
}


def main(path: str = "mnist", seeds: str = "3") -> None:
    data = replace(load_data(path), validation=None, test=None)
    axes = pyplot.figure(figsize=(8, 5), layout="constrained").gca()
    for title, recipe in STEPS.items():
        runs = [measure(recipe, data, seed) for seed in range(1, int(seeds) + 1)]
        seconds, error = map(mean, zip(*runs, strict=True))
        print(f"{title:<28} {seconds:5.1f} s  {error:.2f}% wrong", flush=True)
        axes.plot(seconds, error, "o", label=title)
    axes.set(xlabel="seconds of training", ylabel="% of the held-out images wrong", xlim=(0, None))
    pyplot.legend()
    pyplot.savefig("from_cnn_to_fast.png", dpi=120)


def measure(recipe: Recipe, data: DataSet, seed: int) -> tuple[float, float]:
    with TemporaryDirectory() as name:
        run = train(recipe, data, validation=len(data.train) // 12, seed=seed, output=f"{name}/run")
    return run.metrics["train_seconds"], run.metrics["scored_error_percent"]


if __name__ == "__main__":
    main(*sys.argv[1:])
