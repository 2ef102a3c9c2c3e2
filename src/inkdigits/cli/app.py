"""The Typer app that the commands register on, and what they share: complaints and progress on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, TypeVar

import typer

from inkdigits._version import __version__

__all__ = ["app", "complain", "track", "track_counted"]

Item = TypeVar("Item")

_LONG_WORK = 4

app = typer.Typer(
    name="inkdigits",
    help="Read handwritten digits, and train digit recognizers on MNIST in seconds on a CPU.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"inkdigits {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def complain(error: Exception) -> None:
    """Say on stderr, in one line, what is wrong; a file's name may hold line breaks, and so may its error."""
    message = " ".join(line.strip() for line in str(error).splitlines())
    print(f"inkdigits: {message}", file=sys.stderr)  # noqa: T201


def track(items: Sequence[Item], description: str) -> Iterable[Item]:
    """Go through ``items`` with a progress bar on stderr, where that is a terminal and the work is long."""
    return track_counted(items, description, items.__len__)


def track_counted(items: Iterable[Item], description: str, count: Callable[[], int]) -> Iterable[Item]:
    """Do what ``track`` does where only ``count`` tells how many ``items`` there will be; it is asked if need be."""
    if not sys.stderr.isatty() or (total := count()) < _LONG_WORK:
        yield from items
        return
    from rich.console import Console
    from rich.progress import Progress

    # The bar makes way for what is printed in the same terminal; what goes to a file or a pipe is not its business.
    with Progress(console=Console(stderr=True), redirect_stdout=sys.stdout.isatty()) as bar:
        yield from bar.track(items, total=total, description=description)
