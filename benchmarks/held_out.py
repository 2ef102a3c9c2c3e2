"""The hands that nothing learned from, for the benchmarks that draw fields in them."""

from __future__ import annotations

from pathlib import Path

from inkdigits.datasets.mnist import TAUGHT
from inkdigits.synthesis.hands import GlyphSources
from inkdigits.training.writers import load_writers

FONTS = Path(__file__).parents[1] / ".fonts"


def held_out_writers(fonts: Path) -> GlyphSources | None:
    """Return the writers, with the fonts of `python -m inkdigits.synthesis fonts`; where there are none, say so."""
    if not fonts.is_dir():
        print(f"left out: {fonts} holds no fonts (python -m inkdigits.synthesis fonts .fonts)")
        return None
    return load_writers(fonts, TAUGHT, held_out=True)
