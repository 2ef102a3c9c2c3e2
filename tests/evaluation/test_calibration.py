import math

import numpy as np
import pytest

from inkdigits.errors import DataError, UsageError
from inkdigits.evaluation import expected_calibration_error, reliability_table
from inkdigits.evaluation.calibration import fit_log_odds
from inkdigits.reading import ModelFacts


def test_an_honest_model_has_no_error() -> None:
    confidence = np.repeat([0.25, 0.75], 4)
    right = [True, False, False, False, True, True, True, False]
    assert expected_calibration_error(confidence, right) == 0


def test_error_is_the_gap_weighted_by_count() -> None:
    # Three answers at 0.9 with accuracy 1/3, one at 0.5 that is right: (3 * 0.5667 + 1 * 0.5) / 4.
    error = expected_calibration_error([0.9, 0.9, 0.9, 0.5], [True, False, False, True])
    assert error == pytest.approx((3 * (0.9 - 1 / 3) + 0.5) / 4)


def test_gaps_of_opposite_sign_do_not_cancel_between_bins() -> None:
    assert expected_calibration_error([0.55, 0.95], [True, False], bins=10) == pytest.approx(0.7)


def test_gaps_of_opposite_sign_cancel_within_a_bin() -> None:
    assert expected_calibration_error([0.55, 0.95], [True, False], bins=1) == pytest.approx(0.25)


def test_bins_take_their_upper_edge() -> None:
    counts = [row.count for row in reliability_table([0.0, 0.2, 0.200001, 0.4, 1.0], [True] * 5, bins=5)]
    assert counts == [2, 2, 0, 0, 1]


def test_table_covers_zero_to_one_and_marks_empty_bins() -> None:
    table = reliability_table([0.95, 0.97], [True, False])
    assert len(table) == 15
    assert (table[0].lower, table[-1].upper) == (0, 1)
    assert math.isnan(table[0].accuracy)
    assert table[0].gap == 0
    assert (table[-1].count, table[-1].accuracy) == (2, 0.5)
    assert table[-1].mean_confidence == pytest.approx(0.96)


@pytest.mark.parametrize(
    ("confidence", "right", "message"),
    [
        ([], [], "no answers"),
        ([0.5], [True, False], r"both \(N,\)"),
        ([1.5], [True], "expected 0 to 1"),
        ([-0.1], [True], "expected 0 to 1"),
        ([math.nan], [True], "expected 0 to 1"),
    ],
)
def test_bad_answers_are_refused(confidence: list[float], right: list[bool], message: str) -> None:
    with pytest.raises(DataError, match=message):
        expected_calibration_error(confidence, right)


def test_bins_must_be_there() -> None:
    with pytest.raises(UsageError, match="0 bins"):
        reliability_table([0.5], [True], bins=0)


def test_what_log_odds_make_of_an_overconfident_reader_is_honest() -> None:
    rng = np.random.default_rng(0)
    mass = rng.uniform(0.1, 1, 4000)
    share = rng.uniform(0.5, 0.9999, 4000)
    odds = 0.5 * np.log(share / (1 - share)) + 0.8 * np.log(mass) - 0.3
    truth = 1 / (1 + np.exp(-odds))
    right = rng.random(4000) < truth
    numbers = fit_log_odds(share, mass, right)
    assert numbers == pytest.approx((0.5, 0.8, -0.3), abs=0.15)
    facts = ModelFacts("line", "test", "1", confidence={"number": numbers})
    reported = [facts.to_confidence("number", *pair) for pair in zip(share, mass, strict=True)]
    assert expected_calibration_error(reported, right) < 0.03 < expected_calibration_error(share, right)


def test_more_evidence_never_means_less_confidence() -> None:
    slope, evidence, _ = fit_log_odds([0.9, 0.9, 0.6, 0.6], [0.1, 0.2, 0.8, 1.0], [False, False, True, True])
    assert slope == 0
    assert evidence >= 0
    with pytest.raises(DataError, match="no answers"):
        fit_log_odds([], [], [])
