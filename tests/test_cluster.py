import sys

import pytest

from inkdigits.cluster import connect_to_ray, last_line
from inkdigits.errors import MissingExtraError


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"inkdigits\[cluster\]"):
        connect_to_ray("local", 1)


@pytest.mark.parametrize(
    ("error", "line"), [(ValueError("a\nb \n\n"), "b"), (ValueError(), "ValueError"), (OSError("x"), "x")]
)
def test_the_last_line_of_an_error(error: Exception, line: str) -> None:
    assert last_line(error) == line
