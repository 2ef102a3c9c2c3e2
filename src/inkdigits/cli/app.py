"""The Typer app that the commands register on, and what they share: complaints and progress on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, TypeVar

import typer

from inkdigits._version import __version__

__all__ = ["app", "complain", "track"]

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
    if len(items) < _LONG_WORK or not sys.stderr.isatty():
        return items
    from rich.console import Console
    from rich.progress import track as track_with_rich

    return track_with_rich(items, description, console=Console(stderr=True))
