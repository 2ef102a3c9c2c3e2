"""What a run stands on, for metrics.json: the versions and the machine."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from inkdigits._version import __version__
from inkdigits.training.framework import import_keras

__all__ = ["machine_facts", "package_versions"]


def package_versions() -> dict[str, str]:
    """Return the versions of what training depends on, by name; what is not installed is left out."""
    keras = import_keras()
    backend = keras.backend.backend()
    # The CPU build of TensorFlow is a package of another name.
    names = ["numpy", "keras", backend, f"{backend}-cpu", "onnx", "onnxruntime", "tf2onnx"]
    versions = {"inkdigits": __version__, "python": platform.python_version()}
    for name in names:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def machine_facts() -> dict[str, str | int | None]:
    """Return what a training time depends on, and nothing that tells whose machine it is."""
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count(),
    }


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.is_file():
        for line in facts.read_text(errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor()
