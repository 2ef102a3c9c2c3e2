"""The line model: what it is and how it is trained.

Strips of 32 rows and any width -> a lattice column for every second pixel column. Seven 2-D convolutions bring the
height down to four, one more to one, and two or four residual 1-D convolutions look along the line. Trained with
connectionist temporal classification (Graves et al. 2006). It trains on the TensorFlow backend alone, whose sparse CTC
loss costs a twelfth of the dense one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import cv2
import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from inkdigits.reading.line import STRIP_HEIGHT
from inkdigits.training.line_fields import LABELS, LONGEST_TEXT, LineFields
from inkdigits.training.schedules import has_bfloat16

__all__ = ["build_line_net", "train_line_net"]

_WIDTHS = (16, 32, 48, 64, 80, 96, 128)
_STRIDES = (1, 2, 1, (2, 1), 1, (2, 1), 1)
_FEATURES = 192
_DROPOUT = 0.1
_LEARNING_RATE = 3e-3
_WARMUP_STEPS = 300
_BATCH_COLUMNS = 64 * 96  # pixel columns a batch
_WIDTH_STEP = 16
_HIGHEST_LOSS = 60.0  # a field that cannot be read should not drown the rest of its batch
# How strips are varied: standard deviations in columns a row, as a logarithm, and in rows; and a range of factors.
_SLANT, _HEIGHT, _DOWN = 0.12, 0.08, 1.2
# How the ink's tone is varied: ranges of what it is multiplied by and of what counts as paper, and the standard
# deviation of the exponent's logarithm.
_GAINS, _FLOORS, _GAMMA = (0.85, 1.5), (0.0, 0.25), 0.2
# How often a strip is taken again in few pixels: ranges of their share, of the grain in gray levels, of JPEG's quality.
_TAKEN_AGAIN, _PIXELS, _GRAIN, _QUALITIES = 0.45, (0.4, 0.85), (0.0, 18.0), (15, 70)
_BEND_STEP = 12  # columns
_BENDS = (1.8, 0.8)  # standard deviations in columns and in rows
_AVERAGE_EVERY = 5
_AVERAGE_DECAY = 0.995
_STEADY_FROM = 0.3  # of a steady round; what comes before is no part of its average


def build_line_net(*, deep: bool = True) -> Any:
    """Return the uncompiled model: float32 (N, 32, W, 1) -> logits (N, W / 2, 19).

    deep: whether two more convolutions look along the line: 1,113,459 parameters, else 743,667.
    """
    layers = keras.layers

    def convolve(x: Any, width: int, size: Any, strides: Any = 1, padding: str = "same") -> Any:
        # Without batch normalization, which in bfloat16 costs a CPU more than these convolutions do.
        x = layers.Conv2D(width, size, strides=strides, padding=padding, kernel_initializer="he_normal")(x)
        return layers.ReLU()(x)

    strips = x = keras.Input((STRIP_HEIGHT, None, 1))
    for width, strides in zip(_WIDTHS, _STRIDES, strict=True):
        x = convolve(x, width, 3, strides)  # heights 32, 16, 16, 8, 8, 4, 4
    x = convolve(x, _FEATURES, (4, 1), padding="valid")  # (N, 1, W / 2, 192)
    x = layers.Reshape((-1, _FEATURES))(x)
    x = layers.Dropout(_DROPOUT)(x)
    for _ in range(2):
        along = layers.Conv1D(_FEATURES, 5, padding="same", kernel_initializer="he_normal")(x)
        x = layers.Add()([x, layers.ReLU()(along)])
    for _ in range(2 if deep else 0):
        # Normalized, since what four branches without it add up to outgrows the range of 8 bits; zero at the start.
        along = layers.ReLU()(layers.LayerNormalization()(x))
        along = layers.Conv1D(_FEATURES, 5, padding="same", kernel_initializer="zeros")(along)
        x = layers.Add()([x, along])
    x = layers.Dropout(_DROPOUT)(x)
    return keras.Model(strips, layers.Dense(len(LABELS) + 1, dtype="float32")(x), name="line")


class _Muon(keras.optimizers.Muon):  # type: ignore[misc]
    """Muon for convolutions too, as matrices of (rows x columns x inputs, outputs); Keras' own gives them to Adam.

    The first layer, the last one and the biases stay with Adam, as Muon's authors advise.
    """

    def _should_use_adamw(self, variable: Any) -> bool:
        shape = variable.shape
        return len(shape) < 2 or shape[-2] == 1 or shape[-1] == len(LABELS) + 1

    def zeropower_via_newtonschulz5(self, x: Any, steps: int) -> Any:
        flat = keras.ops.reshape(x, (-1, x.shape[-1]))
        return keras.ops.reshape(super().zeropower_via_newtonschulz5(flat, steps), x.shape)

    def lr_adjust(self, x: Any) -> Any:
        inputs, outputs = math.prod(x.shape[:-1]), x.shape[-1]
        return x * (math.sqrt(max(inputs, outputs)) * self.rms_rate)


def train_line_net(
    fields: LineFields,
    *,
    presentations: int,
    seed: int,
    start: Any = None,
    deep: bool = True,
    varied: bool = True,
    steady_rate: float | None = None,
    report: Callable[[str, Any], None] | None = None,
) -> Any:
    """Train and return the model in float32, its weights averaged over the last thousand steps, or more.

    presentations: how many fields it sees, repeats counted. start: a model to go on from, with a new cycle of the rate;
    None for random weights. deep: see ``build_line_net``; a start that is not deep grows, and first answers as it did.
    varied: whether strips are slanted, scaled and moved, each in its own way. steady_rate: a learning rate to stay at,
    a half or a third of the cosine's highest; then the average goes over all steps but the first three in ten
    (stochastic weight averaging: Izmailov et al. 2018, arXiv:1803.05407). What is learned while the rate falls suits
    synthetic fields more than real ones.
    report: is given a line on how it goes, and the averaged model so far, every few minutes.

    Muon (Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks") under a cosine rate unless it
    is steady, in mixed bfloat16 where the processor has it.
    """
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if has_bfloat16() else "float32")
    try:
        model = build_line_net(deep=deep)
    finally:
        keras.config.set_dtype_policy(policy)
    averaged = build_line_net(deep=deep)
    if start is not None:
        _copy_weights(start, model)
    optimizer = _Muon(_LEARNING_RATE, name="muon", weight_decay=1e-2, adam_weight_decay=1e-3)
    optimizer.build(model.trainable_variables)
    step = _make_step(model, optimizer)
    average = _Average(model.trainable_variables, steady=steady_rate is not None)
    seen, losses, last_report, began = 0, [], time.monotonic(), time.monotonic()
    for number, chosen in enumerate(_shuffled_batches(fields, rng)):
        if seen >= presentations:
            break
        if steady_rate is None:
            rate = _rate(number, seen / presentations)
        else:
            rate = steady_rate * min(1.0, (number + 1) / _WARMUP_STEPS)
        optimizer.learning_rate.assign(rate)
        losses.append(
            float(step(_strips(fields, chosen, rng, varied), fields.codes[chosen].astype(np.int32)))
        )
        seen += len(chosen)
        if number % _AVERAGE_EVERY == 0:
            average.add(number, seen / presentations)
        if report is not None and time.monotonic() - last_report > 240:
            last_report = time.monotonic()
            averaged.set_weights(average.weights)
            minutes = (last_report - began) / 60
            report(
                f"{minutes:.0f} min, {seen:,} of {presentations:,}, loss {np.mean(losses[-200:]):.3f}",
                averaged,
            )
    averaged.set_weights(average.weights)
    return averaged


class _Average:
    """The mean of a model's variables: of about the last thousand steps, or of a steady round's later seven tenths."""

    def __init__(self, variables: Sequence[Any], *, steady: bool) -> None:
        self.weights = [variable.numpy() for variable in variables]
        self._variables = variables
        self._steady = steady
        self._count = 0

    def add(self, step: int, progress: float) -> None:
        """Take the variables in as they are now; progress: how much of the round is over, 0..1."""
        if self._steady:
            self._count = self._count + 1 if progress >= _STEADY_FROM else 1
            kept = 1 - 1 / self._count
        else:
            kept = min(_AVERAGE_DECAY, (1 + step) / (20 + step))
        for mean, variable in zip(self.weights, self._variables, strict=True):
            np.add(mean, (1 - kept) * (variable.numpy() - mean), out=mean)


def _copy_weights(start: Any, model: Any) -> None:
    """Give ``model`` the weights of ``start``; layers that only ``model`` has stand before the last and stay."""
    taught, weights = start.get_weights(), model.get_weights()
    model.set_weights([*taught[:-2], *weights[len(taught) - 2 : -2], *taught[-2:]])


def _rate(step: int, progress: float) -> float:
    cosine = 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
    return _LEARNING_RATE * min(1.0, (step + 6) / _WARMUP_STEPS) * (0.98 * cosine + 0.02)


def _make_step(model: Any, optimizer: Any) -> Callable[[NDArray[np.uint8], NDArray[np.int32]], Any]:
    signature = [
        tf.TensorSpec((None, STRIP_HEIGHT, None, 1), tf.uint8),
        tf.TensorSpec((None, LONGEST_TEXT), tf.int32),
    ]

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]
    def step(strips: Any, codes: Any) -> Any:
        with tf.GradientTape() as tape:
            logits = model(tf.cast(strips, tf.float32) / 255.0, training=True)
            by_time = tf.transpose(logits, [1, 0, 2])
            places = tf.where(codes >= 0)
            labels = tf.SparseTensor(places, tf.gather_nd(codes, places), tf.cast(tf.shape(codes), tf.int64))
            lengths = tf.fill([tf.shape(strips)[0]], tf.shape(by_time)[0])
            losses = tf.nn.ctc_loss(labels, by_time, None, lengths, blank_index=-1, logits_time_major=True)
            loss = tf.reduce_mean(tf.minimum(losses, _HIGHEST_LOSS))
        optimizer.apply_gradients(
            zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True)
        )
        return loss

    return step  # type: ignore[no-any-return]


def _shuffled_batches(fields: LineFields, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Give batches of fields of about one width, in a new order each time round, for ever."""
    while True:
        order = np.argsort(fields.widths * rng.uniform(0.9, 1.1, len(fields)))
        batches = []
        start = 0
        while start < len(order):
            size = max(8, int(_BATCH_COLUMNS // max(32, fields.widths[order[start]] * 1.15)))
            batches.append(order[start : start + size])
            start += size
        for index in rng.permutation(len(batches)):
            yield batches[index]


def _strips(
    fields: LineFields, chosen: NDArray[np.int64], rng: np.random.Generator, varied: bool
) -> NDArray[np.uint8]:
    """Return a batch, uint8 (N, 32, W, 1): each strip placed anywhere in the width, all stretched."""
    width = -(-int(fields.widths[chosen].max()) // _WIDTH_STEP) * _WIDTH_STEP
    batch = np.zeros((len(chosen), width, STRIP_HEIGHT), np.uint8)
    for row, index in zip(batch, chosen, strict=True):
        strip = fields.strip(int(index))
        if varied:
            strip = _varied(strip, rng)
        start = int(rng.integers(width - len(strip) + 1))
        row[start : start + len(strip)] = strip
    if not varied:
        batch = np.roll(batch, int(rng.integers(-2, 3)), axis=2)
    if rng.random() < 0.5:
        stretched = max(_WIDTH_STEP, int(width * rng.uniform(0.88, 1.15)))
        batch = np.stack([cv2.resize(row, (STRIP_HEIGHT, stretched)) for row in batch])
        batch = np.pad(batch, ((0, 0), (0, -stretched % _WIDTH_STEP), (0, 0)))
    return batch.transpose(0, 2, 1)[..., np.newaxis]


def _varied(strip: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a strip, uint8 (W, 32) on its side, slanted, higher or lower, moved up or down, of another tone.

    Where a strip is cut is settled by a few strokes of a field, and the next writer has others; so is what counts as
    saturated ink. Half of the strips are bent along the line, too: digits narrower and wider, higher and lower. A
    quarter are thinned, thickened, blurred or sharpened.
    """
    slant, height, down = rng.normal(0, (_SLANT, _HEIGHT, _DOWN))
    height = math.exp(height)
    middle = (STRIP_HEIGHT - 1) / 2
    matrix = np.array([[height, 0, (1 - height) * middle + down], [slant, 1, -slant * middle]])
    varied: Any = _bent(strip, matrix, rng) if rng.random() < 0.5 else _straight(strip, matrix)
    if rng.random() < 0.25:
        change = _PEN_CHANGES[rng.integers(len(_PEN_CHANGES))]
        share = rng.uniform(0.2, 0.9)
        varied = cv2.addWeighted(varied, 1 - share, change(varied), share, 0)
    if rng.random() < _TAKEN_AGAIN:
        varied = _taken_again(varied, rng)
    if rng.random() < 0.5:
        varied = cv2.LUT(varied, _tones(rng))
    return np.asarray(varied, np.uint8)


def _taken_again(strip: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a strip, uint8 (W, 32) on its side, as a phone that was far away had taken it: few pixels, and soft ones.

    Its grain and its compression are of those few pixels, so that the paper is mottled, not grainy.
    """
    columns = len(strip)
    share = rng.uniform(*_PIXELS)
    size = (round(STRIP_HEIGHT * share), max(4, round(columns * share)))
    small = cv2.resize(strip, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    small += rng.standard_normal(small.shape, np.float32) * np.float32(rng.uniform(*_GRAIN))
    few = np.clip(small, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        code = cv2.imencode(".jpg", few, (cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(*_QUALITIES))))[1]
        few = np.asarray(cv2.imdecode(code, cv2.IMREAD_GRAYSCALE), np.uint8)
    return np.asarray(cv2.resize(few, (STRIP_HEIGHT, columns), interpolation=cv2.INTER_CUBIC), np.uint8)


def _tones(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return what each gray level becomes, uint8 (256,): other pens, other light, and another idea of bare paper."""
    gain = math.exp(rng.uniform(*np.log(_GAINS)))
    floor = rng.uniform(*_FLOORS) if rng.random() < 0.5 else 0.0
    ink = np.clip((np.arange(256) / 255 - floor) / (1 - floor), 0, 1) ** math.exp(rng.normal(0, _GAMMA))
    return np.asarray(np.clip(gain * ink, 0, 1) * 255, np.uint8)


def _straight(strip: NDArray[np.uint8], matrix: NDArray[np.float64]) -> Any:
    return cv2.warpAffine(strip, matrix, (STRIP_HEIGHT, len(strip)), flags=cv2.INTER_LINEAR)


def _bent(
    strip: NDArray[np.uint8], matrix: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Return a strip, uint8 (W, 32) on its side, moved by ``matrix`` and by a wave along the line."""
    columns = len(strip)
    coarse = rng.standard_normal((columns // _BEND_STEP + 2, 2), np.float32) * np.array(_BENDS, np.float32)
    wave = cv2.resize(coarse, (2, columns), interpolation=cv2.INTER_CUBIC)
    inverse = cv2.invertAffineTransform(matrix).astype(np.float32)
    x = np.arange(STRIP_HEIGHT, dtype=np.float32)[None] + wave[:, 1:]
    y = np.arange(columns, dtype=np.float32)[:, None] + wave[:, :1]
    down = inverse[0, 0] * x + inverse[0, 1] * y + inverse[0, 2]
    along = inverse[1, 0] * x + inverse[1, 1] * y + inverse[1, 2]
    return np.asarray(cv2.remap(strip, down, along, cv2.INTER_LINEAR), np.uint8)


_PEN = np.ones((2, 2), np.uint8)
_PEN_CHANGES: tuple[Callable[[Any], Any], ...] = (
    partial(cv2.erode, kernel=_PEN),
    partial(cv2.dilate, kernel=_PEN),
    partial(cv2.GaussianBlur, ksize=(3, 3), sigmaX=0.9),
    lambda strip: cv2.addWeighted(strip, 2, cv2.GaussianBlur(strip, (3, 3), 0.9), -1, 0),
)
