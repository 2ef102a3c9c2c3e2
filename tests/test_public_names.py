"""The names that users build on: each module lists its own, and the package loads its own on first use."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import inkdigits

RunPython = Callable[..., tuple[str, str]]

SOURCE = Path(inkdigits.__file__).parent
MODULES = sorted(
    path.relative_to(SOURCE)
    for path in SOURCE.rglob("*.py")
    if path.name == "__init__.py" or not path.name.startswith("_")
)


def names_of(module: Path) -> list[str]:
    """The ``__all__`` of a module, read without importing it."""
    for node in ast.parse((SOURCE / module).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == [
            "__all__"
        ]:
            return list(ast.literal_eval(node.value))
    raise AssertionError(f"{module} has no __all__")


def by_kind_then_name(name: str) -> tuple[int, str]:
    """CONSTANTS, then Classes, then functions, each by name: the order that ruff (RUF022) keeps too."""
    is_constant = re.fullmatch(r"[A-Z][A-Z0-9_]+", name) is not None
    return (0 if is_constant else 1 if name[0].isupper() else 2), name


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_every_public_module_lists_its_names_sorted(module: Path) -> None:
    names = names_of(module)
    assert names == sorted(names, key=by_kind_then_name)


@pytest.mark.parametrize("name", inkdigits.__all__)
def test_every_public_name_loads(name: str) -> None:
    assert getattr(inkdigits, name) is not None
    assert name in dir(inkdigits)


def test_the_contract_is_public() -> None:
    contract = {
        "Reader",
        "evaluate",
        "load_data",
        "load_mnist",
        "train",
        "Field",
        "Page",
        "Table",
        "InkdigitsError",
    }
    assert contract <= set(inkdigits.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'inkdigits' has no attribute 'Writer'"):
        _ = inkdigits.Writer


def test_reading_from_python_loads_no_training_framework(run_python: RunPython) -> None:
    heavy = {"keras", "tensorflow", "jax", "torch", "matplotlib"}
    code = f"from inkdigits import Reader; import sys; print(*{heavy} & set(sys.modules))"
    assert run_python(code) == ("\n", "")
