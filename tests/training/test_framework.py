import os
import sys
from collections.abc import Callable

import pytest

from inkdigits.errors import MissingExtraError, UsageError
from inkdigits.machine import LEAN_KERAS
from inkdigits.training import framework
from inkdigits.training.framework import import_keras, quiet_stderr

RunPython = Callable[..., tuple[str, str]]


@pytest.mark.training
@pytest.mark.xdist_group("keras")
def test_keras_comes_quietly(run_python: RunPython) -> None:
    code = "from inkdigits.training.framework import import_keras; print(import_keras().backend.backend())"
    whole = (
        "; import sys; print({'pandas', 'sklearn', 'matplotlib'} <= set(sys.modules), 'jax' in sys.modules)"
    )
    assert run_python(code + whole, environment={LEAN_KERAS: ""}) == ("tensorflow\nTrue False\n", "")


@pytest.mark.training
@pytest.mark.xdist_group("keras")
def test_keras_comes_lean_where_that_is_asked_for(run_python: RunPython) -> None:
    code = """
import sys
from importlib.util import find_spec
from inkdigits.training.framework import import_keras

import_keras()
unused = {"jax", "matplotlib", "pandas", "sklearn"}
print(unused & sys.modules.keys(), all(map(find_spec, unused)))
import matplotlib
"""
    assert run_python(code, environment={LEAN_KERAS: "1"}) == ("set() True\n", "")


def test_importing_training_imports_no_framework(run_python: RunPython) -> None:
    code = "import inkdigits.training.ensemble_member, sys; print({'keras', 'tensorflow', 'onnx'} & set(sys.modules))"
    assert run_python(code) == ("set()\n", "")


@pytest.fixture
def not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "keras", raising=False)


@pytest.mark.usefixtures("not_imported")
def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for missing in ("keras", "tensorflow"):
        monkeypatch.setattr(
            framework, "find_spec", lambda name, missing=missing: None if name == missing else name
        )
        with pytest.raises(
            MissingExtraError, match=rf"{missing} is not installed; pip install 'inkdigits\[train\]'"
        ):
            import_keras()
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setattr(framework, "find_spec", lambda name: None if name == "jax" else name)
    with pytest.raises(UsageError, match="KERAS_BACKEND is jax, which is not installed; pip install jax"):
        import_keras()


@pytest.mark.usefixtures("not_imported")
def test_a_backend_that_does_not_train_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "numpy")
    with pytest.raises(UsageError, match="KERAS_BACKEND is 'numpy'; expected one of tensorflow, jax, torch"):
        import_keras()


def test_only_what_is_written_meanwhile_is_dropped(capfd: pytest.CaptureFixture[str]) -> None:
    os.write(2, b"before ")
    with quiet_stderr():
        os.write(2, b"meanwhile ")
        os.write(2, b"and again ")
    os.write(2, b"after")
    assert capfd.readouterr().err == "before after"
