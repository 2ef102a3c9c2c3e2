"""The rules of the house, each kept here; docs/architecture.md says why."""

import ast
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import typer.main

from inkdigits.cli import app

RunPython = Callable[..., tuple[str, str]]

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "inkdigits"
FILES = sorted(path.relative_to(SOURCE) for path in SOURCE.rglob("*.py"))
FRAMEWORKS = {"keras", "tensorflow", "jax", "torch"}
FRAMEWORK_FREE = {"reading", "export", "containers", "errors", "batch", "web"}
EVERYWHERE = {"errors", "files", "pictures", "_version"}
MAX_LINES = 450
MAX_EXAMPLE_LINES = 60


def room_of(file: Path) -> str:
    """The room that a file belongs to: "reading" for reading/ink.py, "errors" for errors.py."""
    return file.parts[0].removesuffix(".py")


@cache
def imports_of(file: Path) -> frozenset[str]:
    """The dotted names that a file imports anywhere, inside functions and type checks too, made absolute."""
    names = set()
    for node in ast.walk(ast.parse((SOURCE / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = ["inkdigits", *file.parts[:-1]]
            base = [] if node.level == 0 else package[: len(package) + 1 - node.level]
            module = ".".join([*base, *([node.module] if node.module else [])])
            names |= {f"{module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in {
            "import_module",
            "__import__",
        }:
            names |= {argument.value for argument in node.args[:1] if isinstance(argument, ast.Constant)}
    return frozenset(names)


def rooms_imported_by(file: Path) -> set[str]:
    """The rooms that a file reaches into; a name taken from the package itself counts as one."""
    reached = {name.split(".")[1] for name in imports_of(file) if name.startswith("inkdigits.")}
    return reached - {room_of(file), "__version__"}


def allowed_imports() -> dict[str, set[str] | None]:
    """What docs/architecture.md lets each room import; None means all of them."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    allowed: dict[str, set[str] | None] = {}
    for row in re.findall(r"^\| `(\w+)(?:\.py|/)` \|.*\| (.*?) \|$", text, re.MULTILINE):
        room, names = row
        words = set(re.findall(r"\w+", names))
        allowed[room] = None if names.startswith("all") else words - {"nothing"}
    return allowed


def test_the_architecture_names_every_room() -> None:
    rooms = {room_of(file) for file in FILES} - {"__init__", "__main__", "_version"}
    assert rooms - allowed_imports().keys() == set(), "docs/architecture.md lacks a row for these rooms"


@pytest.mark.parametrize("file", [file for file in FILES if len(file.parts) > 1], ids=str)
def test_arrows_run_one_way(file: Path) -> None:
    allowed = allowed_imports()[room_of(file)]
    if allowed is not None:
        assert rooms_imported_by(file) - allowed - EVERYWHERE == set()


def test_nothing_but_the_entry_point_imports_the_command_line_or_the_server() -> None:
    outside = [file for file in FILES if room_of(file) not in {"cli", "web", "__main__"}]
    assert {str(file) for file in outside if rooms_imported_by(file) & {"cli", "web"}} == set()


def test_reading_needs_no_training_framework() -> None:
    found = {
        str(file): names
        for file in FILES
        if room_of(file) in FRAMEWORK_FREE
        and (names := {name.split(".")[0] for name in imports_of(file)} & FRAMEWORKS)
    }
    assert found == {}


def test_importing_the_package_imports_nothing_heavy(run_python: RunPython) -> None:
    heavy = ["keras", "tensorflow", "jax", "torch", "onnxruntime", "cv2", "numpy", "PIL", "matplotlib"]
    code = f"import inkdigits, inkdigits.cli, sys; print(*set({heavy}) & set(sys.modules))"
    assert run_python(code) == ("\n", "")


@pytest.mark.parametrize(
    "unsafe",
    [
        r"^\s*(import|from) (pickle|dill|joblib|shelve|marshal)\b",
        r"(?<![\w.])(eval|exec)\(",
        r"allow_pickle\s*=\s*True",
        r"safe_mode\s*=\s*False",
        r"shell\s*=\s*True",
    ],
)
def test_nothing_runs_code_from_a_file(unsafe: str) -> None:
    pattern = re.compile(unsafe, re.MULTILINE)
    assert [str(file) for file in FILES if pattern.search((SOURCE / file).read_text(encoding="utf-8"))] == []


def test_files_stay_short() -> None:
    lengths = {str(file): len((SOURCE / file).read_text(encoding="utf-8").splitlines()) for file in FILES}
    assert {file: lines for file, lines in lengths.items() if lines >= MAX_LINES} == {}


def test_examples_stay_short_enough_to_copy() -> None:
    examples = sorted((ROOT / "examples").glob("*.py"))
    assert examples
    long = {path.name for path in examples if len(path.read_text().splitlines()) > MAX_EXAMPLE_LINES}
    assert long == set()


def test_every_command_has_an_example_in_its_help() -> None:
    commands = typer.main.get_group(app).commands
    assert commands
    without = {name for name, command in commands.items() if not has_example(name, command.help or "")}
    assert without == set()


def has_example(name: str, text: str) -> bool:
    _, found, after = text.partition("Example")
    return bool(found) and f"inkdigits {name}" in after
