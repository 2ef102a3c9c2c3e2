"""The command line: one file a command, each thin.

Results go to stdout and messages to stderr. Exit code 0 is done, 1 is some inputs failed, 2 is bad usage or bad
input. Commands import what they need inside their function, so that `inkdigits read` never pays for Keras.
"""

import os
import sys

from inkdigits.cli.app import app, complain
from inkdigits.errors import InkdigitsError

__all__ = ["app", "evaluate", "export", "main", "read", "train"]


def main() -> None:
    """Run the command line; end the process with its exit code."""
    try:
        app()
    except InkdigitsError as error:
        complain(error)
        raise SystemExit(2) from error
    except KeyboardInterrupt:
        print("inkdigits: interrupted", file=sys.stderr)  # noqa: T201
        raise SystemExit(130) from None
    except BrokenPipeError:
        # The reader of our stdout has gone (`| head`); keep Python from complaining again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


# Importing a command registers it on the app; their order here is their order in the help.
from inkdigits.cli import evaluate, export, read, train  # noqa: E402
