"""Bring the fonts: `python -m inkdigits.synthesis fonts FOLDER`."""

from pathlib import Path
from typing import Annotated

import typer

from inkdigits.errors import InkdigitsError
from inkdigits.synthesis.fonts import fetch_fonts

app = typer.Typer(
    help="Bring what synthetic writing is made from.", no_args_is_help=True, add_completion=False
)


@app.callback()
def _commands() -> None:
    """Name the command even where there is but one."""


@app.command()
def fonts(folder: Annotated[Path, typer.Argument(help="Where the fonts go.")] = Path(".fonts")) -> None:
    """Fetch the fonts that fonts.tsv lists, each with its license, with npm and apt-get."""
    typer.echo(f"{len(fetch_fonts(folder))} font files in {folder}")


if __name__ == "__main__":
    try:
        app()
    except InkdigitsError as error:
        typer.echo(f"inkdigits.synthesis: {error}", err=True)
        raise SystemExit(2) from error
