"""Sources of glyphs that need no download: some MNIST digits, and the fonts that matplotlib brings."""

from pathlib import Path

import matplotlib
import pytest

from inkdigits.datasets import load_mnist
from inkdigits.synthesis import GlyphSources
from inkdigits.synthesis.glyphs import FontGlyphs, MnistGlyphs

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"


@pytest.fixture(scope="session")
def font_paths() -> list[Path]:
    return [FONTS / "DejaVuSans.ttf", FONTS / "DejaVuSerif.ttf"]


@pytest.fixture(scope="session")
def sources(font_paths: list[Path]) -> GlyphSources:
    (images, labels), _ = load_mnist()
    return GlyphSources(
        mnist=MnistGlyphs(images[:500], labels[:500]),
        handwritten=FontGlyphs(font_paths[:1]),
        printed=FontGlyphs(font_paths[1:]),
    )
