"""From a few samples to a recognizer that reads."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits import Reader, finetune, load_mnist
from inkdigits.errors import DataError, UsageError
from inkdigits.reading import Classifier
from inkdigits.synthesis.strokes import Pen, draw_skeleton
from inkdigits.training import Run
from inkdigits.training.finetune import confused_classes
from inkdigits.training.negatives import draw_negatives, unlike
from inkdigits.training.samples import normalize_samples
from inkdigits.weights import weights_path

pytestmark = pytest.mark.training


def drawn(kind: str, seed: int) -> NDArray[np.uint8]:
    """A check mark or a house by an unsteady hand."""
    rng = np.random.default_rng(seed)
    lines = {
        "check": [[(0.0, 0.6), (0.3, 1.0), (1.0, 0.0)]],
        "house": [[(0.0, 0.4), (0.5, 0.0), (1.0, 0.4)], [(0.1, 0.4), (0.1, 1.0), (0.9, 1.0), (0.9, 0.4)]],
    }[kind]
    paper = np.full((100, 100), 250, np.uint8)
    for line in lines:
        points = 22 + 56 * (np.array(line) + rng.normal(0, 0.03, (len(line), 2)))
        cv2.polylines(paper, [points.astype(np.int32)], False, 40, int(rng.integers(3, 7)), cv2.LINE_AA)
    return paper


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    kinds = ["check", "house"] * 6
    images = [drawn(kind, seed) for seed, kind in enumerate(kinds)]
    return finetune(images, np.array(kinds), output=tmp_path_factory.mktemp("own") / "run")


@pytest.mark.xdist_group("finetune")
def test_the_recognizer_reads_and_rejects(run: Run) -> None:
    classifier = Classifier(run.folder / "model.onnx")
    assert classifier.facts.labels == ("check", "house", "")
    assert classifier.facts.temperature >= 1
    reader = Reader(classifier)
    kinds = ["check", "house"] * 4
    fields = reader.read_fields([drawn(kind, 100 + seed) for seed, kind in enumerate(kinds)], kind="digit")
    assert sum(field.text == kind for field, kind in zip(fields, kinds, strict=True)) >= 7
    nothing = classifier.predict(draw_negatives(40, 99, marks=True))[:, 2]
    assert (nothing > 0.5).mean() >= 0.7


@pytest.mark.xdist_group("finetune")
def test_the_run_folder_is_like_any_other(run: Run) -> None:
    names = {path.name for path in run.folder.iterdir()}
    assert {
        "model.keras",
        "model.onnx",
        "metrics.json",
        "history.csv",
        "report.html",
        "confusion.png",
    } <= names
    metrics = json.loads((run.folder / "metrics.json").read_text())
    assert metrics["images"]["train"] == 12
    assert metrics["folds"] == 3
    assert metrics["class_names"] == ["check", "house", ""]


def test_the_keras_twin_answers_as_the_shipped_file() -> None:
    from inkdigits.training.pretrained import load_pretrained

    model, facts = load_pretrained()
    images = load_mnist()[0][0][:50]
    shipped = Classifier(weights_path("digit"))
    found = model.predict(facts.to_inputs(images), verbose=0) ** (1 / facts.temperature)
    found /= found.sum(axis=1, keepdims=True)
    assert np.abs(found - shipped.predict(images)).max() < 1e-4


def test_negatives_that_look_like_a_sample_are_left_out() -> None:
    rng = np.random.default_rng(0)
    samples = np.eye(40, dtype=np.float32)[[0] * 6] + rng.normal(0, 0.01, (6, 40)).astype(np.float32)
    others = np.eye(40, dtype=np.float32)[[0, *range(1, 31)]]
    assert unlike(others, samples, np.zeros(6, np.int64)).tolist() == list(range(1, 31))


def test_a_sample_alone_in_its_class_rules_out_as_much_as_the_others_do() -> None:
    turn = np.deg2rad(np.arange(0, 180, 3.0))
    candidates = np.stack([np.cos(turn), np.sin(turn)], axis=1).astype(np.float32)
    samples = candidates[[0, 1, 30]]
    far = unlike(candidates, samples, np.array([0, 0, 1]))
    assert len(far) > 40
    assert not set(far) & {0, 1, 29, 30, 31}


def test_a_model_learns_from_no_negative_that_only_its_unseen_samples_rule_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What looks like a held-out sample alone may teach: leaving it out would tell of that sample."""
    from inkdigits.training import tuning
    from inkdigits.training.pretrained import load_front, load_pretrained

    compared: list[int] = []

    def all_but_the_first(candidates: NDArray[np.float32], samples: NDArray[np.float32], _: object) -> object:
        compared.append(len(samples))
        return np.arange(len(compared), len(candidates))

    monkeypatch.setattr(tuning, "unlike", all_but_the_first)
    kinds = ["check", "house"] * 6
    samples = normalize_samples([drawn(kind, seed) for seed, kind in enumerate(kinds)], kinds)
    folds = np.arange(len(samples.labels)) % 3
    pretrained, facts = load_pretrained()
    negatives, apart = tuning._choose_negatives(
        samples, folds, pretrained, load_front(pretrained), facts, 1, marks=True
    )
    count = len(samples.labels)
    assert compared == [count - (folds == fold).sum() for fold in range(3)] + [count]
    assert apart.shape == (4, len(negatives))
    assert (~apart).sum(axis=1).tolist() == [0, 1, 2, 3]


def test_a_refusal_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="only the class"):
        finetune([drawn("check", 1), drawn("check", 2)], ["check"] * 2, output=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_images_want_labels() -> None:
    with pytest.raises(UsageError, match="without labels"):
        finetune([drawn("check", 1)])
    with pytest.raises(UsageError, match="several images"):
        finetune("folder", ["a"])


@pytest.fixture(scope="module")
def hand() -> tuple[list[NDArray[np.uint8]], list[str]]:
    """Ones, fours and nines of a hand that writes nines like a P: six to learn from, six not."""
    skeletons = {
        "1": "0,66! 34,0! 32,100!",
        "4": "6,0 4,40 16,56 48,48 / 50,2! 46,100!",
        "9": "10,100! 8,4! 34,-2 52,16 42,42 10,50",
    }
    rng = np.random.default_rng(3)
    images, labels = [], []
    for _ in range(12):
        for digit, skeleton in skeletons.items():
            ink = draw_skeleton(skeleton, Pen(0.09), rng)[0]
            images.append(255 - np.pad(ink, 16))
            labels.append(digit)
    return images, labels


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory, hand: tuple[list[NDArray[np.uint8]], list[str]]) -> Run:
    images, labels = hand
    output = tmp_path_factory.mktemp("writer") / "run"
    with pytest.MonkeyPatch.context() as patch:
        for name, fewer in {"_POOL": 700, "_OTHERS": 900, "_PHOTOS": 150, "_NEGATIVES": 50}.items():
            patch.setattr(f"inkdigits.training.writer.{name}", fewer)
        return finetune(images[:18], labels[:18], keep_digits=True, output=output)


@pytest.mark.xdist_group("finetune")
def test_the_reader_adapts_to_a_writer_and_keeps_the_others(
    adapted: Run, hand: tuple[list[NDArray[np.uint8]], list[str]]
) -> None:
    images, labels = hand
    classifier = Classifier(adapted.folder / "model.onnx")
    assert classifier.facts.labels == Classifier(weights_path("digit")).facts.labels

    def right(reader: Reader) -> int:
        fields = reader.read_fields(images[18:], kind="digit")
        return sum(field.text == label for field, label in zip(fields, labels[18:], strict=True))

    assert right(Reader()) < right(Reader(classifier)) >= 16
    others = adapted.metrics["mnist_validation_error_percent"]
    assert others["after"] <= others["before"] + 0.1 + 1e-9
    test = load_mnist()[0][0][-500:], load_mnist()[0][1][-500:]
    assert (classifier.predict(test[0]).argmax(axis=1) == test[1]).mean() > 0.98


@pytest.mark.xdist_group("finetune")
def test_the_run_of_a_writer_says_what_the_shipped_model_did(adapted: Run) -> None:
    metrics = json.loads((adapted.folder / "metrics.json").read_text())
    assert metrics["model"] == "digit-of-one-writer"
    assert metrics["shipped_error_percent"] > metrics["validation_error_percent"]
    assert metrics["images"] == {"train": 18, "validation": 18}


def test_symbols_are_no_digits_to_keep(tmp_path: Path) -> None:
    images = [drawn(kind, seed) for seed, kind in enumerate(["check", "house"] * 2)]
    with pytest.raises(DataError, match="'check', 'house' is no digit"):
        finetune(images, ["check", "house"] * 2, keep_digits=True, output=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_run_folder_is_no_class(tmp_path: Path) -> None:
    (tmp_path / "symbols").mkdir()
    with pytest.raises(UsageError, match="where each folder is a class"):
        finetune(tmp_path / "symbols", output=tmp_path / "symbols" / "run")
    with pytest.raises(UsageError, match=r"seed is 1\.5"):
        finetune(tmp_path / "symbols", seed=1.5)  # type: ignore[arg-type]


def test_classes_that_are_told_apart_wrongly_are_named() -> None:
    labels = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])
    read = np.array([0, 0, 1, 1, 1, 1, 0, 3, 2])
    assert confused_classes(read, labels, ("dash", "bar", "ring", "")) == [
        {"label": "dash", "read_as": "bar", "times": 1, "of": 3},
        {"label": "ring", "read_as": "dash", "times": 1, "of": 3},
    ]
