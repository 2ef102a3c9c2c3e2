import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from inkdigits.cli import app
from inkdigits.errors import InkdigitsError
from inkdigits.synthesis.signatures import Signer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four references, and a fifth signature beside them."""
    folder = tmp_path_factory.mktemp("signed")
    (folder / "anna").mkdir()
    rng = np.random.default_rng(8)
    signer = Signer.sample(rng)
    for number in range(5):
        place = folder / "anna" / f"{number}.png" if number < 4 else folder / "query.png"
        Image.fromarray(signer.sign(rng)).save(place)
    (folder / "anna" / "notes.txt").write_text("since 2020")
    (folder / "broken.png").write_bytes(b"no picture")
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["verify", *map(str, arguments)])


def test_a_line_a_query(folder: Path) -> None:
    result = run("--references", folder / "anna", folder / "query.png")
    assert result.exit_code == 0
    name, probability, *rest = result.stdout.split()
    assert name == str(folder / "query.png")
    assert 0 <= float(probability) <= 1
    assert rest[0] == "alike"


def test_json_and_a_query_that_cannot_be_read(folder: Path) -> None:
    result = run("--references", folder / "anna", folder / "query.png", folder / "broken.png", "--json")
    assert result.exit_code == 1
    (entry,) = json.loads(result.stdout)
    assert entry["query"] == str(folder / "query.png")
    assert entry["references"] == 4
    assert "broken.png" in result.stderr
    assert run("--references", folder / "anna", folder / "broken.png").exit_code == 2


def test_a_query_from_stdin(folder: Path) -> None:
    picture = (folder / "query.png").read_bytes()
    result = CliRunner().invoke(app, ["verify", "--references", str(folder / "anna"), "-"], input=picture)
    assert result.exit_code == 0
    assert result.stdout.startswith("-  0.")


def test_references_of_two_signers_are_warned_of(folder: Path, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes((folder / "anna" / f"{number}.png").read_bytes())
    rng = np.random.default_rng(9)
    Image.fromarray(Signer.sample(rng).sign(rng)).save(tmp_path / "other.png")
    result = run("--references", tmp_path, folder / "query.png", "--json")
    assert result.stderr.startswith("warning: ")
    assert "other.png is little like the other references" in result.stderr
    assert "other.png" in json.loads(result.stdout)[0]["warning"]
    assert run("--references", folder / "anna", folder / "query.png").stderr == ""


def test_references_that_cannot_be_meant(folder: Path, tmp_path: Path) -> None:
    wrong = {tmp_path: "holds no pictures", folder / "query.png": "is not a folder", folder: "2 references"}
    for place, says in wrong.items():
        result = run("--references", place, folder / "query.png")
        assert isinstance(result.exception, InkdigitsError)
        assert says in str(result.exception)
