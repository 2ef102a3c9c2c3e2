"""``inkdigits verify``: is this signature by the same signer as these?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from inkdigits.cli.app import app, complain
from inkdigits.cli.inputs import STDIN, stdin_bytes
from inkdigits.errors import InkdigitsError, UsageError

__all__ = ["verify"]

_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".pgm", ".heic")


@app.command()
def verify(
    queries: Annotated[
        list[str],
        typer.Argument(help="Pictures of one signature each, or - for stdin.", metavar="QUERY..."),
    ],
    references: Annotated[
        Path, typer.Option(help="A folder of 3 to 10 signatures of one signer.", show_default=False)
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, a list of one entry a query.")] = False,
) -> None:
    """Say with what probability a signature is by the same signer as some references.

    One line a query: file, probability, how alike it is to the references, and how alike these are among themselves.
    References that may not all be by one signer are warned of; a copy of a reference is refused.
    An aid for whoever compares signatures, not a proof: what it knows it learned from synthetic signatures.
    Exit code 0: all were compared; 1: some queries could not be read; 2: none could, or bad usage or references.

    \b
    Examples:
      inkdigits verify --references anna/ cheque.png
      inkdigits verify --references anna/ letters/*.jpg --json
    """
    from inkdigits.reading.signatures import SignatureVerifier

    known = _pictures(references)
    verifier = SignatureVerifier()
    # References that cannot be read end the command before any query is looked at.
    compared = verifier.references(known)
    if compared.warning:
        typer.echo(f"warning: {compared.warning}", err=True)
    found = []
    for query in queries:
        try:
            match = compared.compare(stdin_bytes() if query == STDIN else Path(query))
        except InkdigitsError as error:
            complain(error)
            continue
        found.append({"query": query, **match.to_dict()})
        if not as_json:
            typer.echo(
                f"{query}  {match.probability:.3f}  alike {match.similarity:.2f}, "
                f"the references {match.agreement:.2f}"
            )
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
    if len(found) < len(queries):
        raise typer.Exit(1 if found else 2)


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; expected one with 3 to 10 signatures of one signer")
    pictures = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    if not pictures:
        raise UsageError(f"{folder} holds no pictures; expected 3 to 10 signatures of one signer")
    return pictures
