"""Writers: one hand has one slant, one pen and its own shapes, and writes every character with them."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from inkdigits.synthesis.fonts import font_files
from inkdigits.synthesis.glyphs import UNIT, FontGlyphs, Glyph, MnistGlyphs, bend, with_pen_width
from inkdigits.synthesis.strokes import Pen, choose_skeleton, draw_skeleton

__all__ = ["GlyphSources", "Hand", "load_sources"]

SourceName = Literal["mnist", "handwritten", "printed", "strokes"]

_SOURCE_NAMES: tuple[SourceName, ...] = ("mnist", "handwritten", "printed", "strokes")
_DIGITS = frozenset("0123456789")
# MNIST's writers and most fonts are American: a long flag on the 1 and a bar through the 7 must come from elsewhere.
_OWN_SHAPE_CHANCES = {"1": 0.6, "7": 0.55, "4": 0.4, "9": 0.5, "2": 0.45, "0": 0.2, "5": 0.3, "8": 0.12}
_PRESSURES = (0.0, 0.12, 0.25, 0.4)


@dataclass(frozen=True)
class GlyphSources:
    """Where glyphs come from, and the share of each; a source that is None is left out, the shares of the
    rest grow.
    """

    mnist: MnistGlyphs | None = None
    handwritten: FontGlyphs | None = None
    printed: FontGlyphs | None = None
    shares: tuple[float, float, float, float] = (0.36, 0.26, 0.04, 0.34)
    """Of MNIST digits, handwriting fonts, printed faces, drawn strokes."""

    def choose(self, rng: np.random.Generator) -> SourceName:
        """The name of a source, by the shares."""
        present = (self.mnist is not None, self.handwritten is not None, self.printed is not None, True)
        shares = [share if there else 0.0 for share, there in zip(self.shares, present, strict=True)]
        level = rng.random() * sum(shares)
        for name, share in zip(_SOURCE_NAMES, shares, strict=True):
            level -= share
            if level < 0:
                return name
        return "strokes"


def load_sources(
    fonts: Path, *, mnist_images: int = 60_000, use: Literal["train", "held-out"] = "train"
) -> GlyphSources:
    """All sources: the first `mnist_images` training digits of MNIST, and the fonts of `use` in the folder
    `fonts`.

    With 55,000 digits the last 5,000 stay unseen and can choose between models. Raises `DataError` where
    `fonts` holds no fonts.
    """
    from inkdigits.datasets import load_mnist

    (images, labels), _ = load_mnist()
    return GlyphSources(
        mnist=MnistGlyphs(images[:mnist_images], labels[:mnist_images]),
        handwritten=FontGlyphs(font_files(fonts, kind="handwritten", use=use)),
        printed=FontGlyphs(font_files(fonts, kind="printed")) if use == "train" else None,
    )


@dataclass
class Hand:
    """One writer. `pen_width` in heights of a digit, None for the source's own; `slant` leans right, `aspect`
    widens.
    """

    sources: GlyphSources
    source: SourceName
    font: int
    pen: Pen
    keep_width: bool
    slant: float
    aspect: float
    bending: float
    skeletons: dict[str, str] = field(default_factory=dict)
    own_shapes: frozenset[str] = frozenset()
    """Characters that this hand draws in a way of its own, whatever its source."""

    @classmethod
    def sample(cls, sources: GlyphSources, rng: np.random.Generator) -> "Hand":
        """A random writer."""
        source = sources.choose(rng)
        printed = source == "printed"
        fonts = sources.printed if printed else sources.handwritten
        keep_width = bool(rng.random() < (0.8 if printed else 0.3)) and source != "strokes"
        pen = Pen(
            # What is drawn beside glyphs that keep their width is to suit them.
            width=rng.uniform(0.08, 0.14)
            if keep_width
            else min(max(0.085 * math.exp(0.5 * rng.standard_normal()), 0.022), 0.26),
            pressure=_PRESSURES[rng.integers(4)],
            taper=max(0.0, rng.uniform(-0.7, 1.0)),
            tremor=0.004 * rng.standard_exponential(),
            jitter=rng.uniform(0.012, 0.045),
        )
        return cls(
            sources=sources,
            source=source,
            font=int(rng.integers(len(fonts))) if fonts is not None else 0,
            pen=pen,
            keep_width=keep_width,
            slant=rng.normal(0.0, 0.04) if printed else rng.normal(0.1, 0.17),
            aspect=math.exp(rng.normal(0.0, 0.04 if printed else 0.16)),
            bending=0.0 if printed else max(0.0, rng.uniform(-1.0, 1.8)),
            own_shapes=frozenset() if printed or keep_width else _own_shapes(rng),
        )

    def glyph(self, character: str, rng: np.random.Generator, *, alike: bool = False) -> Glyph:
        """This hand's `character`, upright: the slant is for whoever places it on the paper.

        With `alike`, MNIST digits are taken from those that stand upright, so that a string of them leans one
        way.
        """
        if character in self.own_shapes:
            return self._drawn(character, rng)
        if self.source == "mnist" and self.sources.mnist is not None and character in _DIGITS:
            glyph = self.sources.mnist.glyph(int(character), rng, slant=0.1 if alike else None)
            return self._restyled(glyph, rng)
        if self.source in ("handwritten", "printed"):
            fonts = self.sources.printed if self.source == "printed" else self.sources.handwritten
            found = fonts.glyph(character, self.font) if fonts is not None else None
            if found is not None:
                return self._restyled(found, rng)
        return self._drawn(character, rng)

    def _restyled(self, glyph: Glyph, rng: np.random.Generator) -> Glyph:
        mask, grown = glyph.mask, 0.0
        if self.bending > 0.3:
            mask = bend(mask, rng, self.bending)
        if not self.keep_width:
            before = mask.shape[0]
            mask = with_pen_width(mask, self.pen.width * UNIT)
            grown = (mask.shape[0] - before) / 2 / UNIT
        return Glyph(mask, glyph.left - grown, glyph.top - grown)

    def _drawn(self, character: str, rng: np.random.Generator) -> Glyph:
        if character not in self.skeletons or rng.random() < 0.08:
            self.skeletons[character] = choose_skeleton(character, rng)
        pen = self.pen
        if character in "%=:":  # what is a small wander or a thick pen in a digit hides their small parts
            pen = Pen(min(pen.width * 0.85, 0.11), pen.pressure, pen.taper, pen.tremor, pen.jitter * 0.6)
        return Glyph(*draw_skeleton(self.skeletons[character], pen, rng, unit=UNIT))


def _own_shapes(rng: np.random.Generator) -> frozenset[str]:
    return frozenset(digit for digit, chance in _OWN_SHAPE_CHANCES.items() if rng.random() < chance)
