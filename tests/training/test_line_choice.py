import numpy as np
import pytest

from inkdigits.training.line_fields import LABELS, LineFields

tf = pytest.importorskip("tensorflow")
pytestmark = pytest.mark.training

BLANK = len(LABELS)


class Speller:
    """A model that gives the same path for every strip, its widths aside: a column each, blank after."""

    def __init__(self, path: str, score: float) -> None:
        self.path, self.score = path, score

    def predict_on_batch(self, strips):
        logits = np.zeros((len(strips), strips.shape[2] // 2, BLANK + 1), np.float32)
        logits[..., BLANK] = 12
        for column, symbol in enumerate(self.path):
            logits[:, column] = 0
            logits[:, column, LABELS.index(symbol)] = self.score
        return logits


def fields_of(texts, widths):
    codes = np.full((len(texts), 14), -1, np.int8)
    for row, text in zip(codes, texts, strict=True):
        row[: len(text)] = [LABELS.index(symbol) for symbol in text]
    starts = np.cumsum([0, *widths[:-1]])
    pixels = np.full((sum(widths), 32), 99, np.uint8)
    return LineFields(pixels, starts, np.array(widths), np.array(texts), codes)


def test_a_text_is_right_where_its_digits_are():
    from inkdigits.training.line_choice import see_fields

    fields = fields_of(["12.5", "1,25", "126", "~"], [40, 30, 17, 64])
    seen = see_fields(Speller("12.5", 12.0), fields)
    assert seen.right.tolist() == [True, True, False, False]
    # The path that was spelled is the text of the first field.
    assert seen.losses[0] == pytest.approx(-np.log(seen.clearness[0]), abs=1e-3)
    assert seen.losses[0] < 1 < 10 < seen.losses[2]
    assert (seen.clearness > 0.99).all()


def test_sure_fields_are_thinned_and_hopeless_ones_left_out():
    from inkdigits.training.line_choice import FieldsSeen, choose_fields

    losses = np.repeat(np.array([0.1, 0.1, 3.0, 30.0], np.float32), 1000)
    clearness = np.repeat(np.array([0.99, 0.2, 0.99, 0.6], np.float32), 1000)
    right = np.repeat([True, True, False, False], 1000)
    chosen = choose_fields(FieldsSeen(losses, clearness, right), np.random.default_rng(1))
    assert (np.diff(chosen) > 0).all()
    counts = np.bincount(chosen // 1000, minlength=4)
    assert counts[0] == pytest.approx(600, abs=60)
    assert counts[1:].tolist() == [1000, 1000, 0]
