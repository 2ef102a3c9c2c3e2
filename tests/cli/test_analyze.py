"""`inkdigits analyze`, run as a user runs it, through the app's own entry."""

from functools import partial

import numpy as np
import pytest

from inkdigits import load_mnist


@pytest.fixture
def run(run_command):
    return partial(run_command, "analyze")


@pytest.fixture
def small(tmp_path):
    (images, labels), _ = load_mnist()
    images = images[-60:].copy()
    images[1] = images[0]
    path = tmp_path / "small.npz"
    np.savez(path, images=images, labels=labels[-60:])
    return path


def test_notes_on_stdout_stages_on_stderr(run, small, tmp_path) -> None:
    code, out, err = run(small, "--output", tmp_path / "report", "--against", small)
    assert code == 0
    assert "- 1 image is an exact copy of another" in out
    assert err.splitlines()[0].startswith("measuring (60)")
    assert err.splitlines()[-1] == f"open {tmp_path / 'report' / 'report.html'}"
    assert {path.name for path in (tmp_path / "report").iterdir()} == {
        "report.html",
        "analysis.json",
        "card.md",
    }


def test_bad_input_is_one_line(run, small, tmp_path) -> None:
    code, out, err = run(tmp_path / "missing", "--output", tmp_path / "report")
    assert (code, out) == (2, "")
    assert err.startswith("inkdigits: ")
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "report").exists()
    code, _, err = run(small, "--output", tmp_path)
    assert code == 2
    assert "exists already" in err
