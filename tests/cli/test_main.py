"""The command line as a whole: exit codes, what goes where, and how each kind of trouble ends."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from inkdigits import __version__, cli
from inkdigits.errors import DataError

COMMANDS = sorted(typer.main.get_group(cli.app).commands)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "inkdigits", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_commands_of_the_contract_are_there() -> None:
    assert {"train", "evaluate", "export", "read"} <= set(COMMANDS)


def test_help_names_every_command() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert [command for command in COMMANDS if command not in done.stdout] == []
    assert done.stderr == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    done = run(command, "-h")
    assert done.returncode == 0
    assert f"inkdigits {command}" in done.stdout
    assert done.stderr == ""


def test_version_is_one_line() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"inkdigits {__version__}\n", "")


@pytest.mark.parametrize("arguments", [("fly",), ("train", "--speed", "9"), ("--speed",)], ids=" ".join)
def test_bad_usage_is_exit_code_2_on_stderr(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "No such" in done.stderr


def test_our_error_is_one_line_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends_with(DataError("digits.csv is empty; expected a CSV"), monkeypatch) == 2
    assert capsys.readouterr() == ("", "inkdigits: digits.csv is empty; expected a CSV\n")


def test_ctrl_c_is_exit_code_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert ends_with(KeyboardInterrupt(), monkeypatch) == 130
    assert capsys.readouterr() == ("", "inkdigits: interrupted\n")


def test_a_bug_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZeroDivisionError):
        ends_with(ZeroDivisionError(), monkeypatch)


def test_a_complaint_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert ends_with(DataError("two\n  lines.csv is empty"), monkeypatch) == 2
    assert capsys.readouterr().err == "inkdigits: two lines.csv is empty\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("lines", [1, 9999], ids=["fails when flushed", "fails when written"])
def test_a_full_disk_under_stdout_is_one_line_and_exit_code_2(lines: int) -> None:
    code = f"from inkdigits import cli; cli.app = lambda: print('line\\n' * {lines}); cli.main()"
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", code],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.stderr == "inkdigits: stdout cannot be written: the disk is full\n"
    assert done.returncode == 2


@pytest.mark.skipif(not Path("/bin/sh").exists(), reason="needs a shell that can close stdout")
def test_a_closed_stdout_is_one_line_and_exit_code_2() -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$0" -m inkdigits --version >&-', sys.executable],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == "inkdigits: stdout is closed; send it to a file or to /dev/null\n"
    assert done.returncode == 2


def test_another_trouble_with_a_file_names_it(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    code = f"from inkdigits import cli; cli.app = lambda: open({str(missing)!r}); cli.main()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (2, f"inkdigits: {missing}: No such file or directory\n")


def ends_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> object:
    """The exit code where the app raises ``error``."""

    def raise_error() -> None:
        raise error

    monkeypatch.setattr(cli, "app", raise_error)
    with pytest.raises(SystemExit) as exit_:
        cli.main()
    return exit_.value.code


def test_a_reader_of_stdout_that_goes_away_is_quiet() -> None:
    code = (
        "from inkdigits import cli; cli.app = lambda: [print('line ' * 99) for _ in range(9999)]; cli.main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 1
