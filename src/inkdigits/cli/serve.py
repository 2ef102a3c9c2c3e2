"""`inkdigits serve`: the page, and the HTTP API."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import Annotated, Any, get_type_hints

import typer

from inkdigits.cli.app import app
from inkdigits.errors import MissingExtraError
from inkdigits.web.settings import Settings, environment_variable, flag

__all__ = ["serve"]


def serve(**given: Any) -> None:
    """Serve a page to draw, read, review and make templates, and an HTTP API under /v1.

    It listens to this machine alone unless told otherwise. Every flag can be given as an environment variable, too.
    Ctrl-C or SIGTERM stops it once it has finished what it took. Exit code 0: it was stopped; 2: bad usage.

    \b
    Examples:
      inkdigits serve
      inkdigits serve --port 9000 --corrections corrections
      inkdigits serve --host 0.0.0.0 --api-key-file keys.txt
    """
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items()
    }
    settings = Settings(**values)
    try:
        from inkdigits.web import server
    except ModuleNotFoundError as error:
        raise MissingExtraError("serve", error.name or "fastapi") from error
    server.serve(settings)


def _parameters() -> list[inspect.Parameter]:
    """Return an option of the command for each setting."""
    hints = get_type_hints(Settings)
    parameters = []
    for setting in fields(Settings):
        option = typer.Option(
            flag(setting.name), envvar=environment_variable(setting.name), help=setting.metadata["help"]
        )
        kind = list[str] if setting.default == () else hints[setting.name]
        default = [] if setting.default == () else setting.default
        parameters.append(
            inspect.Parameter(
                setting.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=default,
                annotation=Annotated[kind, option],
            )
        )
    return parameters


# Typer asks a function for its signature: each setting is declared once, in Settings.
serve.__signature__ = inspect.Signature(_parameters())  # type: ignore[attr-defined]
serve.__annotations__ = {parameter.name: parameter.annotation for parameter in _parameters()}
app.command()(serve)
