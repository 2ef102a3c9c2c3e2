"""Who writes the synthetic images: hands to learn from, and hands held out to calibrate on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from inkdigits.datasets import load_mnist
from inkdigits.synthesis.glyphs import MnistGlyphs
from inkdigits.synthesis.hands import GlyphSources, load_sources

__all__ = ["load_writers"]


def load_writers(fonts: Path, mnist_images: int, *, held_out: bool) -> GlyphSources:
    """Return MNIST's first ``mnist_images`` training digits and the training fonts, or all that these leave out.

    fonts: the folder of fetched fonts. Drawn strokes are drawn anew each time, and are in both.
    """
    if not held_out:
        return load_sources(fonts, mnist_images=mnist_images)
    (images, labels), _ = load_mnist()
    unseen = MnistGlyphs(images[mnist_images:], labels[mnist_images:])
    return replace(load_sources(fonts, use="held-out"), mnist=unseen)
