import dataclasses
from collections import Counter

import numpy as np
import pytest

from inkdigits.errors import DataError
from inkdigits.synthesis import GlyphSources, load_sources
from inkdigits.synthesis.hands import Hand


def test_sources_come_by_their_shares(sources):
    rng = np.random.default_rng(0)
    counts = Counter(sources.choose(rng) for _ in range(4000))
    assert counts["mnist"] / 4000 == pytest.approx(0.39, abs=0.04)
    assert counts["strokes"] / 4000 == pytest.approx(0.35, abs=0.04)


def test_sources_that_are_missing_are_left_out():
    rng = np.random.default_rng(0)
    assert {GlyphSources().choose(rng) for _ in range(50)} == {"strokes"}


@pytest.mark.parametrize("source", ["mnist", "handwritten", "printed", "strokes"])
@pytest.mark.parametrize("character", "0123456789.,-/%:=")
def test_every_hand_writes_every_symbol(sources, source, character):
    rng = np.random.default_rng(3)
    hand = dataclasses.replace(Hand.sample(sources, rng), source=source, font=0)
    glyph = hand.glyph(character, rng)
    assert glyph.mask.max() > 150
    assert glyph.mask.dtype == np.uint8


def test_a_hand_keeps_its_shapes():
    rng = np.random.default_rng(0)
    hand = Hand.sample(GlyphSources(), rng)
    for _ in range(3):
        hand.glyph("7", rng)
    assert len(hand.skeletons) == 1


def test_loading_without_fonts_says_how_to_fetch_them(tmp_path):
    with pytest.raises(DataError, match=r"python -m inkdigits\.synthesis fonts"):
        load_sources(tmp_path)
