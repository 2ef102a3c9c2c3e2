"""Training images made from MNIST's training digits, handwriting fonts and drawn strokes."""

from inkdigits.synthesis.digits import digit_block, digit_photos
from inkdigits.synthesis.fonts import fetch_fonts, font_files
from inkdigits.synthesis.hands import GlyphSources, load_sources

__all__ = ["GlyphSources", "digit_block", "digit_photos", "fetch_fonts", "font_files", "load_sources"]
