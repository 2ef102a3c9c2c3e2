"""The log of a sweep's trials: what is kept, what is told apart, and what a kill cannot do."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inkdigits.errors import OutputError
from inkdigits.training.trial_log import TrialLog, trial_key

ABOUT = {"model": "cnn", "seed": 1}
IMAGES = np.zeros((2, 28, 28), np.uint8)
CONFIG = {"learning_rate": 0.1 + 0.2, "batch_size": 64, "epochs": 2}
RESULT = {"error_percent": 1.25, "seconds": 3.5, "trial_id": "x"}


def open_log(folder: Path, about: dict[str, Any] = ABOUT, images: Any = IMAGES) -> TrialLog:
    return TrialLog(folder, about, [images])


def test_results_are_found_again_by_the_numbers_of_a_trial(tmp_path: Path) -> None:
    open_log(tmp_path / "runs").add(CONFIG, RESULT)
    again = open_log(tmp_path / "runs")
    assert again.results == {trial_key(CONFIG): {"error_percent": 1.25, "seconds": 3.5}}
    size = again.path.stat().st_size
    again.add(CONFIG, {"error_percent": 9, "seconds": 9})
    assert again.path.stat().st_size == size
    again.remove()
    assert list((tmp_path / "runs").iterdir()) == []


def test_other_images_or_options_share_nothing(tmp_path: Path) -> None:
    open_log(tmp_path).add(CONFIG, RESULT)
    assert open_log(tmp_path, {**ABOUT, "seed": 2}).results == {}
    assert open_log(tmp_path, images=IMAGES + 1).results == {}
    assert open_log(tmp_path, images=IMAGES.reshape(1, 56, 28)).results == {}


def test_lines_that_were_cut_short_count_for_nothing(tmp_path: Path) -> None:
    log = open_log(tmp_path)
    log.path.write_text('[1]\n{"learning_rate": 1}\n{"learning_rate": 0.1, "bat')
    assert open_log(tmp_path).results == {}
    log.add(CONFIG, RESULT)
    assert len(open_log(tmp_path).results) == 1


def test_a_folder_that_cannot_be_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        open_log(tmp_path / "file").add(CONFIG, RESULT)
