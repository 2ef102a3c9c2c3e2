"""Ensembles of two, on 300 images: their members train in processes of their own."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inkdigits.datasets import DataSet, Split
from inkdigits.errors import InkdigitsError, UsageError
from inkdigits.evaluation import evaluate
from inkdigits.reading.classifier import Classifier
from inkdigits.training import RECIPES, ensemble, train
from inkdigits.training.ensemble import build_ensemble, member_seeds
from inkdigits.training.fit import predict

pytestmark = [pytest.mark.training, pytest.mark.xdist_group("keras")]

RunPython = Callable[..., tuple[str, str]]
# Batches are small since batch normalization settles on hundreds of them, however few images there are.
PAIR = replace(RECIPES["ensemble"], members=2, epochs=1, batch_size=10)


@pytest.fixture(scope="module")
def few_data(small_data: DataSet) -> DataSet:
    """300 training images of ``small_data``, and its test images."""
    assert small_data.train is not None
    assert small_data.train.labels is not None
    return replace(small_data, train=Split(small_data.train.images[:300], small_data.train.labels[:300]))


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_seeds_of_ensembles_are_disjoint() -> None:
    seeds = [member_seeds(PAIR, seed) for seed in (0, 1, 2, 2**32 - 1)]
    flat = [seed for pair in seeds for seed in pair]
    assert len(set(flat)) == 8
    assert min(flat) >= 0
    assert max(flat) < 2**32


@pytest.mark.parametrize("name", ["accurate", "tiny"])
def test_the_answer_is_the_mean_of_the_members(small_data: DataSet, name: str) -> None:
    assert small_data.test is not None
    model = build_ensemble(replace(RECIPES[name], members=2), 10)
    images = small_data.test.images[:50]
    members = [layer for layer in model.layers if layer.name.startswith("member_")]
    answers = [predict(member, images) for member in members]
    assert not np.allclose(*answers)
    assert predict(model, images) == pytest.approx((answers[0] + answers[1]) / 2, abs=1e-6)


class Stop:
    """A progress that interrupts once an epoch of a member is told of."""

    def __init__(self) -> None:
        self.rows: list[Mapping[str, float]] = []

    def begin(self, epochs: int, batches: int) -> None:
        assert (epochs, batches) == (2, 1)

    def batch(self, *_: float) -> None:
        raise AssertionError("members tell of epochs alone")

    def epoch(self, row: Mapping[str, float]) -> None:
        self.rows.append(row)

    def close(self) -> None:
        self.rows.append({})


@pytest.mark.usefixtures("no_figures")
def test_what_was_interrupted_goes_on_with_the_members_that_are_whole(
    few_data: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress = Stop()
    with monkeypatch.context() as patch:
        patch.setattr(
            "inkdigits.training.run.write_run_files", interrupt
        )  # the last step before the run stands
        with pytest.raises(KeyboardInterrupt):
            train(PAIR, few_data, output=tmp_path / "run", validation=60, progress=progress)
    assert [row.get("epoch") for row in progress.rows] == [1, 2, None]
    (kept,) = tmp_path.iterdir()
    assert {path.name for path in kept.iterdir()} == {"job.json", "1.json", "1.npz", "2.json", "2.npz"}

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("all members are whole already")

    monkeypatch.setattr(ensemble.subprocess, "Popen", refuse)
    run = train(PAIR, few_data, output=tmp_path / "run", validation=60)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert run.metrics["recipe"]["members"] == 2
    assert run.metrics["parameters"] == sum(layer.count_params() for layer in run.model.layers)
    (row,) = run.history
    assert set(row) == {"epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds"}
    told = [told for told in progress.rows if told]
    assert row["loss"] == pytest.approx(np.mean([each["loss"] for each in told]))
    assert row["seconds"] == pytest.approx(sum(each["seconds"] for each in told))
    assert few_data.test is not None
    evaluation = evaluate(Classifier(run.folder / "model.onnx"), few_data.test.images, few_data.test.labels)
    assert evaluation.error_percent == run.metrics["test_error_percent"]


def test_a_job_that_fails_ends_all_and_leaves_nothing(small_data: DataSet, tmp_path: Path) -> None:
    with pytest.raises(
        InkdigitsError, match=r"member of seed \d .* batches of 5000 and there are 1200 training"
    ):
        train(replace(PAIR, batch_size=5000), small_data, output=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_recipe_that_jobs_cannot_find_is_refused(small_data: DataSet, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"mine is no recipe of inkdigits.*expected one of ensemble"):
        train(replace(PAIR, name="mine"), small_data, output=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_cluster_trains_ensembles_alone(small_data: DataSet, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="trains the members of an ensemble, and cnn is one model"):
        train("cnn", small_data, output=tmp_path / "run", cluster="local")
    assert list(tmp_path.iterdir()) == []


ON_RAY = """
import sys
from dataclasses import replace
from inkdigits.datasets import DataSet, Split, load_mnist
from inkdigits.training import RECIPES, train

images, labels = load_mnist()[0]
split = Split(images[:240], labels[:240].astype("int64"))
pair = replace(RECIPES["ensemble"], members=2, epochs=1, batch_size=10)
run = train(pair, DataSet("few", split, None, split), output=sys.argv[1], cluster="local")
print(run.metrics["parameters"], [round(row["loss"], 4) for row in run.history])
"""


def test_members_train_on_a_cluster(tmp_path: Path, run_python: RunPython) -> None:
    """Ray's own threads and signal handlers stay out of this process."""
    out, _ = run_python(ON_RAY, tmp_path / "run")
    assert out.splitlines()[-1].startswith("560468 [")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
