"""A data set that trains in a second, and one run on it that tests share and only read."""

import numpy as np
import pytest

from inkdigits.datasets import DataSet, Split, load_mnist
from inkdigits.evaluation import report
from inkdigits.training import Run, train


@pytest.fixture(scope="session")
def small_data() -> DataSet:
    """1,200 training and 300 test images, both from MNIST's training images."""
    images, labels = load_mnist()[0]
    labels = labels.astype(np.int64)
    return DataSet(
        "small", Split(images[:1200], labels[:1200]), None, Split(images[1200:1500], labels[1200:1500])
    )


@pytest.fixture(scope="session")
def small_run(small_data: DataSet, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(
        "cnn",
        small_data,
        epochs=2,
        batch_size=50,
        validation=120,
        output=tmp_path_factory.mktemp("runs") / "run",
    )


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the figures out of the runs of a test: they take longer than everything else together."""
    monkeypatch.setattr(report, "write_run_figures", lambda *_, **__: [])
