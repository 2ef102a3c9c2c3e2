"""`inkdigits analyze`, run as a user runs it, through the app's own entry."""

import sys

import numpy as np
import pytest

from inkdigits import cli, load_mnist


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the command in this process: arguments -> (exit code, stdout, stderr)."""

    def run_command(*arguments):
        monkeypatch.setattr(sys, "argv", ["inkdigits", "analyze", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        captured = capsys.readouterr()
        return int(exit_.value.code or 0), captured.out, captured.err

    return run_command


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
