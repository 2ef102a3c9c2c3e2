"""How well `inkdigits analyze` finds wrong labels, and how long it takes.

    python benchmarks/label_errors.py [--draws 20] [--networks 4] [--test] [--json FILE]

Two parts. Noise: labels of the last 5,000 of MNIST's training images are put wrong on purpose, 10 or 50 of them, in
three ways: to any class; to a class that is often confused with theirs; to the second choice of the shipped classifier,
which had not learned from these, more often where it was less sure. Networks of 44,000 of the first 55,000 images
judge them; printed is the share of the wrong labels among the N most doubtful of N wrong ones, and among the 2.5 N most
doubtful, for cleanlab's three ranks. What analyze does was chosen by this, and by nothing of MNIST's test images.

--test runs `analyze("mnist")` whole, and prints its seconds and how many of the ten labels of MNIST's test images that
most of five annotators reject (Northcutt et al. 2021) are among the 25 most doubtful of that split.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from cleanlab.rank import get_label_quality_scores

from inkdigits import analyze, load_mnist
from inkdigits.analysis.predictions import networks_recipe
from inkdigits.datasets.mnist import TAUGHT
from inkdigits.evaluation import open_model
from inkdigits.evaluation.mnist_corrections import MNIST_TEST_VOTES
from inkdigits.training.framework import import_keras
from inkdigits.training.recipes import Recipe, find_recipe
from inkdigits.training.run import find_fit
from inkdigits.training.splits import LabeledSplit

A_FOLD, JUDGED = 44_000, 5_000
COUNTS = (10, 50)
RANKS = ("self_confidence", "normalized_margin", "confidence_weighted_entropy")
CONFUSED = ((6,), (7, 4), (7, 3), (5, 8), (9,), (3, 6), (0, 5), (1, 9), (3, 9), (4, 7))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--networks", type=int, default=4, help="of fast-99.5; four times as many of fast")
    parser.add_argument("--test", action="store_true")
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    arguments = parser.parse_args()
    results: dict[str, Any] = {"noise": noise_recalls(arguments.networks, arguments.draws)}
    if arguments.test:
        results["test"] = score_test()
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


def noise_recalls(networks: int, draws: int) -> list[dict[str, Any]]:
    (images, labels), _ = load_mnist()
    held_images, held = images[TAUGHT:], labels[TAUGHT:]
    shipped = open_model("digit").predict(held_images)[:, :10]
    shorter = replace(networks_recipe(), name="two epochs", epochs=2, batch_size=192, learning_rate=0.014)
    rows = []
    for recipe, count in (
        (find_recipe("fast"), 4 * networks),
        (shorter, networks),
        (networks_recipe(), networks),
    ):
        probabilities = [predict(recipe, seed, images, labels) for seed in range(count)]
        for used in sorted({1, count}):
            mean = np.mean(probabilities[:used], axis=0).astype(np.float64)
            mean /= mean.sum(axis=1, keepdims=True)
            for rank in RANKS:
                rows.append(score_rank(recipe.name, used, rank, mean, held, shipped, draws))
    return rows


def predict(recipe: Recipe, seed: int, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    from inkdigits.training.fit import predict as predict_images

    import_keras().utils.set_random_seed(100 + seed)
    model = recipe.build(10)
    part = np.random.default_rng(seed).permutation(TAUGHT)[:A_FOLD]
    find_fit(recipe)(model, recipe, LabeledSplit(images[part], labels[part]), None)
    return predict_images(model, images[TAUGHT:])


def score_rank(
    recipe: str, used: int, rank: str, mean: np.ndarray, held: np.ndarray, shipped: np.ndarray, draws: int
) -> dict[str, Any]:
    row: dict[str, Any] = {"recipe": recipe, "networks": used, "rank": rank, "draws": draws}
    for kind in ("any", "confused", "second choice"):
        for count in COUNTS:
            found = []
            for draw in range(draws):
                noisy, wrong = spoil(kind, count, held, shipped, np.random.default_rng(draw))
                order = np.argsort(get_label_quality_scores(noisy, mean, method=rank), kind="stable")
                found.append([np.isin(wrong, order[: round(reach * count)]).mean() for reach in (1, 2.5)])
            row[f"{kind} {count}"] = np.mean(found, axis=0).tolist()
    shares = "  ".join(f"{one:.2f}/{more:.2f}" for one, more in list(row.values())[4:])
    print(f"{recipe:<10} x{used:<2} {rank:<28} {shares}", flush=True)
    return row


def spoil(
    kind: str, count: int, labels: np.ndarray, shipped: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    noisy = labels.copy()
    if kind == "second choice":
        others = shipped.copy()
        others[np.arange(JUDGED), labels] = 0
        weights = np.sqrt(others.max(axis=1))
        wrong = rng.choice(JUDGED, count, replace=False, p=weights / weights.sum())
        noisy[wrong] = others[wrong].argmax(axis=1)
        return noisy, wrong
    wrong = rng.permutation(JUDGED)[:count]
    if kind == "any":
        noisy[wrong] = (noisy[wrong] + rng.integers(1, 10, count)) % 10
    else:
        noisy[wrong] = [rng.choice(CONFUSED[label]) for label in noisy[wrong]]
    return noisy, wrong


def score_test() -> dict[str, Any]:
    start = time.perf_counter()
    analysis = analyze("mnist")
    seconds = time.perf_counter() - start
    places = [analysis.collection.place(row.number) for row in analysis.doubts]
    test = [place.index for place in places if place.split == "test"]
    rejected = [votes.index for votes in MNIST_TEST_VOTES if votes.corrected is not None]
    ranks = {index: test.index(index) + 1 if index in test else None for index in rejected}
    among = sum(rank is not None and rank <= 25 for rank in ranks.values())
    print(
        f"analyze mnist: {seconds:.0f} s; {among} of {len(rejected)} among the 25 most doubtful; ranks {ranks}"
    )
    return {"seconds": seconds, "among_25": among, "ranks": ranks, "suspected": analysis.suspected}


if __name__ == "__main__":
    main()
