"""A search of two trainings on a few images; Ray runs in a process of its own."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from inkdigits.datasets import DataSet
from inkdigits.errors import UsageError
from inkdigits.training.recipes import find_recipe
from inkdigits.training.sweep import Sweep, Trial, _figure, _nearest, _ranks, sweep

pytestmark = [pytest.mark.training, pytest.mark.xdist_group("keras")]

RunPython = Callable[..., tuple[str, str]]

TWO = """
import os, signal, sys
from inkdigits.datasets import DataSet, Split, load_mnist
from inkdigits.training.sweep import sweep

images, labels = load_mnist()[0]
split = Split(images[:600], labels[:600].astype("int64"))
told = []
few = DataSet("few", split)
options = {"trials": 2, "batch_sizes": [192, 5000], "validation": 100}


def tell(trial):
    told.append(trial)
    if sys.argv[2:] == ["kill"] and trial.failure is None:
        os.kill(os.getpid(), signal.SIGKILL)


done = sweep("fast", few, **options, output=sys.argv[1], tell=tell)
print(len(told), [trial.batch_size for trial in done.trials])
"""


def test_a_sweep_that_is_killed_goes_on_and_leaves_a_table_and_a_picture(
    tmp_path: Path, run_python: RunPython
) -> None:
    run_python(TWO, tmp_path / "sweep", "kill", exit_code=-signal.SIGKILL)
    (log,) = tmp_path.iterdir()
    row = json.loads(log.read_text())
    assert (row["learning_rate"], row["batch_size"], row["epochs"]) == (0.018, 192, 1)
    row["seconds"] = 123.0  # which no training takes here: it shows that there was none
    log.write_text(json.dumps(row))
    out, _ = run_python(TWO, tmp_path / "sweep")
    assert [path.name for path in tmp_path.iterdir()] == ["sweep"]
    assert out.splitlines()[-1].startswith("2 [192, 5000]")
    folder = tmp_path / "sweep"
    assert {path.name for path in folder.iterdir()} == {"trials.csv", "sweep.json", "sweep.png"}
    found = json.loads((folder / "sweep.json").read_text())
    assert found["trials"] == 2
    # The recipe's own numbers are the first trial.
    lines = (folder / "trials.csv").read_text().splitlines()
    assert lines[0] == "learning_rate,batch_size,epochs,error_percent,seconds,failure"
    assert lines[1] == f"0.018,192,1,{row['error_percent']},123.0,"
    # More images a step than there are is a trial that failed, last in the table.
    assert "batches of 5000" in lines[-1]
    assert found["best"]["error_percent"] < 100
    with Image.open(folder / "sweep.png") as figure:
        assert figure.width > 400


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"model": "ensemble"}, "is an ensemble; sweep over the recipe of its members"),
        ({"trials": 0}, "trials is 0"),
        ({"learning_rates": (0.1, 0.01)}, r"learning rates are 0\.1 to 0\.01; expected the lower one first"),
        ({"learning_rates": (0.0, 0.01)}, r"learning rate is 0\.0"),
        ({"batch_sizes": [0]}, "batch size is 0"),
        ({"epochs": [-1]}, "epochs is -1"),
    ],
)
def test_numbers_that_cannot_be_are_told_of_before_anything_starts(
    options: dict[str, object], says: str, small_data: DataSet, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=says):
        sweep(data=small_data, output=tmp_path / "out", **options)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_importance_is_the_rank_correlation_with_the_error() -> None:
    errors = [0.5, 1.0, 2.0, 4.0, None]
    trials = [Trial(0.1 * 10**n, 64 * (n % 2 + 1), 1, error, 1.0) for n, error in enumerate(errors)]
    importance = Sweep(Path("x"), tuple(trials)).importance()
    assert importance["learning_rate"] == pytest.approx(1)
    assert -1 < importance["batch_size"] < 1
    assert "epochs" not in importance
    assert list(_ranks([3, 1, 3])) == [1.5, 0, 1.5]


def test_a_sweep_of_failures_has_a_picture_that_says_so() -> None:
    failed = Sweep(Path("x"), (Trial(0.1, 64, 1, None, None, "failed"),))
    assert _figure("fast", failed).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("space", "expected"),
    [
        ({"learning_rate": (0.001, 0.1), "batch_size": [192], "epochs": [1]}, (0.018, 192, 1)),
        ({"learning_rate": (0.02, 0.1), "batch_size": [64, 128], "epochs": [5, 3]}, (0.02, 128, 3)),
    ],
)
def test_the_first_trial_stays_within_what_may_be_tried(
    space: dict[str, list[float]], expected: tuple[float, int, int]
) -> None:
    assert tuple(_nearest(find_recipe("fast"), space).values()) == expected
