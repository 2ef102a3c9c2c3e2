"""The figures of a training run: samples, learning curves, the confusion matrix, the most confident
mistakes.

Every function returns a matplotlib ``Figure`` that no window and no global state knows of; ``figure_png``
makes a PNG of it. Ink is dark on light paper, or light on dark in the dark theme. Colors are Okabe and Ito's,
which people with color-blindness can tell apart. matplotlib comes with the training extra; importing this
without it raises MissingExtraError.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkdigits.errors import DataError, MissingExtraError

try:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.colors import LinearSegmentedColormap, LogNorm, to_rgb
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator
except ModuleNotFoundError as error:
    raise MissingExtraError("train", "matplotlib") from error

__all__ = [
    "DARK",
    "LIGHT",
    "Theme",
    "confusion_figure",
    "figure_png",
    "learning_curves_figure",
    "mistakes_figure",
    "samples_figure",
]

DOTS_PER_INCH = 150
PNG_COLORS = 48
SAMPLES_A_CLASS = 16
CLASSES_SAMPLED = 30
CLASSES_COUNTED = 20
MISTAKES_SHOWN = 24
MISTAKES_A_ROW = 8
# Characters that fit below an image: a label, two labels in large letters, a name, a name in large letters.
_LONGEST_LABEL, _LARGE_LABELS = 8, 6
_LONGEST_NAME, _LARGE_NAME = 14, 9


@dataclass(frozen=True)
class Theme:
    """The colors of a figure, as matplotlib takes them.

    first and second tell two curves apart; pale, first and deep are the steps of one scale.
    """

    paper: str
    ink: str
    muted: str
    faint: str
    first: str
    second: str
    pale: str
    deep: str


LIGHT = Theme(
    paper="#ffffff",
    ink="#1c2430",
    muted="#5c6773",
    faint="#e3e7eb",
    first="#0072b2",
    second="#d55e00",
    pale="#dcecf6",
    deep="#06304f",
)
DARK = Theme(
    paper="#161b22",
    ink="#e8ecf1",
    muted="#9aa5b1",
    faint="#2c343e",
    first="#56b4e9",
    second="#e69f00",
    pale="#1d3a4d",
    deep="#d8effc",
)


def samples_figure(
    images: NDArray[np.uint8], labels: NDArray[np.integer], class_names: Sequence[str], theme: Theme = LIGHT
) -> Figure:
    """Draw the first images of each class, a row a class; a class without any has none.

    images: uint8 (N, H, W), ink bright on 0; labels: integers (N,) that index class_names.
    """
    present = np.intersect1d(labels, np.arange(len(class_names)))[:CLASSES_SAMPLED]
    names = [class_names[int(label)] for label in present]
    sheet, pitch = _sample_sheet(images, labels, present)
    margin = 0.22 + 0.09 * max(len(name) for name in names)
    width = 8.0
    height = width * sheet.shape[0] / sheet.shape[1]
    figure = Figure(figsize=(margin + width + 0.15, height + 0.3), facecolor=theme.paper)
    axes = _place(figure, margin, 0.15, width, height)
    _show_ink(axes, sheet, theme)
    axes.set_yticks([(row + 0.5) * pitch - (pitch - images.shape[1]) / 2 for row in range(len(names))], names)
    axes.tick_params(labelcolor=theme.muted, labelsize=11, length=0, pad=7)
    return figure


def learning_curves_figure(history: Sequence[Mapping[str, float]], theme: Theme = LIGHT) -> Figure:
    """Draw loss and error against the epoch, for training and, where it is known, for validation.

    history: one mapping an epoch, as Keras logs them: loss and accuracy (0..1), val_loss and val_accuracy.

    Raises DataError for no epochs.
    """
    if not history:
        raise DataError("got no epochs; learning curves need at least one")
    figure = Figure(figsize=(9.4, 3.6), facecolor=theme.paper)
    loss = {"train": _series(history, "loss"), "validation": _series(history, "val_loss")}
    error = {
        "train": _error_series(history, "accuracy"),
        "validation": _error_series(history, "val_accuracy"),
    }
    _draw_curves(_place(figure, 0.6, 0.6, 3.75, 2.5), "Loss", loss, theme)
    _draw_curves(_place(figure, 5.4, 0.6, 3.75, 2.5), "Error, %", error, theme)
    return figure


def confusion_figure(
    confusion: NDArray[np.integer], class_names: Sequence[str], theme: Theme = LIGHT
) -> Figure:
    """Draw a confusion matrix, colored by the counts' logarithm so that one mistake shows beside thousands.

    confusion: integers (C, C), ``confusion[given, predicted]``.
    """
    count = len(confusion)
    side = max(5.0, 0.55 * min(count, CLASSES_COUNTED))
    longest = 0.09 * max(len(name) for name in class_names)
    margin = 0.62 + longest
    upright = count <= CLASSES_COUNTED and longest > 0.9 * side / count
    below = margin if upright else 0.75
    figure = Figure(figsize=(side + margin + 0.15, side + below + 0.15), facecolor=theme.paper)
    axes = _place(figure, margin, below, side, side)
    colors = LinearSegmentedColormap.from_list("counts", [theme.pale, theme.first, theme.deep])
    norm = LogNorm(1, max(int(confusion.max(initial=0)), 10))
    axes.imshow(np.ma.masked_equal(confusion, 0), cmap=colors, norm=norm, interpolation="nearest")
    _bare(axes)
    edges = np.arange(count + 1) - 0.5
    axes.hlines(edges, -0.5, count - 0.5, color=theme.faint, linewidth=0.8)
    axes.vlines(edges, -0.5, count - 0.5, color=theme.faint, linewidth=0.8)
    if count <= CLASSES_COUNTED:
        axes.set_xticks(range(count), class_names, rotation=90 if upright else 0)
        axes.set_yticks(range(count), class_names)
        for given, predicted in np.argwhere(confusion):
            value = int(confusion[given, predicted])
            color = _readable_on(colors(norm(value)), theme)
            axes.text(predicted, given, f"{value}", color=color, fontsize=10, ha="center", va="center")
    axes.tick_params(length=0, labelcolor=theme.ink, labelsize=11, pad=5)
    axes.set_xlabel("Predicted", color=theme.muted, fontsize=11, labelpad=8)
    axes.set_ylabel("Given label", color=theme.muted, fontsize=11, labelpad=8)
    return figure


def mistakes_figure(
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    probabilities: NDArray[np.floating],
    class_names: Sequence[str],
    theme: Theme = LIGHT,
    names: Sequence[str] = (),
) -> Figure:
    """Draw the mistakes that the model was surest of, each with its given label, its answer and its number or name.

    images: uint8 (N, H, W), ink bright on 0; labels: integers (N,); probabilities: floats (N, C); names: N texts or ().
    Long labels and names are shortened to what fits below an image: the beginning of a label, the end of a name.
    """
    predicted = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    wrong = wrong[np.argsort(-confidence[wrong], kind="stable")][:MISTAKES_SHOWN]
    rows = max(-(-len(wrong) // MISTAKES_A_ROW), 1)
    margin, cell, across, down = 0.15, 1.1, 1.26, 1.72
    height = 2 * margin + rows * down - 0.1
    width = 2 * margin + MISTAKES_A_ROW * across - (across - cell)
    figure = Figure(figsize=(width, height), facecolor=theme.paper)
    if not len(wrong):
        figure.text(0.5, 0.5, "No mistakes", color=theme.muted, fontsize=13, ha="center", va="center")
        return figure
    # One for all, in inches: 24 pairs of axes take a quarter of a second more.
    axes = _place(figure, 0, 0, width, height)
    for place, index in enumerate(wrong):
        row, column = divmod(place, MISTAKES_A_ROW)
        left, bottom = margin + column * across, height - margin - row * down - cell
        wide, tall = cell * np.array(images.shape[:0:-1]) / max(images.shape[1:])
        spare_x, spare_y = (cell - wide) / 2, (cell - tall) / 2
        place_of_ink = (left + spare_x, left + spare_x + wide, bottom + spare_y, bottom + spare_y + tall)
        _show_ink(axes, images[index], theme, place_of_ink)
        given, read = (_begin(class_names[label]) for label in (labels[index], predicted[index]))
        size = 11.5 if len(given) + len(read) <= _LARGE_LABELS else 7.5
        middle = left + cell / 2
        answer = f"{given} \N{RIGHTWARDS ARROW} {read}"
        _write_below(axes, middle, bottom - 0.09, answer, theme.ink, size, "bold")
        source = _end(names[int(index)]) if len(names) else f"#{index}"
        size = 8.5 if len(source) <= _LARGE_NAME else 6.5
        source = f"{_percent(confidence[index])}   {source}"
        _write_below(axes, middle, bottom - 0.3, source, theme.muted, size, "normal")
    axes.set(xlim=(0, width), ylim=(0, height))
    return figure


def _begin(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _end(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else "\N{HORIZONTAL ELLIPSIS}" + name[-_LONGEST_NAME + 1 :]


def figure_png(figure: Figure) -> bytes:
    """Return a figure as a PNG of 150 dots an inch, its few colors kept as a palette to keep it small."""
    figure.set_dpi(DOTS_PER_INCH)
    canvas: Any = FigureCanvasAgg(figure)  # matplotlib gives its methods no types
    canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
    file = io.BytesIO()
    picture.quantize(PNG_COLORS, dither=Image.Dither.NONE).save(
        file, "PNG", dpi=(DOTS_PER_INCH, DOTS_PER_INCH)
    )
    return file.getvalue()


def _place(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Add axes at a place that is given in inches, so that every figure has the same rhythm."""
    across, down = figure.get_size_inches()
    return figure.add_axes((left / across, bottom / down, width / across, height / down))


def _sample_sheet(
    images: NDArray[np.uint8], labels: NDArray[np.integer], present: NDArray[np.integer]
) -> tuple[NDArray[np.uint8], int]:
    """Return the images laid out on one sheet, and how many pixels lie from one row to the next."""
    height, width = images.shape[1:]
    gap = height // 7
    sheet = np.zeros((len(present) * (height + gap) - gap, SAMPLES_A_CLASS * (width + gap) - gap), np.uint8)
    for row, label in enumerate(present):
        for column, image in enumerate(images[labels == label][:SAMPLES_A_CLASS]):
            top, left = row * (height + gap), column * (width + gap)
            sheet[top : top + height, left : left + width] = image
    return sheet, height + gap


def _show_ink(
    axes: Axes,
    image: NDArray[np.uint8],
    theme: Theme,
    extent: tuple[float, float, float, float] | None = None,
) -> None:
    """Show an image, in ``extent`` (left, right, bottom, top) of the axes where that is given."""
    colors = LinearSegmentedColormap.from_list("ink", [theme.paper, theme.ink])
    axes.imshow(image, cmap=colors, vmin=0, vmax=255, interpolation="bicubic", extent=extent)
    _bare(axes)


def _bare(axes: Axes) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_frame_on(False)


def _draw_curves(axes: Axes, title: str, curves: Mapping[str, NDArray[np.float64]], theme: Theme) -> None:
    for (name, values), color in zip(curves.items(), (theme.first, theme.second), strict=True):
        if np.isnan(values).all():
            continue
        epochs = np.arange(1, len(values) + 1)
        axes.plot(
            epochs, values, color=color, linewidth=2, marker="o", markersize=4, label=name, clip_on=False
        )
    axes.set_ylim(bottom=0)
    axes.set_facecolor(theme.paper)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(theme.muted)
    axes.grid(axis="y", color=theme.faint, linewidth=0.8)
    axes.tick_params(length=0, labelcolor=theme.muted, labelsize=9.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10, min_n_ticks=1))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    axes.set_title(title, loc="left", color=theme.ink, fontsize=12, weight="bold", pad=10)
    axes.set_xlabel("Epoch", color=theme.muted, fontsize=10)
    if axes.lines:
        axes.legend(frameon=False, labelcolor=theme.ink, fontsize=10, loc="upper right")


def _readable_on(background: Any, theme: Theme) -> str:
    """Return the theme's paper or ink, whichever has the higher contrast as WCAG 2 measures it."""

    def luminance(color: Any) -> float:
        linear = ((np.array(to_rgb(color)) + 0.055) / 1.055) ** 2.4
        return float(linear @ (0.2126, 0.7152, 0.0722)) + 0.05

    def contrast(color: str) -> float:
        ratio = luminance(color) / luminance(background)
        return max(ratio, 1 / ratio)

    return max(theme.paper, theme.ink, key=contrast)


def _series(history: Sequence[Mapping[str, float]], key: str) -> NDArray[np.float64]:
    return np.array([row.get(key, np.nan) for row in history], np.float64)


def _error_series(history: Sequence[Mapping[str, float]], key: str) -> NDArray[np.float64]:
    return 100 * (1 - _series(history, key))


def _write_below(
    axes: Axes, middle: float, top: float, text: str, color: str, size: float, weight: str
) -> None:
    axes.text(middle, top, text, color=color, fontsize=size, weight=weight, ha="center", va="top")


def _percent(probability: float) -> str:
    # Rounded down, so that nothing short of certain reads as 100%.
    return f"{np.floor(1000 * probability) / 10:.1f}%"
