from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import numpy as np
import pytest

from inkdigits.datasets import Split
from inkdigits.errors import DataError

Refuses = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def digits() -> Split:
    """42 images that differ, with labels 0..9 in turn."""
    pixels = np.random.default_rng(1).integers(0, 256, (42, 28, 28), dtype=np.uint8)
    return Split(pixels, np.arange(42, dtype=np.int64) % 10)


@pytest.fixture
def refuses() -> Refuses:
    """``with refuses("a", "b"):`` wants a DataError of one line that holds every word."""

    @contextmanager
    def refusal(*words: object) -> Iterator[None]:
        with pytest.raises(DataError) as caught:
            yield
        message = str(caught.value)
        assert "\n" not in message
        assert len(message) < 500
        for word in words:
            assert str(word) in message

    return refusal
