"""``inkdigits analyze``: a data set in, a report on what is in it out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkdigits.cli.app import app

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["StageBar", "StageLines", "analyze"]

_MOST_NOTES = 20


@app.command()
def analyze(
    data: Annotated[str, typer.Argument(help="mnist, or the path of a data set, as for train.")],
    output: Annotated[Path, typer.Option(help="A new folder for report.html, analysis.json and card.md.")],
    against: Annotated[
        str | None, typer.Option(help="What DATA is held against, such as mnist: how DATA drifts from it.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of folds, networks and samples.")] = 0,
) -> None:
    """Say what is in a data set: duplicates, outliers, labels that look wrong, drift; a page to look at.

    Pictures that cannot be read are left out, listed and counted; the exit code is then 1.

    \b
    Examples:
      inkdigits analyze mnist --output mnist-report
      inkdigits analyze my-photos --against mnist --output report
    """
    from inkdigits.analysis import analyze as analyze_data

    progress = StageBar() if sys.stderr.isatty() else StageLines()
    try:
        analysis = analyze_data(data, against=against, output=output, seed=seed, progress=progress)
    finally:
        progress.close()
    for note in analysis.notes[:_MOST_NOTES]:
        typer.echo(f"- {note}")
    if len(analysis.notes) > _MOST_NOTES:
        typer.echo(f"- and {len(analysis.notes) - _MOST_NOTES} more in the report")
    typer.echo(f"open {output / 'report.html'}", err=True)
    if analysis.log.unreadable:
        raise typer.Exit(1)


class StageBar:
    """A bar for a terminal: one line a stage, with the time it takes."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def stage(self, title: str, total: int) -> None:
        """Finish the line before, and begin one."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        if self._bar is None:
            columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
            self._bar = Progress(*columns, console=Console(stderr=True))
            self._bar.start()
        self._finish()
        self._task = self._bar.add_task(title, total=total)

    def advance(self, count: int) -> None:
        """Move the bar."""
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task, count)

    def close(self) -> None:
        """Finish the last line, and leave all of them."""
        if self._bar is not None:
            self._finish()
            self._bar.stop()

    def _finish(self) -> None:
        if self._bar is not None and self._task is not None:
            total = self._bar.tasks[self._task].total
            self._bar.update(self._task, completed=total)
            self._bar.stop_task(self._task)


class StageLines:
    """A plain line a stage, for logs and pipes."""

    def stage(self, title: str, total: int) -> None:
        """Write the stage's line."""
        typer.echo(title if total < 2 else f"{title} ({total:,})", err=True)

    def advance(self, count: int) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Do nothing."""
