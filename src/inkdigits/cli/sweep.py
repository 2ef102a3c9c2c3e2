"""``inkdigits sweep``: which numbers of a recipe train best?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkdigits.cli.app import app

if TYPE_CHECKING:
    from inkdigits.training.sweep import Trial

__all__ = ["sweep"]

_INTERRUPTED = 130


@app.command()
def sweep(
    model: Annotated[str, typer.Option(help="A recipe of inkdigits train, but for ensembles.")] = "cnn",
    data: Annotated[str, typer.Option(help="mnist, or the path of a data set.")] = "mnist",
    trials: Annotated[int, typer.Option(help="How many times to train.")] = 16,
    epochs: Annotated[
        list[int] | None, typer.Option(help="How many epochs; several times to choose from several.")
    ] = None,
    batch_size: Annotated[
        list[int] | None,
        typer.Option(
            help="Images a step; several times to choose from several.",
            show_default="a half to four times the recipe's",
        ),
    ] = None,
    learning_rates: Annotated[
        tuple[float, float] | None,
        typer.Option(help="The lowest and the highest.", show_default="the recipe's / 10 and x 10"),
    ] = None,
    validation: Annotated[
        int | None,
        typer.Option(
            help="How many of the last training images judge.", show_default="a tenth, at most 5000"
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the search, and of each training.")] = 1,
    cluster: Annotated[str, typer.Option(help="A Ray cluster's address, or local.")] = "local",
    output: Annotated[
        Path | None, typer.Option(help="A new folder.", show_default="runs/DATE-sweep-MODEL")
    ] = None,
) -> None:
    """Train a recipe many times with other numbers, and tell which matter.

    Learning rates, batch sizes and epochs are drawn at random; held-out training images judge, and the test images are
    never looked at. Prints the best numbers; the folder has trials.csv, sweep.json and sweep.png. A sweep that was
    stopped, by Ctrl-C or by anything else, goes on where it was when the same command is given again.

    \b
    Examples:
      inkdigits sweep --model cnn --trials 20 --epochs 1
      inkdigits sweep --model fast --learning-rates 0.003 0.05 --batch-size 128 --batch-size 192 --cluster auto
    """
    from inkdigits.training.sweep import sweep as search

    count = 0

    def tell(trial: Trial) -> None:
        nonlocal count
        count += 1
        typer.echo(f"{count}/{trials}: {_line(trial)}", err=True)

    try:
        done = search(
            model,
            data,
            trials=trials,
            epochs=epochs,
            learning_rates=learning_rates,
            batch_sizes=batch_size,
            validation=validation,
            seed=seed,
            cluster=cluster,
            output=output,
            tell=tell,
        )
    except KeyboardInterrupt as stop:
        typer.echo(str(stop) or "interrupted before a trial was done", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    typer.echo(f"best: {_line(done.trials[0])}")
    for name, value in done.importance().items():
        typer.echo(f"{name}: rank correlation with the error {value:+.2f}", err=True)
    typer.echo(f"see {done.folder / 'sweep.png'}, and trials.csv beside it", err=True)
    if any(trial.failure for trial in done.trials):
        raise typer.Exit(1)


def _line(trial: Trial) -> str:
    numbers = f"learning rate {trial.learning_rate:.3g}, batch size {trial.batch_size}, "
    numbers += "1 epoch" if trial.epochs == 1 else f"{trial.epochs} epochs"
    if trial.error_percent is None or trial.seconds is None:
        return f"{numbers}: {trial.failure or 'failed'}"
    return f"{numbers}: {trial.error_percent:.2f}% in {trial.seconds:.0f} s"
