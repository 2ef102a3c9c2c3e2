"""`inkdigits serve` where its extra is not installed; tests/web has the rest."""

import sys

import pytest
from typer.testing import CliRunner

from inkdigits.cli import app
from inkdigits.errors import MissingExtraError


@pytest.mark.parametrize("package", ["uvicorn", "fastapi"])
def test_a_missing_extra_is_told_of(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    for name in [
        name for name in sys.modules if name.startswith("inkdigits.web.") and "settings" not in name
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("inkdigits.web.server", raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    done = CliRunner().invoke(app, ["serve"])
    assert isinstance(done.exception, MissingExtraError)
    assert str(done.exception) == f"{package} is not installed; pip install 'inkdigits[serve]' brings it"
