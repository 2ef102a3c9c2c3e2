"""The exception tree: drawn as it is, and every error is of the built-in kind that a caller would expect."""

import pickle
import re

import pytest

from inkdigits import errors
from inkdigits.errors import (
    DataError,
    FormMismatchError,
    ImageError,
    InkdigitsError,
    MissingExtraError,
    ModelError,
    NoInkError,
    OutputError,
    ServerError,
    TemplateError,
    UsageError,
)

BUILT_IN_KIND = {
    UsageError: ValueError,
    DataError: ValueError,
    ImageError: ValueError,
    NoInkError: ImageError,
    FormMismatchError: ImageError,
    TemplateError: ValueError,
    ModelError: ValueError,
    OutputError: OSError,
    ServerError: OSError,
    MissingExtraError: ImportError,
}


@pytest.mark.parametrize(("error", "kind"), BUILT_IN_KIND.items(), ids=lambda kind: kind.__name__)
def test_one_tree_and_the_built_in_kinds(error: type[Exception], kind: type[Exception]) -> None:
    assert issubclass(error, InkdigitsError)
    assert issubclass(error, kind)


def test_every_error_is_listed_here_and_public() -> None:
    assert {error.__name__ for error in BUILT_IN_KIND} | {"InkdigitsError"} == set(errors.__all__)


def test_the_docstring_draws_the_tree_as_it_is() -> None:
    drawn: dict[str, str] = {}
    branch = ["InkdigitsError"]
    for indent, name in re.findall(r"^    ([│ ]*[├└]── )(\w+)", errors.__doc__ or "", re.MULTILINE):
        depth = len(indent) // 4
        branch = [*branch[:depth], name]
        drawn[name] = branch[depth - 1]
    assert drawn == {error.__name__: error.__bases__[0].__name__ for error in BUILT_IN_KIND}


def test_a_server_error_keeps_its_status_across_processes() -> None:
    error = pickle.loads(pickle.dumps(ServerError("busy", 503)))
    assert (str(error), error.status) == ("busy", 503)


def test_a_missing_extra_says_what_to_install_in_one_line() -> None:
    error = MissingExtraError("train", "keras")
    assert str(error) == "keras is not installed; pip install 'inkdigits[train]' brings it"
    assert error.extra == "train"
