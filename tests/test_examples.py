"""The examples run as they stand, on little data, in a process of their own as a user's would."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigits import load_mnist

EXAMPLES = Path(__file__).parents[1] / "examples"


def run_example(name: str, *arguments: str | Path) -> str:
    command = [sys.executable, EXAMPLES / name, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_is_tested_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [path.name for path in EXAMPLES.glob("*.py") if f'"{path.name}"' not in text] == []


def test_read_a_photo() -> None:
    photos = sorted((EXAMPLES / "photos").glob("digit-*.jpg"))
    *lines, last = run_example("read_a_photo.py", *photos).splitlines()
    assert len(lines) == len(photos)
    right = [line for photo, line in zip(photos, lines, strict=True) if f": {photo.stem[-1]}  " in line]
    assert len(right) >= len(photos) - 1
    doubtful = [str(photo) for photo, line in zip(photos, lines, strict=True) if not line.endswith(", ok")]
    assert last == f"look at {len(doubtful)} of {len(photos)}: {', '.join(doubtful) or 'none'}"
    assert len(doubtful) <= 2


def test_a_photo_without_a_digit_is_one_to_look_at(tmp_path: Path) -> None:
    blank = tmp_path / "blank.png"
    Image.new("L", (300, 300), 230).save(blank)
    first, second, last = run_example(
        "read_a_photo.py", EXAMPLES / "photos" / "digit-7.jpg", blank
    ).splitlines()
    assert first.endswith(", ok")
    assert second == f"{blank}: -  100% sure, empty"
    assert last == f"look at 1 of 2: {blank}"


@pytest.mark.training
def test_train_a_tutorial_model(tmp_path: Path) -> None:
    output = run_example("train_a_tutorial_model.py", "mlp", tmp_path / "run", "--epochs", "1")
    assert "MLP Error: " in output
    assert "Total params" in output
    assert (tmp_path / "run" / "report.html").is_file()


@pytest.mark.training
def test_kaggle_submission(tmp_path: Path) -> None:
    (images, labels), _ = load_mnist()
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    write_kaggle_csv(train, images[:840], labels[:840])
    write_kaggle_csv(test, images[840:850])
    submission = tmp_path / "submission.csv"
    output = run_example("kaggle_submission.py", train, test, tmp_path / "run", submission, "--epochs", "1")
    assert "CNN Error: " in output
    header, *rows = submission.read_text(encoding="ascii").splitlines()
    assert header == "ImageId,Label"
    assert [row.split(",")[0] for row in rows] == [str(number) for number in range(1, 11)]


@pytest.mark.training
def test_from_cnn_to_fast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (images, labels), _ = load_mnist()
    table = tmp_path / "train.csv"
    write_kaggle_csv(table, images[:600], labels[:600])
    monkeypatch.chdir(tmp_path)
    lines = run_example("from_cnn_to_fast.py", table, "1").splitlines()
    assert len(lines) == 5
    assert lines[-1].startswith("smoothed labels: fast")
    assert all(line.endswith("% wrong") for line in lines)
    with Image.open(tmp_path / "from_cnn_to_fast.png") as figure:
        assert figure.size == (960, 600)


def write_kaggle_csv(path: Path, images: np.ndarray, labels: np.ndarray | None = None) -> None:
    columns = [f"pixel{index}" for index in range(784)]
    rows = images.reshape(-1, 784)
    if labels is not None:
        columns, rows = ["label", *columns], np.column_stack([labels, rows])
    np.savetxt(path, rows, fmt="%d", delimiter=",", header=",".join(columns), comments="")


@pytest.mark.training
def test_own_symbols(tmp_path: Path) -> None:
    first, *lines = run_example("own_symbols.py", tmp_path, "4").splitlines()
    assert first.startswith("cross-validated error: ")
    assert len(lines) == 10
    right = [line for line in lines if len(set(line.split(": "))) == 1]
    assert len(right) >= 7
    assert (tmp_path / "run" / "samples.png").is_file()
