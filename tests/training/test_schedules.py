import numpy as np
import pytest

from inkdigits.training.schedules import learning_rates


def test_the_rate_rises_to_its_peak_and_falls_to_nothing() -> None:
    rates = learning_rates(0.01, 0.25, 1000)
    assert rates.shape == (1000,)
    assert rates.dtype == np.float32
    assert int(rates.argmax()) in (249, 250)
    assert rates.max() == pytest.approx(0.01, rel=0.01)
    assert (np.diff(rates[:250]) > 0).all()
    assert (np.diff(rates[250:]) < 0).all()
    assert 0 < rates[-1] < 1e-4


def test_without_a_warmup_it_only_falls() -> None:
    assert (np.diff(learning_rates(1.0, 0.0, 10)) < 0).all()


def test_one_step_has_a_rate() -> None:
    assert learning_rates(1.0, 0.2, 1)[0] > 0
