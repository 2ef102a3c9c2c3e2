"""Which fields are worth learning from once a line model can read: more of those that it reads wrong or unsurely.

Most synthetic fields are read right, and teach little more; a few show less than their text says, since the normalizer
cut a digit off or the picture drowned it, and teach what is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from inkdigits.reading.line import STRIP_HEIGHT
from inkdigits.training.line_fields import LABELS, LineFields

__all__ = ["FieldsSeen", "choose_fields", "see_fields"]

_HOPELESS = 6.0  # of a field's loss, in nats: its text is hardly to be seen in its strip
_SURE = 0.7  # of the likeliest path's probability
_KEPT = 0.6  # of the fields whose digits are read right and surely
_WIDTH_STEP = 16
_BATCH_COLUMNS = 64 * 256  # pixel columns a batch


@dataclass(frozen=True)
class FieldsSeen:
    """How a model reads fields that it may learn from.

    losses: float32 (N,), in nats, of connectionist temporal classification. clearness: float32 (N,), 0..1, the
    probability of the likeliest path. right: bool (N,), whether that path spells the digits of the text, its separators
    left out.
    """

    losses: NDArray[np.float32]
    clearness: NDArray[np.float32]
    right: NDArray[np.bool_]


def see_fields(model: Any, fields: LineFields) -> FieldsSeen:
    """Return how ``model``, a Keras line model that gives logits, reads ``fields``."""
    count = len(fields)
    losses, clearness = np.zeros(count, np.float32), np.zeros(count, np.float32)
    right = np.zeros(count, np.bool_)
    order = np.argsort(fields.widths, kind="stable")
    start = 0
    while start < count:
        width = -(-int(fields.widths[order[start]]) // _WIDTH_STEP) * _WIDTH_STEP
        chosen = order[start : start + max(1, _BATCH_COLUMNS // width)]
        chosen = chosen[fields.widths[chosen] <= width]
        start += len(chosen)
        batch = np.zeros((len(chosen), STRIP_HEIGHT, width, 1), np.float32)
        for strip, index in zip(batch, chosen, strict=True):
            strip[:, : fields.widths[index], 0] = fields.strip(int(index)).T / np.float32(255)
        logits = np.asarray(model.predict_on_batch(batch), np.float32)
        codes = fields.codes[chosen].astype(np.int32)
        losses[chosen] = _losses(logits, codes)
        powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
        clearness[chosen] = (1 / powers.sum(axis=-1)).prod(axis=1)
        for index, path, text in zip(chosen, logits.argmax(axis=-1).tolist(), codes.tolist(), strict=True):
            spelled = [code for code, _ in groupby(path) if code < len(LABELS)]
            right[index] = _digits(spelled) == _digits([code for code in text if code >= 0])
    return FieldsSeen(losses, clearness, right)


def choose_fields(seen: FieldsSeen, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the indices of the fields to learn from, in order.

    All whose digits are read wrong or unsurely, three fifths of the others, and none whose text is hardly to be seen.
    """
    easy = seen.right & (seen.clearness > _SURE)
    left_out = easy & (rng.random(len(easy)) >= _KEPT)
    return np.flatnonzero((seen.losses < _HOPELESS) & ~left_out)


def _losses(logits: NDArray[np.float32], codes: NDArray[np.int32]) -> NDArray[np.float32]:
    labels = tf.SparseTensor(np.argwhere(codes >= 0), codes[codes >= 0], codes.shape)
    lengths = np.full(len(logits), logits.shape[1], np.int32)
    losses = tf.nn.ctc_loss(
        labels,
        logits.transpose(1, 0, 2).copy(),
        None,
        lengths,
        blank_index=-1,
        logits_time_major=True,
    )
    return np.asarray(losses, np.float32)


def _digits(codes: list[int]) -> list[int]:
    """Return what of a text's codes is a digit, or says that there is no number."""
    return [code for code in codes if LABELS[code].isdigit() or LABELS[code] == LABELS[-1]]
