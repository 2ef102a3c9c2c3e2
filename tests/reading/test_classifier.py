from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from inkdigits.errors import ImageError, ModelError
from inkdigits.reading.classifier import Classifier
from inkdigits.reading.line_model import LineModel

MakeModel = Callable[..., Path]


def images(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, 28, 28), np.uint8)


def test_probabilities_are_the_same_in_batches_of_any_size(make_linear_model: MakeModel) -> None:
    path = make_linear_model()
    whole = Classifier(path).predict(images(5))
    assert whole.shape == (5, 10)
    assert whole.dtype == np.float32
    np.testing.assert_allclose(whole.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(Classifier(path, batch_size=2).predict(images(5)), whole, atol=1e-6)
    assert Classifier(path).predict(images(0)).shape == (0, 10)


def test_a_temperature_above_1_makes_a_model_less_sure(make_linear_model: MakeModel) -> None:
    plain = Classifier(make_linear_model("a.onnx")).predict(images(4))
    cooled = Classifier(make_linear_model("b.onnx", temperature=3.0)).predict(images(4))
    assert (cooled.max(axis=1) < plain.max(axis=1)).all()
    np.testing.assert_array_equal(cooled.argmax(axis=1), plain.argmax(axis=1))
    np.testing.assert_allclose(cooled.sum(axis=1), 1, atol=1e-5)


def test_sizes_that_the_file_leaves_free_fit(make_linear_model: MakeModel) -> None:
    path = make_linear_model(shape=("N", "H", "W", 1))
    assert Classifier(path).predict(images(2)).shape == (2, 10)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"shape": ("N", 1, 28, 28)},
            r"takes tensor\(float\) \(any, 1, 28, 28\); expected .*\(any, 28, 28, 1\)",
        ),
        ({"shape": (1, 28, 28, 1)}, r"\(1, 28, 28, 1\); expected"),
        ({"shape": ("N", 784)}, r"\(any, 784\); expected"),
        ({"input_width": 20}, r"expected .*\(any, 28, 20, 1\)"),
        ({"shape": ("N", "H", "W", 1), "input_width": 20}, r"fails on an input of shape \(1, 28, 20, 1\)"),
        ({"input_width": 0}, "any width"),
        ({"labels": tuple("abc"), "kind": "line"}, "expected a classifier"),
        ({"last": "Identity"}, "end the model in a softmax"),
        ({"last": "Log"}, "end the model in a softmax"),
        ({"temperature": 0.0}, "a temperature of 0.0"),
        ({"scale": 0.0}, "a scale of 0.0"),
    ],
)
def test_a_model_that_its_facts_do_not_fit_is_one_clear_line(
    make_linear_model: MakeModel, options: dict[str, object], message: str
) -> None:
    refuses(Classifier, make_linear_model(**options), message)


@pytest.mark.parametrize("count", [3, 20])
def test_other_labels_than_outputs_are_refused(make_linear_model: MakeModel, count: int) -> None:
    path = make_linear_model(outputs=10, labels=tuple(map(str, range(count))))
    refuses(Classifier, path, rf"gives \(1, 10\) for one image; expected \(1, {count}\)")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "expected a line model"),
        ({"kind": "line"}, "takes strips of height 28; expected 32"),
        ({"kind": "line", "input_height": 32}, r"\(any, 28, 28, 1\); expected .*\(any, 32, any, 1\)"),
        (
            {"kind": "line", "shape": ("N", "H", "W", 1), "input_height": 32, "input_width": 0},
            r"fails on an input of shape \(1, 32, 32, 1\)",
        ),
    ],
)
def test_a_classifier_is_refused_as_a_line_model(
    make_linear_model: MakeModel, options: dict[str, object], message: str
) -> None:
    refuses(LineModel, make_linear_model(**options), message)


def refuses(open_model: Callable[[Path], object], path: Path, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        open_model(path)
    assert str(caught.value).startswith(f"{path} ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong", [np.zeros((2, 28, 28)), np.zeros((28, 28), np.uint8), np.zeros((2, 28, 20), np.uint8)]
)
def test_images_of_another_kind_are_refused(make_linear_model: MakeModel, wrong: np.ndarray) -> None:
    with pytest.raises(ImageError, match=r"takes uint8 \(N, 28, 28\)"):
        Classifier(make_linear_model()).predict(wrong)


@pytest.mark.parametrize("content", [b"", b"no model at all"])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.onnx").write_bytes(content)
    refuses(Classifier, tmp_path / "a.onnx", "not a model that onnxruntime can run")
    refuses(Classifier, tmp_path / "missing.onnx", "does not exist")
