"""`inkdigits evaluate`, run as a user runs it, through the app's own entry."""

import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from inkdigits import load_mnist

Run = Callable[..., tuple[int, str, str]]
MakeModel = Callable[..., Path]


@pytest.fixture
def run(run_command: Run) -> Run:
    return partial(run_command, "evaluate")


def write_npz(path: Path, *splits: str, count: int = 40) -> Path:
    random = np.random.default_rng(3)
    arrays = {}
    for split in splits:
        arrays[f"x_{split}"] = random.integers(0, 256, (count, 28, 28), np.uint8)
        arrays[f"y_{split}"] = np.arange(count) % 10
    np.savez(path, **arrays)
    return path


@pytest.fixture
def labeled(tmp_path: Path) -> Path:
    return write_npz(tmp_path / "digits.npz", "train", "test")


@pytest.fixture
def unlabeled(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(3).integers(0, 256, (5, 784))
    header = ",".join(f"pixel{number}" for number in range(784))
    path = tmp_path / "kaggle" / "test.csv"
    path.parent.mkdir()
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in pixels)]) + "\n")
    return path


def test_the_error_comes_first(run: Run, make_linear_model: MakeModel, labeled: Path) -> None:
    code, out, err = run(make_linear_model(), "--data", labeled)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("Error: ")
    assert lines[0].endswith("of 40 wrong; linear on digits, test split)")
    assert lines[1].split() == ["class", "images", "precision", "recall"]
    assert [line.split()[:2] for line in lines[2:12]] == [[str(digit), "4"] for digit in range(10)]
    assert len({len(line) for line in lines[1:12]}) == 1
    assert lines[12].startswith("Expected calibration error: ")
    assert len(lines) == 13


def test_json_is_one_object(run: Run, make_linear_model: MakeModel, labeled: Path) -> None:
    code, out, _ = run(make_linear_model(), "--data", labeled, "--json", "--split", "train")
    assert code == 0
    data = json.loads(out)
    assert next(iter(data)) == "error_percent"
    assert (data["n"], data["model"], data["data"], data["split"]) == (40, "linear", "digits", "train")
    assert np.sum(data["confusion"]) == 40
    assert data["class_names"] == list("0123456789")


def test_mnist_has_a_corrected_error_after_the_raw_one(run: Run, make_linear_model: MakeModel) -> None:
    code, out, _ = run(make_linear_model())
    assert code == 0
    assert out.startswith("Error: ")
    assert "of 10,000 wrong" in out.splitlines()[0]
    assert out.splitlines()[-1].startswith("Corrected error: ")


def test_unlabeled_data_becomes_a_submission_beside_it(
    run: Run, make_linear_model: MakeModel, unlabeled: Path
) -> None:
    code, out, err = run(make_linear_model(), "--data", unlabeled)
    written = unlabeled.with_name("submission.csv")
    assert (code, out, err) == (0, "", f"5 answers are in {written}\n")
    lines = written.read_text().splitlines()
    assert lines[0] == "ImageId,Label"
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2", "3", "4", "5"]


def test_a_submission_goes_where_it_is_asked_for_and_holds_the_models_own_digits(
    run: Run, make_linear_model: MakeModel, unlabeled: Path, tmp_path: Path
) -> None:
    model = make_linear_model(labels=("7", "9"))
    assert run(model, "--data", unlabeled, "--submission", tmp_path / "answers.csv")[0] == 0
    labels = {line.split(",")[1] for line in (tmp_path / "answers.csv").read_text().splitlines()[1:]}
    assert labels <= {"7", "9"}


def test_a_submission_of_the_shipped_model_holds_digits(run: Run, tmp_path: Path) -> None:
    images, labels = load_mnist()[1]
    header = ",".join(f"pixel{number}" for number in range(784))
    blank_and_digits = np.concatenate([np.zeros((1, 784), np.uint8), images[:20].reshape(-1, 784)])
    data = tmp_path / "test.csv"
    np.savetxt(data, blank_and_digits, fmt="%d", delimiter=",", header=header, comments="")
    code, out, err = run("digit", "--data", data)
    assert (code, out, err) == (0, "", f"21 answers are in {tmp_path / 'submission.csv'}\n")
    _, blank, *answers = (tmp_path / "submission.csv").read_text().splitlines()
    assert blank.split(",")[1].isdecimal()
    right = [answer.endswith(f",{label}") for answer, label in zip(answers, labels[:20], strict=True)]
    assert sum(right) >= 19


def test_a_submission_has_a_digit_where_the_model_sees_none(
    run: Run, make_linear_model: MakeModel, unlabeled: Path
) -> None:
    assert run(make_linear_model(labels=("", "4", "")), "--data", unlabeled)[0] == 0
    rows = unlabeled.with_name("submission.csv").read_text().splitlines()[1:]
    assert rows == [f"{number},4" for number in range(1, 6)]


def test_ink_that_is_no_digit_has_no_row(run: Run, make_linear_model: MakeModel, labeled: Path) -> None:
    code, out, err = run(make_linear_model(labels=(*"0123456789", "")), "--data", labeled)
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[2:13]] == [*"0123456789", "Expected"]


def test_a_submission_never_overwrites(run: Run, make_linear_model: MakeModel, unlabeled: Path) -> None:
    there = unlabeled.with_name("submission.csv")
    there.write_text("mine")
    for arguments in ((), ("--submission", there)):
        code, out, err = run(make_linear_model(), "--data", unlabeled, *arguments)
        assert (code, out) == (2, "")
        assert err == f"inkdigits: {there} exists; give another name, or remove it first\n"
    assert there.read_text() == "mine"


def test_figures_go_into_a_new_folder(
    run: Run, make_linear_model: MakeModel, labeled: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "figures"
    code, out, err = run(make_linear_model(), "--data", labeled, "--output", folder)
    assert code == 0
    assert out.startswith("Error: ")
    assert str(folder / "report.html") in err
    assert {path.name for path in folder.iterdir()} == {
        "confusion.png",
        "mistakes.png",
        "report.html",
        "samples.png",
    }
    code, out, err = run(make_linear_model(), "--data", labeled, "--output", folder)
    assert (code, out) == (2, "")
    assert "exists" in err


def test_a_class_that_the_model_does_not_know_writes_nothing(
    run: Run, make_linear_model: MakeModel, labeled: Path, tmp_path: Path
) -> None:
    model = make_linear_model(labels=("7", "9"))
    code, out, err = run(model, "--data", labeled, "--output", tmp_path / "figures")
    assert (code, out) == (2, "")
    assert "the data has the class '0'; the model knows 7, 9" in err
    assert not (tmp_path / "figures").exists()


def test_bad_input_is_one_line_and_exit_code_2(
    run: Run, make_linear_model: MakeModel, labeled: Path, unlabeled: Path, tmp_path: Path
) -> None:
    model = make_linear_model()
    (tmp_path / "foreign.onnx").write_bytes(b"\x08\x08 not a model")
    cases: list[tuple[tuple[object, ...], str]] = [
        (("none",), "none does not exist"),
        ((tmp_path,), "has no model.onnx"),
        ((tmp_path / "foreign.onnx",), "foreign.onnx is not a model"),
        ((labeled,), "is not a model; expected a .onnx or .keras file"),
        ((model, "--data", tmp_path / "none.csv"), "does not exist"),
        ((model, "--data", labeled, "--split", "validation"), "has no validation split; it has test, train"),
        ((model, "--data", unlabeled, "--output", tmp_path / "figures"), "has no labels"),
        ((model, "--data", labeled, "--submission", tmp_path / "no" / "file.csv"), "cannot be written"),
        (
            (make_linear_model("letters.onnx", labels=("a", "b")), "--data", unlabeled),
            "a submission holds digits; the model also knows 'a'",
        ),
    ]
    for arguments, message in cases:
        code, _, err = run(*arguments)
        assert code == 2, arguments
        assert message in err
        assert err.startswith("inkdigits: ")
        assert err.count("\n") == 1
    assert not (tmp_path / "figures").exists()
    assert not unlabeled.with_name("submission.csv").exists()


def test_an_onnx_model_needs_neither_keras_nor_matplotlib(
    make_linear_model: MakeModel, labeled: Path
) -> None:
    code = (
        "import sys; sys.modules.update(keras=None, tensorflow=None, matplotlib=None)\n"
        f"sys.argv = ['inkdigits', 'evaluate', {str(make_linear_model())!r}, '--data', {str(labeled)!r}]\n"
        "sys.argv += sys.stdin.read().split()\n"
        "from inkdigits.cli import main; main()"
    )

    def run_bare(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code],
            input=" ".join(arguments),
            capture_output=True,
            text=True,
            check=False,
        )

    done = run_bare()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Error: ")
    figures = run_bare("--output", "figures")
    assert figures.returncode == 2
    assert (
        figures.stderr == "inkdigits: matplotlib is not installed; pip install 'inkdigits[train]' brings it\n"
    )
