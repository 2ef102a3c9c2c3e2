from itertools import product

import numpy as np
import pytest

from inkdigits.reading.lattice import Lattice

SYMBOLS = "01-"


def collapse(path):
    text = ""
    previous = None
    for index in path:
        if index != previous and index < len(SYMBOLS):
            text += SYMBOLS[index]
        previous = index
    return text


def all_texts(probabilities):
    """Every text and its probability, by going through every path."""
    totals = {}
    columns, classes = probabilities.shape
    for path in product(range(classes), repeat=columns):
        chance = float(np.prod([probabilities[column, index] for column, index in enumerate(path)]))
        totals[collapse(path)] = totals.get(collapse(path), 0.0) + chance
    return totals


@pytest.mark.parametrize("seed", range(6))
def test_the_best_readings_are_those_of_exhaustive_search(seed):
    probabilities = np.random.default_rng(seed).dirichlet(np.full(4, 0.5), 6).astype(np.float32)
    truth = sorted(all_texts(probabilities).items(), key=lambda item: -item[1])
    found = Lattice(probabilities, SYMBOLS).best_readings(3, beam=200)
    for reading, (text, probability) in zip(found, truth, strict=False):
        assert reading.text == text
        assert reading.probability == pytest.approx(probability, abs=0.02)
        assert len(reading.columns) == len(text)


def test_a_repeated_symbol_needs_a_blank_between():
    zero, blank = [1, 0, 0, 0], [0, 0, 0, 1]
    assert best([zero, zero]) == "0"
    assert best([zero, blank, zero]) == "00"
    assert best([zero, blank, blank, blank, zero]) == "00"


def test_sure_blanks_are_nothing():
    reading = Lattice(np.tile(np.float32([0, 0, 0, 1]), (9, 1)), SYMBOLS).best_readings()[0]
    assert (reading.text, reading.probability, reading.columns) == ("", 1.0, ())


def test_columns_tell_where_symbols_stand():
    rows = [[0, 0, 0, 1], [0.9, 0, 0, 0.1], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0.9, 0, 0.1]]
    assert Lattice(np.float32(rows), SYMBOLS).best_readings()[0].columns == (1, 4)


def test_a_restricted_lattice_reads_only_what_is_allowed():
    lattice = Lattice(np.float32([[0.3, 0.05, 0.6, 0.05]]), SYMBOLS)
    assert lattice.best_readings()[0].text == "-"
    restricted = lattice.restricted("01")
    assert restricted.best_readings()[0].text == "0"
    np.testing.assert_allclose(restricted.probabilities.sum(axis=1), 1, rtol=1e-6)


def test_prefixes_that_are_not_allowed_are_not_followed():
    lattice = Lattice(np.float32([[0.6, 0.3, 0, 0.1]] * 2), SYMBOLS)
    texts = [
        reading.text for reading in lattice.best_readings(9, allowed=lambda text: not text.startswith("0"))
    ]
    assert texts
    assert not any(text.startswith("0") for text in texts)


def best(rows):
    return Lattice(np.float32(rows), SYMBOLS).best_readings()[0].text


def test_what_may_not_be_there_is_counted_by_its_columns():
    rows = np.array([[0.9, 0.1, 0.0], [0.0, 0.6, 0.4], [0.0, 0.0, 1.0]], np.float32)
    lattice = Lattice(rows, "7/")
    assert lattice.chance_of("7/") == 1.0
    assert lattice.chance_of("7") == pytest.approx(0.9 * 0.4)
    assert lattice.chance_of("7", blank=0.5) == pytest.approx(0.9 * 0.2 / 0.8)
