"""Write docs/cli.md from the command line itself.

python tools/make_cli_reference.py docs/cli.md            # write it
python tools/make_cli_reference.py --check docs/cli.md    # exit code 1 where it is stale
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import typer.main

from inkdigits.cli import app

HEAD = """# Command line

Results go to stdout and messages to stderr. Exit code 0 is done, 1 is some inputs failed, 2 is bad usage or
bad input. For `read`, `-` stands for stdin. `make docs` makes this page from the commands' own help.
"""

# What the help looks like must not depend on the terminal or the service that asks for it.
COLOR_SWITCHES = {"FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS"}
ENVIRONMENT = {"COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}


def main() -> None:
    """Write or check the page."""
    parser = argparse.ArgumentParser(description="Write docs/cli.md from the command line itself.")
    parser.add_argument("page", type=Path)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where the page is stale")
    arguments = parser.parse_args()
    text = cli_reference()
    if not arguments.check:
        arguments.page.write_text(text, encoding="utf-8")
    elif not arguments.page.is_file() or arguments.page.read_text(encoding="utf-8") != text:
        sys.exit(f"{arguments.page} is stale; make docs writes it again")


def cli_reference() -> str:
    """Return the page as Markdown: the program's help, then one section a command."""
    sections = [HEAD, as_code(help_of())]
    for command in typer.main.get_group(app).commands:
        sections += [f"## inkdigits {command}\n", as_code(help_of(command))]
    return "\n".join(sections)


def help_of(*command: str) -> str:
    """Return what ``inkdigits COMMAND --help`` prints."""
    environment = {
        name: value for name, value in os.environ.items() if name not in COLOR_SWITCHES
    } | ENVIRONMENT
    program = "from inkdigits.cli import app; app(prog_name='inkdigits')"
    return subprocess.run(
        [sys.executable, "-c", program, *command, "--help"],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout


def as_code(text: str) -> str:
    """Return a text as a Markdown code block, without blank lines around it or spaces at line ends."""
    lines = [line.rstrip() for line in text.strip("\n").splitlines()]
    return "\n".join(["```text", *lines, "```", ""])


if __name__ == "__main__":
    main()
