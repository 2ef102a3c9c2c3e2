from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner, Result

from inkdigits.cli import app
from inkdigits.errors import InkdigitsError
from inkdigits.evaluation import report

pytestmark = [pytest.mark.training, pytest.mark.xdist_group("finetune-command")]


@pytest.fixture(autouse=True)
def little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the figures out, and learn from little: what is learned is tested elsewhere."""
    monkeypatch.setattr(report, "write_run_figures", lambda *_, **__: [])
    sizes = {"tuning._POOL": 200, "tuning._DRAWN": 150, "tuning._MNIST": 50}
    sizes |= {"writer._POOL": 200, "writer._OTHERS": 300, "writer._PHOTOS": 20, "writer._NEGATIVES": 20}
    for name, size in sizes.items():
        monkeypatch.setattr(f"inkdigits.training.{name}", size)


@pytest.fixture
def symbols(tmp_path: Path) -> Path:
    """Four squares and four crosses, each a little different."""
    rng = np.random.default_rng(1)
    for label in ("square", "cross"):
        (tmp_path / "in" / label).mkdir(parents=True)
        for number in range(4):
            paper = Image.new("L", (80, 80), 250)
            pen = ImageDraw.Draw(paper)
            left, top, right, bottom = (int(value) for value in rng.normal((18, 18, 60, 60), 3))
            if label == "square":
                pen.rectangle((left, top, right, bottom), outline=30, width=5)
            else:
                pen.line((left, top, right, bottom), 30, 5)
                pen.line((left, bottom, right, top), 30, 5)
            paper.save(tmp_path / "in" / label / f"{number}.png")
    return tmp_path / "in"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def refusal(result: Result) -> str:
    """What ends the command with exit code 2, in one line."""
    assert isinstance(result.exception, InkdigitsError)
    assert "\n" not in str(result.exception)
    return str(result.exception)


def test_the_error_goes_to_stdout_and_what_was_skipped_is_named(symbols: Path, tmp_path: Path) -> None:
    (symbols / "cross" / "broken.png").write_bytes(b"no picture")
    result = run("finetune", symbols, "--output", tmp_path / "run")
    assert result.exit_code == 0
    assert result.stdout.startswith("Own symbols Validation Error: ")
    assert "broken.png" in result.stderr
    assert "2 classes, 8 samples, 1 skipped" in result.stderr
    picture = symbols / "square" / "0.png"
    # Without --kind, too, an image is one symbol.
    for options in ((), ("--kind", "digit")):
        read = run("read", picture, "--model", tmp_path / "run", "--format", "json", *options)
        assert '"kind": "digit"' in read.stdout
    refused = run("read", picture, "--model", tmp_path / "run", "--kind", "number")
    assert "expected a line model" in refusal(refused)


def test_one_writer_keeps_the_digits(symbols: Path, tmp_path: Path) -> None:
    (symbols / "square").rename(symbols / "0")
    (symbols / "cross").rename(symbols / "4")
    result = run("finetune", symbols, "--keep-digits", "--output", tmp_path / "run")
    assert result.exit_code == 0
    assert result.stdout.startswith("One writer's digits Validation Error: ")
    assert "on MNIST's validation images" in result.stderr


@pytest.mark.parametrize(
    ("change", "options", "says"),
    [
        (lambda folder: (folder / "cross").rename(folder.parent / "away"), (), "only the class 'square'"),
        (lambda folder: [path.unlink() for path in (folder / "cross").glob("[1-3].png")], (), "'cross'"),
        (
            lambda folder: (folder / "cross" / "9.png").write_bytes(
                (folder / "square" / "1.png").read_bytes()
            ),
            (),
            "two labels",
        ),
        (lambda _: None, ("--keep-digits",), "is no digit"),
        (lambda _: None, ("--seed", -1), "seed is -1"),
    ],
)
def test_samples_that_cannot_teach_are_refused_and_leave_nothing(
    symbols: Path, tmp_path: Path, change: object, options: tuple[object, ...], says: str
) -> None:
    change(symbols)  # type: ignore[operator]
    result = run("finetune", symbols, "--output", tmp_path / "run", *options)
    assert says in refusal(result)
    assert not (tmp_path / "run").exists()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    result = run("finetune", tmp_path / "nowhere")
    assert "nowhere does not exist" in refusal(result)
