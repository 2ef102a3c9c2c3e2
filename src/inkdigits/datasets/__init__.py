"""Data sets, all with one interface: uint8 images (N, 28, 28), ink bright on 0, and int64 labels (N,).

    from inkdigits.datasets import load_data, load_mnist
    (x_train, y_train), (x_test, y_test) = load_mnist()
    data = load_data("train.csv")           # .train, .validation, .test, .class_names, .checksum

Pixels stay 0..255 and labels stay numbers: scaling to 0..1 and one-hot labels are the training's business.
"""

from inkdigits.datasets.arrays import from_arrays
from inkdigits.datasets.data_set import DataSet, Split, hold_out
from inkdigits.datasets.load import load_data
from inkdigits.datasets.mnist import load_mnist
from inkdigits.datasets.picture_log import PictureLog, UnreadablePicture
from inkdigits.datasets.submission import write_submission

__all__ = [
    "DataSet",
    "PictureLog",
    "Split",
    "UnreadablePicture",
    "from_arrays",
    "hold_out",
    "load_data",
    "load_mnist",
    "write_submission",
]
