import re

import numpy as np

from inkdigits.synthesis.texts import SYMBOLS, number_text, word_text


def test_numbers_are_of_symbols_with_at_least_one_digit():
    rng = np.random.default_rng(0)
    for _ in range(3000):
        text = number_text(rng)
        assert set(text) <= set(SYMBOLS)
        assert any(character.isdigit() for character in text)
        assert len(text) <= 18


def test_every_kind_of_number_comes():
    rng = np.random.default_rng(0)
    texts = [number_text(rng) for _ in range(4000)]
    for pattern in (
        r"\d",
        r"\d{3}",
        r"\d{5,}",
        r"\d+[.,]\d",
        r"\d{1,3}([.,]\d{3})+",
        r"\d{1,3}[.,]\d{3}\.-",
        r"\d+=",
        r"\d\d/\d\d/\d{4}",
        r"\d\d-\d\d-\d\d",
        r"\d{4}-\d\d-\d\d",
        r"\d+%",
        r"\d+/\d+",
        r"\d+:\d\d",
        r"-\d+",
        r"-\d+[.,]\d+",
        r"[.,]\d+",
        r"\d*000",
    ):
        assert sum(re.fullmatch(pattern, text) is not None for text in texts) >= 3, pattern


def test_places_have_texts_of_their_own():
    rng = np.random.default_rng(0)

    def share(place, pattern):
        return np.mean([re.fullmatch(pattern, number_text(rng, place)) is not None for _ in range(1500)])

    assert share("logbook", r"\d{1,3}") > share("ruled", r"\d{1,3}") + 0.1
    assert share("ruled", r"\d+[-/.]\d+[-/.]\d+") > share("cheque", r"\d+[-/.]\d+[-/.]\d+") + 0.2


def test_every_digit_and_separator_is_met():
    rng = np.random.default_rng(0)
    text = "".join(number_text(rng) for _ in range(3000))
    assert all(text.count(symbol) > 25 for symbol in SYMBOLS)


def test_words_are_no_numbers():
    rng = np.random.default_rng(0)
    for _ in range(2000):
        word = word_text(rng)
        assert word
        assert not any(character.isdigit() for character in word)
        assert set(word) - set("oOlLiIzZsS.,-/ ")
