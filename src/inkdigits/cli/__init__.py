"""The command line: one file a command, each thin.

Results go to stdout and messages to stderr. Exit code 0 is done, 1 is some inputs failed, 2 is bad usage or bad
input. Commands import what they need inside their function, so that `inkdigits read` never pays for Keras.
"""

import os
import sys
from pathlib import Path

from inkdigits.cli.app import app, complain
from inkdigits.errors import InkdigitsError, OutputError
from inkdigits.files import explain_write_error
from inkdigits.machine import LEAN_KERAS

__all__ = [
    "analyze",
    "app",
    "batch",
    "evaluate",
    "export",
    "finetune",
    "main",
    "read",
    "serve",
    "sweep",
    "template",
    "train",
    "verify",
]


def main() -> None:
    """Run the command line; end the process with its exit code."""
    os.environ.setdefault(LEAN_KERAS, "1")
    try:
        _run()
    except InkdigitsError as error:
        complain(error)
        raise SystemExit(2) from error
    except KeyboardInterrupt:
        print("inkdigits: interrupted", file=sys.stderr)  # noqa: T201
        raise SystemExit(130) from None
    except BrokenPipeError:
        # The reader of our stdout has gone (`| head`); keep Python from complaining again when it flushes at exit.
        _drop_stdout()
        raise SystemExit(1) from None
    except OSError as error:
        _drop_stdout()
        complain(OutputError(_explain(error)))
        raise SystemExit(2) from error


def _run() -> None:
    if sys.stdout is None:  # how Python starts where the shell said `>&-`
        raise OutputError("stdout is closed; send it to a file or to /dev/null")
    try:
        app()
    finally:
        # Where this fails at exit instead, Python answers with a traceback.
        sys.stdout.flush()


def _drop_stdout() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _explain(error: OSError) -> str:
    if error.filename is None:  # what is neither opened nor named is stdout
        return explain_write_error(Path("stdout"), error)
    return f"{error.filename}: {error.strerror}"


# Importing a command registers it on the app; their order here is their order in the help.
from inkdigits.cli import (  # noqa: E402
    analyze,
    batch,
    evaluate,
    export,
    finetune,
    read,
    serve,
    sweep,
    template,
    train,
    verify,
)
