from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from inkdigits.datasets import DataSet
from inkdigits.errors import MissingExtraError, ModelError, OutputError
from inkdigits.reading.classifier import Classifier
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.training import Run, export_int8_onnx, export_onnx, onnx_conversion, onnx_export

pytestmark = [pytest.mark.training, pytest.mark.xdist_group("keras")]

FACTS = ModelFacts("classifier", "cnn", "1")


@pytest.fixture
def images(small_data: DataSet) -> np.ndarray:
    assert small_data.test is not None
    return small_data.test.images


def test_the_file_has_our_names_and_facts(small_run: Run, images: np.ndarray, tmp_path: Path) -> None:
    facts = replace(FACTS, temperature=1.5)
    export_onnx(small_run.model, tmp_path / "cnn.onnx", facts, images)
    model = onnx.load(tmp_path / "cnn.onnx")
    onnx.checker.check_model(model, full_check=True)
    ends = [model.graph.input, model.graph.output]
    assert [[value.name for value in values] for values in ends] == [["images"], ["probabilities"]]
    shapes = [[dim.dim_param or dim.dim_value for dim in end[0].type.tensor_type.shape.dim] for end in ends]
    assert shapes == [["N", 28, 28, 1], ["N", 10]]
    assert {entry.domain: entry.version for entry in model.opset_import}[""] == 17
    assert Classifier(tmp_path / "cnn.onnx").facts == facts
    assert [path.name for path in tmp_path.iterdir()] == ["cnn.onnx"]


def test_mean_and_scale_are_part_of_the_check(small_run: Run, images: np.ndarray, tmp_path: Path) -> None:
    facts = replace(FACTS, mean=0.5, scale=0.25)
    export_onnx(small_run.model, tmp_path / "cnn.onnx", facts, images)
    inputs = (images[..., np.newaxis] / np.float32(255) - 0.5) / 0.25
    expected = small_run.model.predict(inputs, verbose=0)
    np.testing.assert_allclose(Classifier(tmp_path / "cnn.onnx").predict(images), expected, atol=1e-4)


def test_a_file_that_answers_otherwise_is_not_written(
    small_run: Run, images: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    convert = onnx_export.convert_to_onnx

    def convert_badly(model: object, path: Path) -> None:
        convert(model, path)
        damaged = onnx.load(path)
        for weights in damaged.graph.initializer:
            if weights.data_type == onnx.TensorProto.FLOAT:
                array = onnx.numpy_helper.to_array(weights) * np.float32(1.01)
                weights.CopyFrom(onnx.numpy_helper.from_array(array, weights.name))
        onnx.save(damaged, path)

    monkeypatch.setattr(onnx_export, "convert_to_onnx", convert_badly)
    with pytest.raises(ModelError, match="the ONNX file of cnn differs from the Keras model"):
        export_onnx(small_run.model, tmp_path / "cnn.onnx", FACTS, images)
    assert list(tmp_path.iterdir()) == []


def test_eight_bits_are_a_quarter_of_the_size_and_agree(
    small_run: Run, small_data: DataSet, images: np.ndarray, tmp_path: Path
) -> None:
    assert small_data.train is not None
    path = tmp_path / "int8.onnx"
    agreement = export_int8_onnx(small_run.model, path, FACTS, images, small_data.train.images[:200])
    assert 0.99 <= agreement <= 1
    assert path.stat().st_size < 0.3 * (small_run.folder / "model.onnx").stat().st_size
    probabilities = Classifier(path).predict(images)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert (
        probabilities.argmax(axis=1)
        == small_run.model.predict(images[..., np.newaxis] / np.float32(255), verbose=0).argmax(axis=1)
    ).mean() == agreement


def test_eight_bits_that_disagree_are_not_written(small_run: Run, images: np.ndarray, tmp_path: Path) -> None:
    blank = np.zeros((100, 28, 28), np.uint8)  # activations that were never seen are cut off
    with pytest.raises(ModelError, match="8 bits are too few for cnn"):
        export_int8_onnx(small_run.model, tmp_path / "int8.onnx", FACTS, images, blank)
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written_are_refused(
    small_run: Run, images: np.ndarray, tmp_path: Path
) -> None:
    (tmp_path / "mine.onnx").write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"mine\.onnx exists already"):
        export_onnx(small_run.model, tmp_path / "mine.onnx", FACTS, images)
    with pytest.raises(OutputError, match="is not a folder"):
        export_onnx(small_run.model, tmp_path / "absent" / "cnn.onnx", FACTS, images)
    assert (tmp_path / "mine.onnx").read_bytes() == b"mine"


def test_a_model_of_another_shape_is_refused(small_run: Run, images: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cnn maps .* to \(None, 10\); expected .* to \(None, 2\)"):
        export_onnx(small_run.model, tmp_path / "cnn.onnx", replace(FACTS, labels=("a", "b")), images)


def test_another_process_converts_for_other_backends(
    small_run: Run, images: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / "cnn.onnx"
    onnx_conversion._convert_in_process(small_run.folder / "model.keras", path)
    assert onnx.load(path).graph.output[0].name == "probabilities"
    with pytest.raises(ModelError, match="the model could not be converted to ONNX: "):
        onnx_conversion._convert_in_process(path, tmp_path / "other.onnx")


def test_the_converter_is_part_of_the_training_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_conversion, "find_spec", lambda _: None)
    with pytest.raises(
        MissingExtraError, match=r"tensorflow is not installed; pip install 'inkdigits\[train\]'"
    ):
        onnx_conversion.require_converter()
