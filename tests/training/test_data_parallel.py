"""One model on two devices, as docs/training.md says: JAX, which here takes one processor for two."""

from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.training

RunPython = Callable[..., tuple[str, str]]

ON_TWO_DEVICES = """
import sys
from inkdigits.datasets import DataSet, Split, load_mnist
from inkdigits.training import train
from inkdigits.training.framework import import_keras

keras = import_keras()
keras.distribution.set_distribution(keras.distribution.DataParallel())
images, labels = load_mnist()[0]
split = Split(images[:600], labels[:600].astype("int64"))
run = train("larger-cnn", DataSet("few", split, None, split), epochs=2, batch_size=50, output=sys.argv[1])
print(run.metrics["test_error_percent"], run.model.trainable_weights[0].value.sharding.num_devices)
"""


def test_a_model_trains_on_two_devices(tmp_path: Path, run_python: RunPython) -> None:
    two = {"KERAS_BACKEND": "jax", "XLA_FLAGS": "--xla_force_host_platform_device_count=2"}
    out, _ = run_python(ON_TWO_DEVICES, tmp_path / "run", environment=two)
    error, devices = out.split()
    assert float(error) < 60
    assert devices == "2"
