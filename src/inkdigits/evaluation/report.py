"""The figures of a run as files, and report.html, one page that shows them beside the numbers.

The page holds its figures inside itself, each once for light and once for dark screens, and loads nothing
from anywhere; its content security policy says so to the browser as well. Needs matplotlib (the training
extra).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import OutputError
from inkdigits.evaluation import figures
from inkdigits.evaluation.figures import DARK, LIGHT, Theme
from inkdigits.evaluation.measure import Evaluation, evaluate_probabilities
from inkdigits.evaluation.report_page import make_page, make_section, make_table, make_tiles

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["write_run_figures"]

LONGEST_VALUE = 300
# What the page calls the label "", which a model gives to ink that is no digit, or none of its symbols.
NO_DIGIT, NONE_OF_THESE = "no digit", "none of these"
CURVES_NOTE = (
    "Training and validation, epoch by epoch. Where validation no longer falls while training does, the model"
    " is learning its images by heart."
)
TRAINING_CURVES_NOTE = (
    "Training, epoch by epoch. No images were held out for validation, so these curves cannot tell whether the"
    " model is learning its images by heart."
)
FOLDS_CURVES_NOTE = (
    "Training of the last model, on all samples. The error above is of models that were held against samples that"
    " they had not seen."
)
MISTAKES_NOTE = (
    "The given label, what the model read instead, how sure it was, and the image's number, from 0."
)
NAMED_MISTAKES_NOTE = (
    "The given label, what the model read instead, how sure it was, and the image's name, the end of it."
)
CONFUSION_NOTE = (
    "A row for each given label, a column for each answer; everything off the diagonal is a mistake."
    " The color follows the count's logarithm."
)
SAMPLES_NOTE = "The first images of each class that the model was scored on."
CORRECTED_NOTE = (
    "Corrected error: with the ten labels of MNIST's test set that most annotators reject put right, and the"
    " five images on which they agree on no label left out (Northcutt et al. 2021, arXiv:2103.14749)."
)


class Picture(NamedTuple):
    """A figure in both themes, as PNG, and the words around it."""

    name: str
    heading: str
    note: str
    light: bytes
    dark: bytes


def write_run_figures(
    folder: Path,
    *,
    title: str,
    history: Sequence[Mapping[str, float]],
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    probabilities: NDArray[np.floating],
    class_names: Sequence[str],
    metrics: Mapping[str, Any],
    names: Sequence[str] = (),
    cross_validated: bool = False,
) -> list[Path]:
    """Write samples.png, learning_curves.png, confusion.png, mistakes.png and report.html into a folder.

    folder: exists; files of these names in it are replaced. The caller makes it appear whole.
    title: the page's heading.
    history: one mapping an epoch (see ``learning_curves_figure``); where it is empty that figure is left out.
    images, labels, probabilities: what the model was scored on, uint8 (N, 28, 28), integers (N,), floats (N,
        C).
    class_names: C texts; "" is shown as "no digit", or "none of these" where others are no digits.
    metrics: whatever else is known of the run, shown as a table; mappings inside are unfolded.
    names: of the images; without, they are counted. cross_validated: whether the probabilities are of models that had
        not seen the images, and the history is of one that learned from all of them.

    Returns the files written, in order. Raises DataError and ModelError as ``evaluate_probabilities`` does,
    and OutputError where the folder cannot be written.
    """
    evaluation = evaluate_probabilities(probabilities, labels, images)
    nothing = NO_DIGIT if all(name.isdigit() for name in class_names if name) else NONE_OF_THESE
    class_names = [name or nothing for name in class_names]
    pictures = _pictures(
        history,
        images,
        labels,
        probabilities,
        class_names,
        evaluation,
        names,
        cross_validated=cross_validated,
    )
    page = _page(title, pictures, evaluation, class_names, metrics)
    contents = {f"{picture.name}.png": picture.light for picture in pictures} | {"report.html": page.encode()}
    try:
        for name, content in contents.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror or error}") from error
    return [folder / name for name in contents]


def _pictures(
    history: Sequence[Mapping[str, float]],
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    probabilities: NDArray[np.floating],
    class_names: Sequence[str],
    evaluation: Evaluation,
    names: Sequence[str],
    *,
    cross_validated: bool,
) -> list[Picture]:
    def curves(theme: Theme) -> Figure:
        return figures.learning_curves_figure(history, theme)

    def mistakes(theme: Theme) -> Figure:
        return figures.mistakes_figure(images, labels, probabilities, class_names, theme, names)

    def confusion(theme: Theme) -> Figure:
        return figures.confusion_figure(evaluation.confusion, class_names, theme)

    def samples(theme: Theme) -> Figure:
        return figures.samples_figure(images, labels, class_names, theme)

    drawn = [
        _picture(
            "mistakes", "Most confident mistakes", NAMED_MISTAKES_NOTE if names else MISTAKES_NOTE, mistakes
        ),
        _picture("confusion", "Confusion matrix", CONFUSION_NOTE, confusion),
        _picture("samples", "Samples", SAMPLES_NOTE, samples),
    ]
    if history:
        validated = any("val_loss" in epoch for epoch in history)
        unvalidated = FOLDS_CURVES_NOTE if cross_validated else TRAINING_CURVES_NOTE
        note = CURVES_NOTE if validated else unvalidated
        drawn.insert(0, _picture("learning_curves", "Learning curves", note, curves))
    return drawn


def _picture(name: str, heading: str, note: str, draw: Callable[[Theme], Figure]) -> Picture:
    return Picture(name, heading, note, figures.figure_png(draw(LIGHT)), figures.figure_png(draw(DARK)))


def _page(
    title: str,
    pictures: list[Picture],
    evaluation: Evaluation,
    class_names: Sequence[str],
    metrics: Mapping[str, Any],
) -> str:
    sections = [_picture_section(picture) for picture in pictures]
    sections.insert(-1, _class_section(evaluation, class_names))
    if metrics:
        sections.append(_metrics_section(metrics))
    note = "" if evaluation.corrected_error_percent is None else escape(CORRECTED_NOTE)
    header = f"""<p class="headline">{evaluation.error_percent:.2f}% \
<small>error: {evaluation.errors:,} wrong of {evaluation.n:,}</small></p>
{make_tiles(_tiles(evaluation, metrics))}
<p class="note small">{note}</p>"""
    return make_page(title, header, sections)


def _tiles(evaluation: Evaluation, metrics: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if evaluation.corrected_error_percent is not None:
        yield "Corrected error", f"{evaluation.corrected_error_percent:.2f}%"
    yield "Calibration error", f"{evaluation.calibration_error_percent:.2f}%"
    yield "Mean confidence", f"{100 * evaluation.mean_confidence:.2f}%"
    yield "Log loss", f"{evaluation.negative_log_likelihood:.4f}"
    if "parameters" in metrics:
        yield "Parameters", _text(metrics["parameters"])
    if "train_seconds" in metrics:
        yield "Training time", f"{_text(metrics['train_seconds'])} s"


def _picture_section(picture: Picture) -> str:
    narrow = ' class="narrow"' if picture.name == "confusion" else ""
    figure = f"""<figure{narrow}><picture>
<source media="(prefers-color-scheme: dark)" srcset="{_data_uri(picture.dark)}">
<img alt="{escape(picture.heading)}" src="{_data_uri(picture.light)}">
</picture></figure>"""
    return make_section(picture.heading, picture.note, figure)


def _class_section(evaluation: Evaluation, class_names: Sequence[str]) -> str:
    rows = [
        '<tr><th>Class</th><th class="number">Images</th><th class="number">Precision</th>'
        '<th class="number">Recall</th><th>Most often misread as</th></tr>'
    ]
    for index, name in enumerate(class_names):
        given = evaluation.confusion[index].copy()
        total = int(given.sum())
        if name in (NO_DIGIT, NONE_OF_THESE) and not total:
            continue
        given[index] = 0
        rival = int(given.argmax())
        misread = f"{class_names[rival]} ({given[rival]:,})" if given[rival] else ""
        rows.append(
            f'<tr><td>{escape(name)}</td><td class="number">{total:,}</td>'
            f'<td class="number">{_share(evaluation.precision[index])}</td>'
            f'<td class="number">{_share(evaluation.recall[index])}</td><td>{escape(misread)}</td></tr>'
        )
    return make_section(
        "Class by class",
        "Precision: of the answers that named this class, how many were right."
        " Recall: of its images, how many were found.",
        make_table(rows),
    )


def _metrics_section(metrics: Mapping[str, Any]) -> str:
    rows = [
        f'<tr><th class="key">{escape(name)}</th><td>{escape(_text(value))}</td></tr>'
        for name, value in _flat(metrics)
    ]
    return make_section(
        "Details", "What the run recorded, to repeat it and to compare with others.", make_table(rows)
    )


def _flat(metrics: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in metrics.items():
        name = f"{prefix}{str(key).replace('_', ' ')}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}: ")
        else:
            yield name, value


def _text(value: Any) -> str:
    if isinstance(value, str):
        text = str(value)
    elif value is None:
        text = "none"
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, int | np.integer):
        text = f"{value:,}"
    elif isinstance(value, float | np.floating):
        number = float(value)
        text = f"{number:,.1f}" if abs(number) >= 100 else f"{number:.4g}"
    elif isinstance(value, Sequence):
        text = ", ".join(map(_text, value))
    else:
        text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "\N{HORIZONTAL ELLIPSIS}"


def _share(value: float) -> str:
    return "" if np.isnan(value) else f"{100 * value:.2f}%"


def _data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()
