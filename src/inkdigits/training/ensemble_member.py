"""One member of an ensemble, trained in a process of its own: ``python -m ...ensemble_member FOLDER SEED [LOGS]``.

FOLDER holds job.json and the images (see ``ensemble``). A line of JSON is printed for every epoch; SEED.json and
SEED.npz, the history and the weights, appear once all are done, the weights last.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import InkdigitsError
from inkdigits.files import write_whole
from inkdigits.training.ensemble import JOB
from inkdigits.training.framework import import_keras
from inkdigits.training.progress import TrainingProgress
from inkdigits.training.recipes import find_recipe
from inkdigits.training.run import find_fit
from inkdigits.training.splits import LabeledSplit

__all__ = ["main", "train_member", "write_member"]


def main() -> None:
    """Train the member that the command line names."""
    folder, seed = Path(sys.argv[1]), int(sys.argv[2])
    log_folder = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    try:
        job = json.loads((folder / JOB).read_text())
        arrays = {path.stem: np.load(path) for path in folder.glob("*.npy")}
        write_member(folder, seed, *train_member(job, arrays, seed, _PrintedProgress(), log_folder))
    except InkdigitsError as error:
        sys.exit(str(error))


class _PrintedProgress:
    """Prints each epoch's row as a line of JSON."""

    def begin(self, epochs: int, batches: int) -> None:
        """Say nothing."""

    def batch(self, epoch: int, batch: int, loss: float, accuracy: float) -> None:
        """Say nothing."""

    def epoch(self, row: Mapping[str, float]) -> None:
        """Print the row."""
        sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()

    def close(self) -> None:
        """Say nothing."""


def train_member(
    job: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    seed: int,
    progress: TrainingProgress | None = None,
    log_folder: Path | None = None,
) -> tuple[list[dict[str, float]], list[NDArray[np.float32]]]:
    """Train the member of a seed; return its history and its weights.

    job: the recipe's name and numbers, and the number of classes. arrays: ``images`` and ``labels``, and those that
    judge each epoch, ``validation_images`` and ``validation_labels``, where there are any.
    """
    recipe = replace(
        find_recipe(job["recipe"]),
        epochs=job["epochs"],
        batch_size=job["batch_size"],
        learning_rate=job["learning_rate"],
        members=1,
    )
    validation = (
        LabeledSplit(arrays["validation_images"], arrays["validation_labels"])
        if "validation_images" in arrays
        else None
    )
    import_keras().utils.set_random_seed(seed)
    model = recipe.build(job["num_classes"])
    train = LabeledSplit(arrays["images"], arrays["labels"])
    fitted = find_fit(recipe)(model, recipe, train, validation, progress=progress, log_folder=log_folder)
    return fitted.history, list(model.get_weights())


def write_member(
    folder: Path, seed: int, history: list[dict[str, float]], weights: list[NDArray[np.float32]]
) -> None:
    """Write SEED.json and SEED.npz, the weights last: where they are, a member is whole. Raises OutputError."""
    write_whole(folder / f"{seed}.json", json.dumps(history).encode())
    buffer = io.BytesIO()
    np.savez(buffer, *weights)
    write_whole(folder / f"{seed}.npz", buffer.getvalue())


if __name__ == "__main__":
    main()
