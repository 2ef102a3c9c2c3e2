from pathlib import Path

import numpy as np
import pytest

from inkdigits import load_mnist
from inkdigits.synthesis import GlyphSources
from inkdigits.synthesis.glyphs import MnistGlyphs
from inkdigits.training import digit_examples
from inkdigits.training.digit_examples import NOT_A_DIGIT, make_digit_examples


@pytest.fixture
def writers(monkeypatch):
    """Stand in for the fetched fonts with MNIST digits and drawn strokes alone."""
    (images, labels), _ = load_mnist()
    sources = GlyphSources(mnist=MnistGlyphs(images[:2000], labels[:2000]))
    monkeypatch.setattr(digit_examples, "_SOURCES", {})
    monkeypatch.setattr(digit_examples, "load_writers", lambda *_, **__: sources)


def make(seed):
    return make_digit_examples(256, seed, Path("fonts"), mnist_images=2000)


def test_every_digit_and_what_is_none_are_among_the_examples(writers):
    examples = make(1)
    assert examples.images.dtype == np.uint8
    assert examples.images.shape == (len(examples.labels), 28, 28)
    counts = np.bincount(examples.labels, minlength=11)
    assert counts[:10].min() >= 5
    assert counts[NOT_A_DIGIT] >= 20


def test_the_same_seed_gives_the_same_examples(writers):
    first, again, other = make(1), make(1), make(2)
    np.testing.assert_array_equal(first.images, again.images)
    np.testing.assert_array_equal(first.labels, again.labels)
    assert first.images.shape != other.images.shape or (first.images != other.images).any()


def test_digits_are_as_bright_as_mnist(writers):
    examples = make(3)
    digits = examples.images[examples.labels != NOT_A_DIGIT]
    assert 15 < digits.mean() < 70
