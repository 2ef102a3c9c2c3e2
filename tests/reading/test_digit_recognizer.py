"""Single digits: which of the candidates of a picture is read."""

import numpy as np

from inkdigits.reading.digits import choose_candidate
from inkdigits.reading.model_facts import ModelFacts

DIGITS = ModelFacts("classifier", "digits", "1", labels=(*"0123456789", ""))
LETTERS = ModelFacts("classifier", "letters", "1", labels=("I", "T", ""))


def test_of_digits_the_surest_candidate_is_read() -> None:
    sure = np.full((2, 11), 0.01, np.float32)
    sure[0, 1], sure[1, 7] = 0.7, 0.8
    assert choose_candidate(sure, DIGITS) == 1
    assert choose_candidate(sure[::-1], DIGITS) == 0


def test_of_symbols_the_first_likely_candidate_is_read() -> None:
    whole, stem, dirt = [0.1, 0.7, 0.2], [0.95, 0.0, 0.05], [0.02, 0.03, 0.95]
    assert choose_candidate(np.array([whole, stem], np.float32), LETTERS) == 0
    assert choose_candidate(np.array([dirt, whole, stem], np.float32), LETTERS) == 1
    assert choose_candidate(np.array([dirt, [0.3, 0.1, 0.6]], np.float32), LETTERS) == 1
