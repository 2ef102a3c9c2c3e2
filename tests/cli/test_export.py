from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from inkdigits.cli import app
from inkdigits.datasets import load_mnist
from inkdigits.errors import DataError, ModelError, OutputError
from inkdigits.reading.classifier import Classifier
from inkdigits.training import train

pytestmark = [pytest.mark.training, pytest.mark.xdist_group("keras")]


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    images, labels = load_mnist()[0]
    folder = tmp_path_factory.mktemp("export")
    np.savez(folder / "train.npz", images=images[:2000], labels=labels[:2000])
    return train("cnn", folder / "train.npz", epochs=2, batch_size=50, output=folder / "run").folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["export", *(str(argument) for argument in arguments)])


def test_a_run_folder_becomes_an_onnx_file(run_folder: Path, tmp_path: Path) -> None:
    result = run(run_folder, tmp_path / "cnn.onnx")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith(f"wrote {tmp_path / 'cnn.onnx'}, 2,3")
    assert Classifier(tmp_path / "cnn.onnx").facts.name == "cnn"


def test_int8_says_how_often_it_agrees(run_folder: Path, tmp_path: Path) -> None:
    result = run(run_folder / "model.keras", tmp_path / "cnn.onnx", "--int8")
    assert result.exit_code == 0
    assert "gives the same answer for " in result.stderr
    assert (tmp_path / "cnn.onnx").stat().st_size < 700_000


def test_bad_input_is_our_error(run_folder: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken.onnx"
    taken.write_bytes(b"mine")
    unlabeled = tmp_path / "test.csv"
    header = ",".join(f"pixel{index}" for index in range(784))
    unlabeled.write_text(header + "\n" + ",".join(["0"] * 784) + "\n")
    cases: list[tuple[tuple[object, ...], type[Exception]]] = [
        ((tmp_path / "absent", tmp_path / "new.onnx"), ModelError),
        ((taken, tmp_path / "new.onnx"), ModelError),
        ((run_folder, taken), OutputError),
        ((run_folder, tmp_path / "absent" / "new.onnx"), OutputError),
        ((run_folder, tmp_path / "new.onnx", "--data", tmp_path / "absent.csv"), DataError),
        ((run_folder, tmp_path / "new.onnx", "--data", unlabeled), DataError),
    ]
    for arguments, error in cases:
        result = run(*arguments)
        assert isinstance(result.exception, error), arguments
        assert "\n" not in str(result.exception)
    assert taken.read_bytes() == b"mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["taken.onnx", "test.csv"]
