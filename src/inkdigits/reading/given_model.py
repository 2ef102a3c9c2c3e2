"""A model that a user names in place of a shipped one: which of the two it takes the place of."""

from __future__ import annotations

from pathlib import Path

from inkdigits.containers import Kind
from inkdigits.reading.classifier import Classifier, open_session
from inkdigits.reading.line_model import LineModel
from inkdigits.reading.model_facts import ModelFacts

__all__ = ["open_given_model"]


def open_given_model(
    path: Path, kind: Kind, *, threads: int = 0
) -> tuple[Classifier | None, LineModel | None, Kind]:
    """Open an ONNX file or run folder; return it as the classifier or the line model, and the kind of field it reads.

    kind: what was asked for. "digit" takes a classifier and the other kinds a line model, but "auto" takes either: a
    classifier of digits competes with the line model as the shipped one does, and one of other symbols reads one symbol
    an image, which is kind "digit".

    Raise ModelError where the file is missing, damaged, not ours, or of the other sort.
    """
    file = path / "model.onnx" if path.is_dir() else path
    if kind == "digit" or (kind == "auto" and _is_classifier(file)):
        classifier = Classifier(file, threads=threads)
        return classifier, None, "digit" if classifier.facts.has_other_symbols else kind
    return None, LineModel(file, threads=threads), kind


def _is_classifier(file: Path) -> bool:
    metadata = open_session(file, 1).get_modelmeta().custom_metadata_map
    return ModelFacts.from_metadata(metadata, str(file)).kind == "classifier"
