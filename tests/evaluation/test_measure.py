import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from inkdigits.errors import DataError, ModelError
from inkdigits.evaluation import Evaluation, evaluate, evaluate_probabilities, open_model

RunPython = Callable[..., tuple[str, str]]

THREE = np.array([[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0.25, 0.5, 0.25]])


@pytest.fixture
def digits() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    return random.integers(0, 256, (40, 28, 28), np.uint8), random.integers(0, 10, 40)


def test_error_confusion_precision_and_recall() -> None:
    evaluation = evaluate_probabilities(THREE, np.array([0, 1, 1, 1]))
    assert (evaluation.errors, evaluation.n, evaluation.error_percent) == (1, 4, 25.0)
    assert evaluation.confusion.tolist() == [[1, 0, 0], [1, 2, 0], [0, 0, 0]]
    np.testing.assert_allclose(evaluation.precision, [1 / 2, 1, np.nan])
    np.testing.assert_allclose(evaluation.recall, [1, 2 / 3, np.nan])
    assert evaluation.corrected_error_percent is None


def test_confidence_and_likelihood() -> None:
    evaluation = evaluate_probabilities(THREE, np.array([0, 1, 1, 1]))
    assert evaluation.mean_confidence == pytest.approx((0.7 + 0.6 + 0.8 + 0.5) / 4)
    expected = -np.log([0.7, 0.3, 0.8, 0.5]).mean()
    assert evaluation.negative_log_likelihood == pytest.approx(expected)
    # One answer a bin, so each gap counts by itself.
    assert evaluation.calibration_error_percent == pytest.approx(100 * (0.3 + 0.6 + 0.2 + 0.5) / 4)


def test_a_certain_mistake_costs_a_finite_loss() -> None:
    evaluation = evaluate_probabilities(np.array([[1.0, 0.0]]), np.array([1]))
    assert evaluation.negative_log_likelihood == pytest.approx(-np.log(1e-7))


def test_small_label_types_do_not_wrap() -> None:
    labels = np.full(30, 29, np.uint8)
    evaluation = evaluate_probabilities(np.eye(30)[labels], labels)
    assert evaluation.confusion[29, 29] == 30


def test_dict_is_json_with_the_error_first() -> None:
    data = evaluate_probabilities(THREE, np.array([0, 1, 1, 1])).to_dict()
    assert next(iter(data)) == "error_percent"
    assert data["precision"][2] is None
    assert json.loads(json.dumps(data, allow_nan=False)) == data


def test_evaluate_runs_the_model(
    make_linear_model: Callable[..., Path], digits: tuple[np.ndarray, np.ndarray]
) -> None:
    images, labels = digits
    path = make_linear_model()
    evaluation = evaluate(path, images, labels)
    predicted = open_model(path).predict(images).argmax(axis=1)
    assert isinstance(evaluation, Evaluation)
    assert evaluation.errors == np.sum(predicted != labels) > 0


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.int64), "no images"),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(3, np.int64), r"\(3,\) for 2 images"),
        (np.zeros((2, 28, 28), np.float32), np.zeros(2, np.int64), "expected uint8"),
        (np.zeros((2, 784), np.uint8), np.zeros(2, np.int64), "expected uint8"),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(2), "expected integers"),
        (np.zeros((2, 28, 28), np.uint8), np.array([0, 10]), "knows 0 to 9"),
        (np.zeros((2, 28, 28), np.uint8), np.array([0, -1]), "knows 0 to 9"),
    ],
)
def test_bad_data_is_refused(
    make_linear_model: Callable[..., Path], images: np.ndarray, labels: np.ndarray, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        evaluate(make_linear_model(), images, labels)


def test_outputs_that_are_no_probabilities_are_refused(
    make_linear_model: Callable[..., Path], digits: tuple[np.ndarray, np.ndarray]
) -> None:
    with pytest.raises(ModelError, match="softmax"):
        evaluate(make_linear_model(last="Identity"), *digits)
    with pytest.raises(ModelError, match="softmax"):
        evaluate_probabilities(np.array([[np.nan, 0.5]]), np.array([0]))
    with pytest.raises(ModelError, match=r"expected \(N, number of classes\)"):
        evaluate_probabilities(np.array([1.0, 1.0]), np.array([0, 0]))


def test_importing_evaluation_imports_neither_keras_nor_matplotlib(run_python: RunPython) -> None:
    code = (
        "import sys, inkdigits.evaluation; print(*{'keras', 'tensorflow', 'matplotlib'} & set(sys.modules))"
    )
    assert run_python(code) == ("\n", "")
