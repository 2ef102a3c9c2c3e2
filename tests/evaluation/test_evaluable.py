import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from inkdigits.errors import DataError, MissingExtraError, ModelError
from inkdigits.evaluation import align_labels, open_model
from inkdigits.reading import Classifier

DIGITS = tuple("0123456789")
IMAGES = np.random.default_rng(1).integers(0, 256, (5, 28, 28), np.uint8)


class KerasLike:
    """Has what evaluating needs of a Keras model, and keeps what it was given."""

    def __init__(self, *input_shape: int | None) -> None:
        self.name = "like-keras"
        self.input_shape = input_shape
        self.given = np.zeros(0)

    def predict(self, x: Any, *, batch_size: int, verbose: int) -> Any:
        assert batch_size > 0
        assert verbose == 0, "Keras would draw a progress bar on stdout"
        self.given = x
        return np.full((len(x), 10), 0.1)


def test_a_classifier_and_every_path_to_it_are_the_same_model(make_linear_model: Callable[..., Path]) -> None:
    path = make_linear_model("run/model.onnx")
    opened = [open_model(source) for source in (Classifier(path), path, str(path), path.parent)]
    answers = [model.predict(IMAGES) for model in opened]
    for model, answer in zip(opened, answers, strict=True):
        assert (model.name, model.labels) == ("linear", DIGITS)
        np.testing.assert_array_equal(answer, answers[0])


@pytest.mark.parametrize("shape", [(28, 28, 1), (28, 28), (784,), (1, 28, 28)])
def test_a_keras_model_gets_images_in_its_shape_from_0_to_1(shape: tuple[int, ...]) -> None:
    model = KerasLike(None, *shape)
    probabilities = open_model(model).predict(IMAGES)
    assert probabilities.shape == (5, 10)
    assert probabilities.dtype == np.float32
    assert model.given.shape == (5, *shape)
    np.testing.assert_allclose(model.given.reshape(5, 28, 28), IMAGES / 255, rtol=1e-6)


@pytest.mark.parametrize("shape", [(None, 32, 32, 1), (None, 28, 28, 3), (None, None, None, 1)])
def test_a_keras_model_of_other_images_is_refused(shape: tuple[int | None, ...]) -> None:
    with pytest.raises(ModelError, match="one gray image of 28 x 28"):
        open_model(KerasLike(*shape)).predict(IMAGES)


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(ModelError, match="runs/none does not exist; expected a run folder"):
        open_model("runs/none")


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"has no model\.onnx"):
        open_model(tmp_path)


@pytest.mark.parametrize("name", ["model.onnx", "model.keras", "model.h5"])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"not a model")
    with pytest.raises(ModelError, match=r"model\.\w+ is not a") as error:
        open_model(tmp_path / name)
    assert "\n" not in str(error.value)


def test_a_keras_file_without_keras_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as file:
        file.writestr("config.json", "{}")
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(MissingExtraError, match=r"keras is not installed; pip install 'inkdigits\[train\]'"):
        open_model(tmp_path / "model.keras")


def test_a_keras_file_is_loaded_in_safe_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as file:
        file.writestr("config.json", "{}")
    asked = {}

    def load_model(path: Path, **options: bool) -> None:
        asked.update(options)
        raise ValueError("Requested a Lambda layer,\nwhich is code")

    monkeypatch.setitem(sys.modules, "keras", SimpleNamespace(saving=SimpleNamespace(load_model=load_model)))
    with pytest.raises(ModelError, match="in safe mode: Requested a Lambda layer, which is code"):
        open_model(tmp_path / "model.keras")
    assert asked == {"compile": False, "safe_mode": True}


@pytest.mark.training
def test_a_keras_file_answers_as_its_model_does(tmp_path: Path) -> None:
    import keras

    from inkdigits.training.keras_file import save_keras_model

    model = keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    )
    save_keras_model(model, tmp_path / "model.keras")
    expected = open_model(model).predict(IMAGES)
    np.testing.assert_allclose(expected.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(open_model(tmp_path / "model.keras").predict(IMAGES), expected, rtol=1e-5)


def test_labels_follow_the_models_order() -> None:
    labels = np.array([0, 1, 1, 2])
    assert align_labels(labels, ("7", "3", "0"), DIGITS).tolist() == [7, 3, 3, 0]
    assert align_labels(labels, ("a", "b", "c"), None).tolist() == [0, 1, 1, 2]


def test_a_class_that_the_model_does_not_know_is_named() -> None:
    with pytest.raises(DataError, match="has the class 'x'; the model knows 0, 1"):
        align_labels(np.array([0]), ("0", "x"), DIGITS)
