"""The command line: one file a command, each thin.

Results go to stdout and messages to stderr. Exit code 0 is done, 1 is some inputs failed, 2 is bad usage or bad
input. Commands import what they need inside their function, so that `inkdigits read` never pays for Keras.
"""

import os
import sys

import typer

from inkdigits.errors import InkdigitsError

__all__ = ["app", "main"]

app = typer.Typer(
    name="inkdigits",
    help="Read handwritten digits, and train digit recognizers on MNIST in seconds on a CPU.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line; end the process with its exit code."""
    try:
        app()
    except InkdigitsError as error:
        print(f"inkdigits: {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from error
    except KeyboardInterrupt:
        print("inkdigits: interrupted", file=sys.stderr)  # noqa: T201
        raise SystemExit(130) from None
    except BrokenPipeError:
        # The reader of our stdout has gone (`| head`); keep Python from complaining again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
