"""``inkdigits evaluate``: how good a model is on a data set."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkdigits.cli.app import app
from inkdigits.cli.evaluate_robustness import evaluate_robustness
from inkdigits.errors import DataError, OutputError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from inkdigits.datasets import DataSet, Split
    from inkdigits.evaluation import Evaluation

__all__ = ["SplitName", "evaluate"]


class SplitName(StrEnum):
    """The splits of a data set, the one to score by default first."""

    TEST = "test"
    VALIDATION = "validation"
    TRAIN = "train"


@app.command()
def evaluate(
    model: Annotated[
        str, typer.Argument(help="A run folder, a .onnx or .keras file, or a shipped model's name.")
    ],
    data: Annotated[str, typer.Option(help="mnist, or the path of a data set.")] = "mnist",
    split: Annotated[
        SplitName | None, typer.Option(help="What to score: test where there is one, else what there is.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    submission: Annotated[
        Path | None, typer.Option(help="A new file for the answers, ImageId,Label as Kaggle takes them.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="A new folder for figures and report.html.")] = None,
    robustness: Annotated[
        bool, typer.Option("--robustness", help="Score corrupted images and what is no digit instead.")
    ] = False,
    beside: Annotated[
        str | None,
        typer.Option(
            help="With --robustness: a model to compare with, or none.",
            show_default="the tutorial's CNN, trained now",
        ),
    ] = None,
    fonts: Annotated[
        Path | None,
        typer.Option(
            help="With --robustness: fetched fonts, for letters.", show_default=".fonts, if it is there"
        ),
    ] = None,
) -> None:
    """Say how good a model is: its error, precision and recall of each class, and calibration.

    Where the data has no labels (Kaggle's test.csv) the answers go to submission.csv beside it.

    \b
    Examples:
      inkdigits evaluate digit
      inkdigits evaluate runs/cnn --data train.csv --output figures
      inkdigits evaluate runs/cnn --data test.csv --submission answers.csv
      inkdigits evaluate runs/fast --robustness --beside runs/cnn --output robustness
    """
    from inkdigits.datasets import load_data
    from inkdigits.evaluation import align_labels, evaluate_probabilities, open_model

    _refuse_existing(submission, output)
    data_set = load_data(data)
    split_name, chosen = _choose_split(data_set, split)
    if robustness:
        if submission is not None:
            raise UsageError("--robustness writes no submission; leave one of them out")
        _import_keras_for(model, beside)
        evaluate_robustness(
            open_model(model),
            data_set,
            split_name,
            chosen,
            beside=beside,
            fonts=fonts,
            as_json=as_json,
            output=output,
        )
        return
    if beside is not None or fonts is not None:
        raise UsageError("--beside and --fonts go with --robustness; add it, or leave them out")
    if chosen.labels is None:
        if output is not None:
            raise UsageError(f"{data} has no labels, without which --output cannot tell right from wrong")
        submission = submission or Path(data).parent / "submission.csv"
        _refuse_existing(submission)
    _import_keras_for(model)
    opened = open_model(model)
    probabilities = opened.predict(chosen.images)
    class_names = opened.labels or _class_names(data_set, probabilities.shape[1])
    if chosen.labels is not None:
        labels = align_labels(chosen.labels, data_set.class_names, opened.labels)
        evaluation = evaluate_probabilities(probabilities, labels, chosen.images)
        about = {"model": opened.name, "data": data_set.name, "split": split_name}
        if output is not None:
            _write_figures(output, about, chosen.images, labels, probabilities, class_names)
        if as_json:
            typer.echo(json.dumps({**evaluation.to_dict(), "class_names": class_names, **about}))
        else:
            _print_evaluation(evaluation, class_names, about)
    if submission is not None:
        _write_submission(submission, probabilities, class_names)


def _import_keras_for(*models: str | None) -> None:
    """Import Keras where a .keras file asks for it: quietly, where a plain import of its backend fills the screen."""
    if any(model and Path(model).suffix == ".keras" and Path(model).is_file() for model in models):
        from inkdigits.training.framework import import_keras

        import_keras()


def _refuse_existing(*paths: Path | None) -> None:
    for path in paths:
        if path is not None and path.exists():
            raise OutputError(f"{path} exists; give another name, or remove it first")


def _choose_split(data_set: DataSet, wanted: SplitName | None) -> tuple[str, Split]:
    splits = {name.value: getattr(data_set, name) for name in SplitName}
    there = {name: split for name, split in splits.items() if split is not None}
    name = wanted.value if wanted else next(iter(there), "test")
    if name not in there:
        raise DataError(f"{data_set.name} has no {name} split; it has {', '.join(there) or 'none'}")
    return name, there[name]


def _class_names(data_set: DataSet, count: int) -> tuple[str, ...]:
    if len(data_set.class_names) == count:
        return data_set.class_names
    return tuple(str(index) for index in range(count))


def _write_submission(path: Path, probabilities: NDArray[np.float32], class_names: Sequence[str]) -> None:
    import numpy as np

    from inkdigits.datasets import write_submission

    columns = [column for column, name in enumerate(class_names) if name.isascii() and name.isdecimal()]
    # The label "" stands for ink that is no digit; each row of a submission wants one all the same.
    foreign = [name for column, name in enumerate(class_names) if name and column not in columns]
    if foreign:
        raise UsageError(f"a submission holds digits; the model also knows {foreign[0]!r}")
    digits = np.array([int(class_names[column]) for column in columns])
    write_submission(path, digits[probabilities[:, columns].argmax(axis=1)])
    typer.echo(f"{len(probabilities):,} answers are in {path}", err=True)


def _write_figures(
    folder: Path,
    about: dict[str, str],
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    probabilities: NDArray[np.float32],
    class_names: Sequence[str],
) -> None:
    from inkdigits.evaluation.report import write_run_figures
    from inkdigits.training.run_folder import open_run_folder

    with open_run_folder(folder, folder) as place:
        write_run_figures(
            place.draft,
            title=f"{about['model']} on {about['data']}, {about['split']} split",
            history=[],
            images=images,
            labels=labels,
            probabilities=probabilities,
            class_names=class_names,
            metrics=about,
        )
        place.publish()
    typer.echo(f"figures are in {folder}; open {folder / 'report.html'}", err=True)


def _print_evaluation(evaluation: Evaluation, class_names: Sequence[str], about: dict[str, str]) -> None:
    typer.echo(
        f"Error: {evaluation.error_percent:.2f}% ({evaluation.errors:,} of {evaluation.n:,} wrong;"
        f" {about['model']} on {about['data']}, {about['split']} split)"
    )
    _print_classes(evaluation, class_names)
    typer.echo(f"Expected calibration error: {evaluation.calibration_error_percent:.2f}% (15 bins)")
    if evaluation.corrected_error_percent is not None:
        typer.echo(
            f"Corrected error: {evaluation.corrected_error_percent:.2f}%"
            " (annotators' votes put 10 labels right and leave 5 images out)"
        )


def _print_classes(evaluation: Evaluation, class_names: Sequence[str]) -> None:
    header = ("class", "images", "precision", "recall")
    given = evaluation.confusion.sum(axis=1)
    # No data set has images of the label "", which models give to ink that is no digit.
    rows = [
        (name, f"{count:,}", _percent(precision), _percent(recall))
        for name, count, precision, recall in zip(
            class_names, given, evaluation.precision, evaluation.recall, strict=True
        )
        if name
    ]
    if sys.stdout.isatty():
        from rich import box
        from rich.console import Console
        from rich.table import Table

        table = Table(*header, box=box.SIMPLE_HEAD)
        for column in table.columns[1:]:
            column.justify = "right"
        for row in rows:
            table.add_row(*row)
        Console().print(table)
        return
    width = max(len(row[0]) for row in (header, *rows))
    for name, count, precision, recall in (header, *rows):
        typer.echo(f"{name:<{width}}  {count:>7}  {precision:>9}  {recall:>7}")


def _percent(share: float) -> str:
    return "-" if share != share else f"{100 * share:.2f}%"
