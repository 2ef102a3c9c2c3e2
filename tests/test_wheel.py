"""The wheel is the whole package: put into a fresh environment, it reads a digit without the checkout.

No network: hatchling comes with the dev extra, and `make test` keeps the core's wheels in build/wheelhouse.
"""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

import inkdigits

ROOT = Path(__file__).parents[1]
WHEELHOUSE = ROOT / "build" / "wheelhouse"
PHOTOS = ROOT / "examples" / "photos"

# One worker builds the wheel and fills the environment for all of these tests.
pytestmark = pytest.mark.xdist_group("wheel")


def run(command: Sequence[str | Path], folder: Path, exit_code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command in ``folder``, without pip's settings and Python's paths of this machine."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))
    }
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment | {"PIP_CONFIG_FILE": os.devnull},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == exit_code, done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], ROOT)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts folder of an environment that holds the wheel and its dependencies, and no extra."""
    assert WHEELHOUSE.is_dir(), f"{WHEELHOUSE.relative_to(ROOT)} is missing; make test fills it"
    folder = tmp_path_factory.mktemp("fresh")
    run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], folder)
    scripts = Path(sysconfig.get_path("scripts", "venv", {"base": str(folder / "venv")}))
    pip = [sys.executable, "-m", "pip", "--python", scripts / "python"]
    run([*pip, "install", "--no-compile", "--no-index", "--find-links", WHEELHOUSE, wheel], folder)
    return scripts


def test_the_wheel_holds_data_weights_types_and_licenses(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    licenses = f"inkdigits-{inkdigits.__version__}.dist-info/licenses"
    expected = {
        "inkdigits/py.typed",
        "inkdigits/export/reading.schema.json",
        "inkdigits/weights/digit.onnx",
        "inkdigits/weights/digit.md",
        "inkdigits/web/page/index.html",
        "inkdigits/web/page/main.js",
        "inkdigits/web/page/base.css",
        f"{licenses}/LICENSE",
        f"{licenses}/NOTICE",
    }
    assert expected - set(names) == set()
    assert sum(name.startswith("inkdigits/datasets/") and name.endswith("-ubyte.gz") for name in names) == 4


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names} == {
        "inkdigits",
        f"inkdigits-{inkdigits.__version__}.dist-info",
    }
    unwanted = (".ttf", ".otf", ".woff", ".woff2", ".pyc", ".keras", ".DS_Store")
    assert [name for name in names if name.endswith(unwanted)] == []


def test_the_wheel_stays_light(wheel: Path) -> None:
    assert wheel.stat().st_size < 20_000_000


def test_the_fresh_environment_has_no_training_framework(fresh: Path) -> None:
    training = ("keras", "tensorflow", "onnx", "matplotlib")
    code = f"from importlib.util import find_spec; print([name for name in {training} if find_spec(name)])"
    assert run([fresh / "python", "-c", code], fresh).stdout == "[]\n"


def test_the_fresh_environment_reads_a_digit_from_the_shell(fresh: Path) -> None:
    photo = min(PHOTOS.glob("digit-*.jpg"))
    done = run([fresh / "inkdigits", "read", photo, "--kind", "digit", "--format", "json"], fresh)
    assert f'"text": "{digit_of(photo)}"' in json.dumps(json.loads(done.stdout))


def test_the_fresh_environment_reads_a_digit_from_python(fresh: Path) -> None:
    photo = min(PHOTOS.glob("digit-*.jpg"))
    code = f"from inkdigits import Reader; print(Reader().read_field({str(photo)!r}, kind='digit').value)"
    assert run([fresh / "python", "-c", code], fresh).stdout == f"{digit_of(photo)}\n"


def test_the_fresh_environment_loads_the_data_set(fresh: Path) -> None:
    code = "from inkdigits import load_mnist; (x, y), (xt, yt) = load_mnist(); print(x.shape, yt[:3])"
    assert run([fresh / "python", "-c", code], fresh).stdout == "(60000, 28, 28) [7 2 1]\n"


def test_training_in_the_fresh_environment_says_which_extra_to_install(fresh: Path) -> None:
    done = run([fresh / "inkdigits", "train", "--model", "cnn", "--output", "run"], fresh, exit_code=2)
    assert "pip install 'inkdigits[train]'" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (fresh / "run").exists()


def digit_of(photo: Path) -> str:
    """The digit that a sample photo shows, as its name says: digit-7.jpg."""
    return photo.stem[-1]
