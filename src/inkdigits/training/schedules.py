"""How a compiled loop trains, in numbers."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import UsageError
from inkdigits.training.augmentation import Augmentation

__all__ = ["CompiledTraining", "has_bfloat16", "learning_rates"]


@dataclass(frozen=True)
class CompiledTraining:
    """How a compiled loop trains; see ``fit_compiled``.

    betas: Adam's decay rates of the mean and the variance of gradients.
    warmup: the part of the steps, 0..1, over which the learning rate rises, evenly; it then falls to 0 evenly.
    label_smoothing: the part of the probability, 0..1, that is spread over all classes.
    augmentation: how the images are changed, anew each epoch; None leaves them.
    wear: the part of the images, 0..1, that are worn as well, anew each epoch; see ``wear``.
    spared: the part of the images, 0 to less than 1, that each epoch after the first leaves out: those on which the
        loss was least when they were last seen, since they teach little more (after Jiang et al. 2019, "Accelerating
        Deep Learning by Focusing on the Biggest Losers", arXiv:1910.00762).
    """

    betas: tuple[float, float] = (0.9, 0.99)
    warmup: float = 0.2
    label_smoothing: float = 0.0
    augmentation: Augmentation | None = None
    wear: float = 0.0
    spared: float = 0.0

    def __post_init__(self) -> None:
        """Raise UsageError for a part of the images that no epoch can leave out."""
        if not 0 <= self.spared < 1:
            raise UsageError(f"{self.spared} of the images are spared; expected a part from 0 to less than 1")


def learning_rates(peak: float, warmup: float, steps: int) -> NDArray[np.float32]:
    """Return the learning rate of each step, float32 (steps,): a one-cycle schedule of two straight lines."""
    progress = (np.arange(steps) + 0.5) / steps
    rising = progress / max(warmup, 1e-9)
    falling = (1 - progress) / (1 - warmup)
    return np.asarray(peak * np.minimum(rising, falling), np.float32)


def has_bfloat16() -> bool:
    """Tell whether this processor multiplies in bfloat16; elsewhere it would be slower than float32."""
    facts = Path("/proc/cpuinfo")
    if platform.machine() not in ("x86_64", "AMD64") or not facts.is_file():
        return False
    words = facts.read_text(errors="replace").split()
    return "avx512_bf16" in words or "amx_bf16" in words
