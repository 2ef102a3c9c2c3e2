"""`inkdigits evaluate --robustness`, run as a user runs it."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from inkdigits import load_mnist


@pytest.fixture
def run(run_command, monkeypatch, tmp_path):
    """Runs in a folder without fonts."""
    monkeypatch.chdir(tmp_path)
    return partial(run_command, "evaluate")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (images, labels), _ = load_mnist()
    path = tmp_path / "small.npz"
    np.savez(path, x_test=images[-20:], y_test=labels[-20:], x_train=images[:20], y_train=labels[:20])
    return path


def test_a_table_beside_another_model(run, small, make_linear_model, tmp_path) -> None:
    code, out, err = run(
        "digit",
        "--data",
        small,
        "--robustness",
        "--beside",
        make_linear_model(),
        "--output",
        tmp_path / "page",
    )
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split() == ["digit", "linear", "ratio"]
    assert lines[1].startswith("error, clean")
    assert sum(line.startswith("error, ") for line in lines) == 16
    assert "letters were left out" in err
    assert {path.name for path in (tmp_path / "page").iterdir()} == {
        "robustness.json", "robustness.md", "robustness.png",
    }  # fmt: skip


def test_json_alone(run, small) -> None:
    code, out, _ = run("digit", "--data", small, "--robustness", "--beside", "none", "--json")
    assert code == 0
    assert [model["name"] for model in json.loads(out)["models"]] == ["digit"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--beside", "none"], "--beside and --fonts go with --robustness"),
        (["--robustness", "--submission", "a.csv"], "--robustness writes no submission"),
        (["--robustness", "--beside", "none", "--fonts", "nowhere"], "--fonts nowhere is no folder"),
        (["--robustness", "--beside", "missing.onnx"], "missing.onnx does not exist"),
    ],
)
def test_bad_usage_is_one_line(run, small, tmp_path, arguments, message) -> None:
    code, out, err = run("digit", "--data", small, *arguments, "--output", tmp_path / "page")
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "page").exists()
