"""Training images made from MNIST's training digits, handwriting fonts and drawn strokes."""

from inkdigits.synthesis.digits import DigitPhoto, digit_block, digit_photos
from inkdigits.synthesis.fields import FieldPhoto, field_block, field_photos
from inkdigits.synthesis.fonts import fetch_fonts, font_files
from inkdigits.synthesis.hands import GlyphSources, load_sources
from inkdigits.synthesis.shards import FieldShard, read_shard, write_fields

__all__ = [
    "DigitPhoto",
    "FieldPhoto",
    "FieldShard",
    "GlyphSources",
    "digit_block",
    "digit_photos",
    "fetch_fonts",
    "field_block",
    "field_photos",
    "font_files",
    "load_sources",
    "read_shard",
    "write_fields",
]
