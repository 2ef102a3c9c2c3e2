import numpy as np

from inkdigits.synthesis import GlyphSources
from inkdigits.synthesis.distractors import draw_distractor
from inkdigits.synthesis.hands import Hand


def test_every_distractor_is_ink(sources):
    rng = np.random.default_rng(0)
    for _ in range(200):
        mask = draw_distractor(Hand.sample(sources, rng), rng, height=40)
        assert mask.dtype == np.uint8
        assert mask.ndim == 2
        assert mask.max() > 60
        assert mask.shape[0] < 400


def test_without_fonts_there_are_still_drawn_shapes():
    rng = np.random.default_rng(0)
    for _ in range(40):
        assert draw_distractor(Hand.sample(GlyphSources(), rng), rng, height=40).max() > 60
