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

import numpy as np

from inkdigits.errors import InkdigitsError
from inkdigits.files import write_whole
from inkdigits.training.ensemble import JOB
from inkdigits.training.framework import import_keras
from inkdigits.training.recipes import find_recipe
from inkdigits.training.run import find_fit
from inkdigits.training.splits import LabeledSplit

__all__ = ["main"]


def main() -> None:
    """Train the member that the command line names."""
    folder, seed = Path(sys.argv[1]), int(sys.argv[2])
    log_folder = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    try:
        _train(folder, seed, log_folder)
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


def _train(folder: Path, seed: int, log_folder: Path | None) -> None:
    job = json.loads((folder / JOB).read_text())
    recipe = replace(
        find_recipe(job["recipe"]),
        epochs=job["epochs"],
        batch_size=job["batch_size"],
        learning_rate=job["learning_rate"],
        members=1,
    )
    train = LabeledSplit(np.load(folder / "images.npy"), np.load(folder / "labels.npy"))
    held_out = folder / "validation_images.npy"
    validation = (
        LabeledSplit(np.load(held_out), np.load(folder / "validation_labels.npy"))
        if held_out.exists()
        else None
    )
    import_keras().utils.set_random_seed(seed)
    model = recipe.build(job["num_classes"])
    fitted = find_fit(recipe)(
        model, recipe, train, validation, progress=_PrintedProgress(), log_folder=log_folder
    )
    write_whole(folder / f"{seed}.json", json.dumps(fitted.history).encode())
    buffer = io.BytesIO()
    np.savez(buffer, **{str(number): weight for number, weight in enumerate(model.get_weights())})
    write_whole(folder / f"{seed}.npz", buffer.getvalue())


if __name__ == "__main__":
    main()
