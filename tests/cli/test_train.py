from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from inkdigits import training
from inkdigits.cli import app
from inkdigits.datasets import load_mnist
from inkdigits.errors import DataError, OutputError, UsageError
from inkdigits.evaluation import report

pytestmark = [pytest.mark.training, pytest.mark.xdist_group("keras")]


@pytest.fixture
def small_npz(tmp_path: Path) -> Path:
    """600 training and 200 test images, both from MNIST's training images, as Keras' mnist.npz has them."""
    images, labels = load_mnist()[0]
    path = tmp_path / "small.npz"
    np.savez(path, x_train=images[:600], y_train=labels[:600], x_test=images[600:800], y_test=labels[600:800])
    return path


@pytest.fixture(autouse=True)
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the figures out: they take longer than everything else together."""
    monkeypatch.setattr(report, "write_run_figures", lambda *_, **__: [])


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["train", *(str(argument) for argument in arguments)])


def test_the_error_goes_to_stdout_and_the_rest_to_stderr(small_npz: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    result = run(
        "--model", "larger-cnn", "--data", small_npz, "--epochs", 2, "--batch-size", 20,
        "--learning-rate", 0.002, "--seed", 5, "--validation", 100, "--output", folder,
    )  # fmt: skip
    assert result.exit_code == 0
    lines = result.stderr.splitlines()
    assert [line[:9] for line in lines[:2]] == ["epoch 1/2", "epoch 2/2"]
    assert "error on the 100 validation images: " in lines[2]
    assert str(folder / "report.html") in lines[3]
    assert str(folder / "model.onnx") in lines[4]
    assert result.stdout.startswith("Larger CNN Error: ")
    assert result.stdout.endswith("%\n")
    assert 0 < float(result.stdout.split()[-1].rstrip("%")) < 40


@pytest.mark.parametrize(("name", "title"), [("mlp", "MLP"), ("cnn", "CNN")])
def test_models_go_by_their_titles(name: str, title: str, small_npz: Path, tmp_path: Path) -> None:
    result = run("--model", name, "--data", small_npz, "--epochs", 1, "--output", tmp_path / "run")
    assert result.stdout.startswith(f"{title} Error: ")


def test_without_test_images_the_line_says_what_was_scored(tmp_path: Path) -> None:
    images, labels = load_mnist()[0]
    np.savez(tmp_path / "train.npz", images=images[:600], labels=labels[:600])
    result = run("--data", tmp_path / "train.npz", "--epochs", 1, "--output", tmp_path / "run")
    assert result.stdout.startswith("CNN Validation Error: ")


def test_ctrl_c_says_what_is_left(small_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stop:
        """A progress that presses Ctrl-C at a moment."""

        def __init__(self, moment: str) -> None:
            self._moment = moment

        def __getattr__(self, name: str) -> Callable[..., None]:
            def react(*arguments: object) -> None:
                if name == self._moment:
                    raise KeyboardInterrupt

            return react

    monkeypatch.setattr(training, "choose_progress", lambda _: Stop("epoch"))
    result = run("--data", small_npz, "--output", tmp_path / "run")
    assert result.exit_code == 130
    assert result.stdout.startswith("CNN Error: ")
    assert "interrupted; the run is as epoch 1 left it" in result.stderr
    assert (tmp_path / "run" / "model.onnx").is_file()

    monkeypatch.setattr(training, "choose_progress", lambda _: Stop("batch"))
    result = run("--data", small_npz, "--output", tmp_path / "none")
    assert result.exit_code == 130
    assert (result.stdout, result.stderr) == (
        "",
        "interrupted before an epoch was whole; nothing was written\n",
    )
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--model", "vgg"], UsageError),
        (["--epochs", 0], UsageError),
        (["--batch-size", 0], UsageError),
        (["--learning-rate", -1], UsageError),
        (["--seed", -1], UsageError),
        (["--validation", 60_000], UsageError),
        (["--data", "absent.csv"], DataError),
        (["--output", "."], OutputError),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_bad_input_is_our_error(
    arguments: list[object], error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert isinstance(result.exception, error)
    assert "\n" not in str(result.exception)
    assert list(tmp_path.iterdir()) == []
