"""`inkdigits batch` from the shell: exit codes, and what is printed where."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image
from typer.testing import CliRunner

from inkdigits import load_mnist
from inkdigits.batch import run as batch_run
from inkdigits.cli import app
from inkdigits.errors import MissingExtraError


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "inkdigits", "batch", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "in").mkdir()
    images = load_mnist()[0][0]
    for number in range(3):
        picture = Image.fromarray(np.pad(255 - images[number], 14, constant_values=255))
        picture.save(tmp_path / "in" / f"{number}.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_rows_a_line_and_exit_code_1_for_what_cannot_be_read(folder: Path) -> None:
    done = run("in", "out", "--kind", "digit", "--workers", 1)
    assert (done.returncode, done.stdout[:17]) == (0, "3 rows, 0 doubtful"[:17])
    assert done.stderr.splitlines() == ["listing in", "3 items to read"]
    assert pq.read_table(folder / "out" / "rows-00000.parquet").column("text").to_pylist() == ["5", "0", "4"]
    doubtful = run("in", "wary", "--kind", "digit", "--workers", 1, "--ok-from", 1)
    assert doubtful.stdout.startswith("3 rows, 3 doubtful"), doubtful.stdout + doubtful.stderr
    (folder / "in" / "broken.jpg").write_bytes(b"\xff\xd8")
    again = run("in", "other", "--kind", "digit", "--workers", 1, "--format", "csv")
    assert again.returncode == 1
    assert "1 error;" in again.stdout
    assert (folder / "other" / "rows-00000.csv").read_text().count("\n") == 5
    (folder / "in" / "broken.jpg").write_bytes((folder / "in" / "0.png").read_bytes())
    options = ("--kind", "digit", "--workers", 1, "--format", "csv", "--retry-errors")
    mended = run("in", "other", *options)
    assert (mended.returncode, mended.stdout[:6]) == (0, "4 rows")
    assert mended.stderr.splitlines() == ["reading again what ended in an error: 1 row", "1 item to read"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere", "out"), "nowhere does not exist"),
        (("in", "in"), "in holds other files"),
        (("in", "s3://bucket/rows"), "OUTPUT is s3://bucket/rows; expected a folder of this machine"),
        (("in", "out", "--review", "memory://x"), "review is memory://x; expected a folder of this machine"),
        (("in", "out", "--kind", "digit", "--model", "missing.onnx"), "missing.onnx"),
        (("in", "out", "--choices", "missing.txt"), "missing.txt"),
        (("in", "out", "--kind", "date", "--minimum", "x"), "--minimum is 'x'"),
    ],
)
def test_what_cannot_be_is_one_line_and_exit_code_2(
    folder: Path, arguments: tuple[str, ...], says: str
) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.splitlines()[-1].startswith("inkdigits: ")
    assert done.stdout == ""
    assert len(list((folder / "in").iterdir())) == 3


def test_ctrl_c_says_how_to_go_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(batch_run, "_read_parts", interrupt)
    done = CliRunner().invoke(app, ["batch", str(folder / "in"), str(folder / "out")])
    assert done.exit_code == 130
    assert "the same command goes on from there" in done.stderr


def test_a_missing_extra_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inkdigits.cli.batch.find_spec", lambda name: None if name == "pebble" else name)
    done = CliRunner().invoke(app, ["batch", "in", "out"])
    assert isinstance(done.exception, MissingExtraError)
    assert str(done.exception) == "pebble is not installed; pip install 'inkdigits[batch]' brings it"
