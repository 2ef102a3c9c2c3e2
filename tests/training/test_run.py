"""From a name and a data set to a run folder, and every way that it can end early."""

import csv
import errno
import json
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from inkdigits.datasets import DataSet
from inkdigits.errors import DataError, MissingExtraError, OutputError, UsageError
from inkdigits.evaluation import evaluate
from inkdigits.reading.classifier import Classifier
from inkdigits.training import Run, TrainingInterrupted, run_files, train

pytestmark = [pytest.mark.training, pytest.mark.xdist_group("keras")]

DATA_FILES = {"history.csv", "metrics.json", "model.keras", "model.onnx"}
FIGURE_FILES = {"confusion.png", "learning_curves.png", "mistakes.png", "report.html", "samples.png"}


class Spy:
    """A progress that remembers what it was told, and calls back then."""

    def __init__(self, on_batch: Callable[[], object] = bool, on_epoch: Callable[[], object] = bool) -> None:
        self.told: list[tuple[object, ...]] = []
        self.on_batch, self.on_epoch = on_batch, on_epoch

    def begin(self, epochs: int, batches: int) -> None:
        self.told.append(("begin", epochs, batches))

    def batch(self, epoch: int, batch: int, *means: float) -> None:
        assert [mean >= 0 for mean in means] == [True, True]  # loss and accuracy
        self.told.append(("batch", epoch, batch))
        self.on_batch()

    def epoch(self, row: Mapping[str, float]) -> None:
        self.told.append(("epoch", row["epoch"]))
        self.on_epoch()

    def close(self) -> None:
        self.told.append(("close",))


def interrupt() -> None:
    raise KeyboardInterrupt


def test_the_folder_holds_everything(small_run: Run) -> None:
    assert {path.name for path in small_run.folder.iterdir()} == DATA_FILES | FIGURE_FILES
    assert [path.name for path in small_run.folder.parent.iterdir()] == ["run"]


def test_it_learns(small_run: Run) -> None:
    assert small_run.scored_on == "test"
    assert small_run.metrics["test_error_percent"] < 25


def test_metrics_say_what_was_done(small_run: Run, small_data: DataSet) -> None:
    metrics = json.loads((small_run.folder / "metrics.json").read_text())
    assert metrics == small_run.metrics
    assert metrics["parameters"] == 592_074
    assert (metrics["epochs"], metrics["interrupted"], metrics["seed"]) == (2, False, 1)
    assert metrics["recipe"] == {"epochs": 2, "batch_size": 50, "learning_rate": 0.001}
    assert metrics["images"] == {"train": 1080, "validation": 120, "test": 300}
    assert metrics["data_checksum"] == small_data.checksum
    assert {"inkdigits", "python", "numpy", "keras", "onnxruntime"} <= metrics["versions"].keys()
    assert set(metrics["machine"]) == {"system", "machine", "processor", "cores"}
    assert metrics["train_seconds"] > 0


def test_the_history_has_a_row_an_epoch(small_run: Run) -> None:
    with (small_run.folder / "history.csv").open(newline="") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    assert rows == small_run.history
    assert [row["epoch"] for row in rows] == [1, 2]
    assert set(rows[0]) == {"epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds"}
    assert small_run.metrics["validation_error_percent"] == pytest.approx(
        100 * (1 - rows[-1]["val_accuracy"])
    )


def test_the_onnx_model_answers_as_the_keras_model(small_run: Run, small_data: DataSet) -> None:
    assert small_data.test is not None
    classifier = Classifier(small_run.folder / "model.onnx")
    assert (classifier.facts.name, classifier.facts.labels) == ("cnn", tuple("0123456789"))
    evaluation = evaluate(classifier, small_data.test.images, small_data.test.labels)
    assert evaluation.error_percent == small_run.metrics["test_error_percent"]


@pytest.mark.usefixtures("no_figures")
def test_the_same_seed_gives_the_same_metrics(small_data: DataSet, small_run: Run, tmp_path: Path) -> None:
    options: dict[str, int] = {"epochs": 2, "batch_size": 50, "validation": 120}
    again = train("cnn", small_data, output=tmp_path / "again", **options)
    other = train("cnn", small_data, output=tmp_path / "other", seed=2, **options)
    assert without_seconds(again.history) == without_seconds(small_run.history)
    assert again.metrics["test_error_percent"] == small_run.metrics["test_error_percent"]
    assert without_seconds(other.history) != without_seconds(small_run.history)


def without_seconds(history: list[dict[str, float]]) -> list[dict[str, float]]:
    return [{name: value for name, value in row.items() if name != "seconds"} for row in history]


@pytest.mark.usefixtures("no_figures")
def test_progress_is_told_of_every_epoch(small_data: DataSet, tmp_path: Path) -> None:
    spy = Spy()
    train("mlp", small_data, epochs=2, output=tmp_path / "run", progress=spy)
    epochs = [entry for entry in spy.told if entry[0] != "batch"]
    assert epochs == [("begin", 2, 6), ("epoch", 1), ("epoch", 2), ("close",)]
    assert ("batch", 1, 1) in spy.told


@pytest.mark.usefixtures("no_figures")
def test_other_classes_are_learned_and_named(small_data: DataSet, tmp_path: Path) -> None:
    assert small_data.train is not None
    assert small_data.train.labels is not None
    parity = replace(
        small_data,
        name="parity",
        train=replace(small_data.train, labels=small_data.train.labels % 2),
        test=None,
        class_names=("even", "odd"),
    )
    run = train("larger-cnn", parity, epochs=1, output=tmp_path / "run", validation=0)
    assert (run.scored_on, run.metrics["test_error_percent"]) == ("train", None)
    assert run.metrics["validation_error_percent"] is None
    assert run.metrics["scored_error_percent"] < 50
    assert set(run.history[0]) == {"epoch", "loss", "accuracy", "seconds"}
    assert Classifier(run.folder / "model.onnx").facts.labels == ("even", "odd")


@pytest.mark.usefixtures("no_figures")
def test_tensorboard_logs_go_into_the_folder(small_data: DataSet, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    run = train("mlp", small_data, epochs=1, output=tmp_path / "run", tensorboard=True)
    assert list((run.folder / "tensorboard").rglob("events.out.tfevents.*"))


@pytest.mark.parametrize(("package", "extra"), [("tensorboard", "tensorboard"), ("matplotlib", "train")])
def test_what_is_missing_is_missed_before_training(
    package: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inkdigits.training.run.find_spec", lambda name: None if name == package else name)
    with pytest.raises(MissingExtraError, match=rf"{package} is not .* pip install 'inkdigits\[{extra}\]'"):
        train("cnn", output=tmp_path / "run", tensorboard=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("no_figures")
def test_ctrl_c_keeps_the_last_whole_epoch(small_data: DataSet, tmp_path: Path) -> None:
    spy = Spy(on_epoch=interrupt)
    with pytest.raises(TrainingInterrupted, match="interrupted after epoch 1") as caught:
        train("larger-cnn", small_data, epochs=5, validation=120, output=tmp_path / "run", progress=spy)
    run = caught.value.run
    assert {path.name for path in run.folder.iterdir()} == DATA_FILES
    assert (run.metrics["epochs"], run.metrics["interrupted"]) == (1, True)
    assert [row["epoch"] for row in run.history] == [1]
    assert spy.told[-1] == ("close",)
    # The weights are those that the last row was measured on.
    assert run.metrics["validation_error_percent"] == pytest.approx(
        100 * (1 - run.history[0]["val_accuracy"]), abs=1e-4
    )


def test_ctrl_c_before_a_whole_epoch_leaves_nothing(small_data: DataSet, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt) as caught:
        train("mlp", small_data, output=tmp_path / "runs" / "run", progress=Spy(on_batch=interrupt))
    assert not isinstance(caught.value, TrainingInterrupted)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("no_figures")
def test_ctrl_c_while_the_run_is_written_waits(
    small_data: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = run_files.write_history

    def write_and_interrupt(*arguments: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        write(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(run_files, "write_history", write_and_interrupt)
    with pytest.raises(TrainingInterrupted) as caught:
        train("mlp", small_data, epochs=1, output=tmp_path / "run")
    assert {path.name for path in (tmp_path / "run").iterdir()} == DATA_FILES
    assert caught.value.run.metrics["interrupted"] is False


@pytest.mark.usefixtures("no_figures")
def test_a_full_disk_leaves_nothing(
    small_data: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(run_files, "write_history", refuse)
    with pytest.raises(OutputError, match="run cannot be written: the disk is full"):
        train("mlp", small_data, epochs=1, output=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_is_refused_before_training(small_data: DataSet, tmp_path: Path) -> None:
    spy = Spy()
    (tmp_path / "taken").mkdir()
    output = tmp_path / "run"
    with pytest.raises(OutputError, match="taken exists already"):
        train("cnn", small_data, output=tmp_path / "taken", progress=spy)
    with pytest.raises(UsageError, match="no model is called 'vgg'"):
        train("vgg", small_data, output=output, progress=spy)
    with pytest.raises(UsageError, match="seed is -1"):
        train("cnn", small_data, output=output, seed=-1, progress=spy)
    with pytest.raises(UsageError, match="validation is 1200"):
        train("cnn", small_data, output=output, validation=1200, progress=spy)
    with pytest.raises(DataError, match=r"absent\.csv does not exist"):
        train("cnn", tmp_path / "absent.csv", output=output, progress=spy)
    assert spy.told == []
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_a_training_that_diverges_says_so(small_data: DataSet, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"the loss is \w+ after epoch \d; try a smaller learning rate"):
        train("larger-cnn", small_data, epochs=3, learning_rate=1e30, output=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("no_figures")
def test_the_default_folder_is_named_after_the_run(
    small_data: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = train("mlp", small_data, epochs=1, seed=7)
    assert run.folder.parent == Path("runs")
    assert run.folder.name.endswith("-mlp-7")
    assert [path.name for path in Path("runs").iterdir()] == [run.folder.name]


@pytest.mark.usefixtures("no_figures")
@pytest.mark.parametrize(("recipe", "epochs"), [("fast", 4), ("fast-99.5", 6), ("tiny", 16)])
def test_a_compiled_recipe_leaves_a_run_like_any_other(
    small_data: DataSet, tmp_path: Path, recipe: str, epochs: int
) -> None:
    run = train(recipe, small_data, epochs=epochs, batch_size=50, output=tmp_path / "run")
    assert run.metrics["test_error_percent"] < 15
    assert run.metrics["compile_seconds"] > 0
    assert run.metrics["epochs"] == epochs
    classifier = Classifier(run.folder / "model.onnx")
    assert evaluate(
        classifier, small_data.test.images, small_data.test.labels
    ).error_percent == pytest.approx(run.metrics["test_error_percent"])


def test_the_fast_recipe_refuses_another_backend(
    small_data: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keras.config.backend", lambda: "jax")
    with pytest.raises(UsageError, match="fast trains on TensorFlow alone; unset KERAS_BACKEND"):
        train("fast", small_data, output=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
