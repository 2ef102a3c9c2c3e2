"""The trainings of a sweep that are done, a line of JSON each, so that a sweep that was stopped goes on.

Ray Tune can restore an experiment itself, but by unpickling its folder, which runs whatever somebody put there. Trials
are drawn from a seed, so that they come again as they were: those that are in the log are not trained again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from inkdigits.errors import OutputError
from inkdigits.files import explain_write_error

__all__ = ["TrialLog", "trial_key"]

_NUMBERS = ("learning_rate", "batch_size", "epochs")
_RESULTS = ("error_percent", "seconds")


def trial_key(config: Mapping[str, Any]) -> tuple[float, int, int]:
    """Return a trial's numbers, by which it is known: learning rate, batch size, epochs."""
    return float(config["learning_rate"]), int(config["batch_size"]), int(config["epochs"])


class TrialLog:
    """Results of trials by ``trial_key``, kept in a hidden file of a folder until ``remove``.

    about, arrays: what two sweeps must have in common to share results; the file's name follows from them.
    """

    def __init__(self, folder: Path, about: Mapping[str, Any], arrays: Iterable[NDArray[Any]]) -> None:
        """Read what is there; a line that a kill cut short counts for nothing."""
        digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
        for array in arrays:
            digest.update(repr((array.shape, array.dtype.str)).encode() + array.tobytes())
        self.path = folder / f".sweep-{digest.hexdigest()[:12]}.trials"
        self.results: dict[tuple[float, int, int], dict[str, float]] = {}
        try:
            lines = self.path.read_text().splitlines() if self.path.exists() else []
        except (OSError, UnicodeDecodeError):
            lines = []
        for line in lines:
            try:
                row = json.loads(line)
                self.results[trial_key(row)] = {name: float(row[name]) for name in _RESULTS}
            except (ValueError, KeyError, TypeError):
                continue

    def add(self, config: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        """Keep the result of a trial. Raises OutputError where it cannot be written."""
        key = trial_key(config)
        if key in self.results:
            return
        self.results[key] = {name: float(result[name]) for name in _RESULTS}
        row = dict(zip(_NUMBERS, key, strict=True)) | self.results[key]
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a") as file:
                file.write(f"\n{json.dumps(row)}\n")  # apart from a line that was cut short
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise OutputError(explain_write_error(self.path, error)) from error

    def remove(self) -> None:
        """Keep nothing any longer."""
        self.path.unlink(missing_ok=True)
