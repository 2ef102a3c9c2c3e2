"""Robustness as files: robustness.json, one figure, and a page of the model card."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from inkdigits.errors import MissingExtraError, OutputError
from inkdigits.evaluation.corruptions import CORRUPTIONS
from inkdigits.evaluation.figures import LIGHT, Theme, figure_png
from inkdigits.evaluation.robustness import Robustness
from inkdigits.files import explain_write_error

try:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
except ModuleNotFoundError as error:
    raise MissingExtraError("train", "matplotlib") from error

__all__ = ["robustness_figure", "robustness_markdown", "robustness_rows", "write_robustness"]

_COVERAGES = (0.99, 0.95, 0.9, 0.8)


def write_robustness(folder: Path, results: Sequence[Robustness], about: Mapping[str, str]) -> list[Path]:
    """Write robustness.json, robustness.png and robustness.md into a folder that exists; return them.

    results: the model's, and after it, if any, that of the one it is held against. about: what is known of the data.
    Raise OutputError where the folder cannot be written.
    """
    document = {**about, "models": [result.to_dict() for result in results]}
    contents = {
        "robustness.json": (json.dumps(document, indent=1, allow_nan=False) + "\n").encode(),
        "robustness.png": figure_png(robustness_figure(results)),
        "robustness.md": robustness_markdown(results, about).encode(),
    }
    for name, content in contents.items():
        try:
            (folder / name).write_bytes(content)
        except OSError as error:
            raise OutputError(explain_write_error(folder / name, error)) from error
    return [folder / name for name in contents]


def robustness_rows(results: Sequence[Robustness]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the one table as texts: a title, a cell for each model, and of two models their ratio."""
    names = tuple(result.name for result in results)
    yield ("", *names, "ratio") if len(results) == 2 else ("", *names)
    yield _row("error, clean", [result.clean_error_percent for result in results], "%")
    for name in CORRUPTIONS:
        title = f"error, {name.replace('_', ' ')}"
        yield _row(title, [result.corrupted_error_percent[name] for result in results], "%")
    yield _row("mean corruption error", [result.mean_corruption_error_percent for result in results], "%")
    yield _row("calibration error, clean", [result.clean_calibration_percent for result in results], "%")
    yield _row(
        "calibration error, corrupted", [result.corrupted_calibration_percent for result in results], "%"
    )
    for kind in results[0].rejection:
        rows = [result.rejection[kind] for result in results]
        yield _row(f"AUROC, {kind}", [row.auroc for row in rows], "", ratio=False)
        yield _row(f"false alarms at 95%, {kind}", [100 * row.false_alarms for row in rows], "%")
    for coverage in _COVERAGES:
        values = [100 * result.curve.risk_at(coverage) for result in results]
        yield _row(f"error of the surest {coverage:.0%}", values, "%")
    yield _row("mean risk over coverage", [100 * result.curve.area for result in results], "%")


def robustness_markdown(results: Sequence[Robustness], about: Mapping[str, str]) -> str:
    """Return the page of the model card: the table, the figure, and what they mean."""
    header, *rows = robustness_rows(results)
    first = results[0]
    lines = [
        f"# Robustness of {first.name}",
        "",
        f"Measured on {first.n:,} images ({', '.join(f'{key}: {value}' for key, value in about.items())}), and on as"
        " many of each corruption. Lower is better, but for AUROC.",
        "",
        "| " + " | ".join(header) + " |",
        "|---|" + "---|" * (len(header) - 1),
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
        "![errors by corruption, and coverage against risk](robustness.png)",
        "",
        "Corruptions: the fifteen of MNIST-C (Mu and Gilmer 2019, arXiv:1906.02337) at its severity, drawn anew by"
        " inkdigits' own code; a class for what is no digit is no answer there. Calibration: the expected calibration"
        " error over 15 bins. What is no digit: noise, scribbles and, where fonts were given, letters of"
        " handwriting that no model trained on; AUROC is how well the confidence tells them from clean digits,"
        " and false alarms are the share of them that passes the threshold which 95% of the digits pass. Coverage"
        " and risk: clean and corrupted images together, the least confident answers turned away.",
    ]
    return "\n".join(lines) + "\n"


def robustness_figure(results: Sequence[Robustness], theme: Theme = LIGHT) -> Figure:
    """Draw the error under each corruption, a bar a model, and beside it the risk against the coverage."""
    figure = Figure(figsize=(10.4, 5.2), facecolor=theme.paper)
    colors = (theme.first, theme.second)
    bars = figure.add_axes((0.12, 0.1, 0.44, 0.78))
    names = ("clean", *CORRUPTIONS)
    height = 0.8 / len(results)
    for place, result in enumerate(results):
        values = [result.clean_error_percent, *(result.corrupted_error_percent[name] for name in CORRUPTIONS)]
        rows = np.arange(len(names)) + (place - (len(results) - 1) / 2) * height
        bars.barh(rows, values, height, color=colors[place % 2], label=result.name)
    bars.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    bars.invert_yaxis()
    _dress(bars, "Error, %", theme, "x")
    bars.legend(frameon=False, labelcolor=theme.ink, fontsize=10, loc="lower right")
    curves = figure.add_axes((0.64, 0.1, 0.33, 0.78))
    for place, result in enumerate(results):
        curves.plot(
            100 * result.curve.coverage,
            100 * result.curve.risk,
            color=colors[place % 2],
            linewidth=2,
            label=result.name,
        )
    curves.set_xlim(0, 100)
    curves.set_ylim(bottom=0)
    _dress(curves, "Error of the answers kept, %", theme, "y")
    curves.set_xlabel("Answers kept, the surest first, %", color=theme.muted, fontsize=10)
    return figure


def _row(title: str, values: Sequence[float], unit: str, *, ratio: bool = True) -> tuple[str, ...]:
    cells = tuple(f"{value:.2f}{unit}" if unit else f"{value:.4f}" for value in values)
    if len(values) != 2:
        return (title, *cells)
    return (title, *cells, f"{values[0] / values[1]:.2f}" if ratio and values[1] > 0 else "")


def _dress(axes: Axes, title: str, theme: Theme, grid: str) -> None:
    axes.set_facecolor(theme.paper)
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(axis="x" if grid == "x" else "y", color=theme.faint, linewidth=0.8)
    axes.tick_params(length=0, labelcolor=theme.muted, labelsize=9.5)
    axes.set_title(title, loc="left", color=theme.ink, fontsize=12, weight="bold", pad=10)
