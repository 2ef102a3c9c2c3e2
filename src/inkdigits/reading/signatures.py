"""Whether a signature is by the same signer as some references: an aid for whoever compares them, and no proof.

A picture is brought to one size, and a network turns it into a point on a sphere. How near the query's point lies to
the references' points, in itself and beside how near these lie to one another, gives a probability.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import ImageError, ModelError, NoInkError, UsageError
from inkdigits.reading.classifier import open_session, require_input, run_session
from inkdigits.reading.decode import ImageSource, decode_gray
from inkdigits.reading.ink import InkImage, extract_ink, quantile, to_working_size
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.weights import weights_path

__all__ = [
    "FEWEST_REFERENCES",
    "MOST_REFERENCES",
    "SIGNATURE_SIZE",
    "References",
    "SignatureMatch",
    "SignatureVerifier",
    "is_copy",
    "normalize_signature",
    "signature_evidence",
    "verify_signature",
]

SIGNATURE_SIZE = (48, 128)
"""Rows and columns of a normalized signature."""

FEWEST_REFERENCES, MOST_REFERENCES = 3, 10

# Of the references of one synthetic signer, 2 in 100 agree less, or hold one that is so little like the others; two
# signings are never so alike as a picture and its copy, saved again (`python benchmarks/signatures.py`).
_LEAST_AGREEMENT = 0.48
_LEAST_LIKENESS = 0.2
_COPY = 0.98  # the correlation of two normalized pictures, blurred a little
_COPY_BLUR = 1.0  # pixels

_MARGIN = 2
_SPECK = 6  # pixels of the working size
_BATCH = 64


@dataclass(frozen=True)
class SignatureMatch:
    """How a signature compares with references.

    probability: 0..1, calibrated on synthetic signatures, that the signer is the same; where one in two is genuine, a
    quarter is by somebody else and a quarter forged by somebody who knows the signature. similarity: the mean cosine,
    -1..1, between the query and each reference. agreement: that between references. references: how many there were.
    warning: what makes it doubtful that these are by one signer, "" where nothing does; the probability means little
    where they are not.
    """

    probability: float
    similarity: float
    agreement: float
    references: int
    warning: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }


class SignatureVerifier:
    """Compares signatures with the shipped network, or another of its kind."""

    def __init__(self, path: str | Path | None = None, *, threads: int = 0) -> None:
        """Load a network, float32 (N, 48, 128, 1) -> (N, D) of length 1; raise ModelError where it is none.

        threads: how many cores onnxruntime may use; 0 means all.
        """
        path = weights_path("signature") if path is None else Path(path)
        self._source = str(path)
        self._session = open_session(path, threads)
        self.facts = ModelFacts.from_metadata(self._session.get_modelmeta().custom_metadata_map, self._source)
        size = (self.facts.input_height, self.facts.input_width)
        if self.facts.kind != "signature" or size != SIGNATURE_SIZE:
            raise ModelError(f"{path} is a {self.facts.kind} model of {size}; expected a signature model")
        self._input = require_input(self._session, SIGNATURE_SIZE, self._source)

    def embed(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the points, float32 (N, D) of length 1, of normalized signatures, uint8 (N, 48, 128)."""
        parts = [
            run_session(
                self._session, self._input, self.facts.to_inputs(images[start : start + _BATCH]), self._source
            )
            for start in range(0, len(images), _BATCH)
        ]
        return np.concatenate(parts)

    def references(self, references: Sequence[ImageSource]) -> References:
        """Return 3 to 10 signatures of one signer, ready to be compared with.

        references: paths, bytes, binary streams, PIL images or uint8 arrays (H, W) or (H, W, 3) that show one
            signature each.

        Raise UsageError for another number of references, or where two are the same picture, be it saved anew;
        ImageError for a picture that cannot be read, NoInkError for one without ink, both naming it.
        """
        if not FEWEST_REFERENCES <= len(references) <= MOST_REFERENCES:
            raise UsageError(
                f"{len(references)} references were given; expected {FEWEST_REFERENCES} to {MOST_REFERENCES}"
            )
        names = [_name(source, f"reference {index}") for index, source in enumerate(references)]
        images = [_normalized(source, name) for source, name in zip(references, names, strict=True)]
        for index, image in enumerate(images):
            twin = _twin(image, images[:index], names)
            if twin is not None:
                raise UsageError(f"{names[index]} is the same picture as {twin}; give each once")
        return References(self, images, names, self.embed(np.stack(images)))

    def to_probability(self, similarity: float, agreement: float) -> float:
        """Return the probability that the signer is the same; see ``signature_evidence`` for both."""
        near, relative, offset = self.facts.confidence.get("signature", (10.0, 10.0, -5.0))
        score = near * similarity + relative * (similarity - agreement) + offset
        return 1 / (1 + math.exp(-min(max(score, -50), 50)))


@dataclass(frozen=True, eq=False)
class References:
    """Signatures of one signer: made by ``SignatureVerifier.references``."""

    verifier: SignatureVerifier
    images: Sequence[NDArray[np.uint8]]
    names: Sequence[str]
    points: NDArray[np.float32]

    @property
    def warning(self) -> str:
        """What makes it doubtful that all are by one signer; "" where nothing does."""
        among = self.points @ self.points.T
        likeness = (among.sum(axis=1) - 1) / (len(self.points) - 1)
        odd = int(likeness.argmin())
        if likeness[odd] < _LEAST_LIKENESS:
            return (
                f"{self.names[odd]} is little like the other references ({likeness[odd]:.2f}; 98 in 100 are more than "
                f"{_LEAST_LIKENESS}): is it by the same signer? If not, the probabilities mean little"
            )
        if likeness.mean() < _LEAST_AGREEMENT:
            return (
                f"the references are little like one another ({likeness.mean():.2f}; those of one signer mostly more "
                f"than {_LEAST_AGREEMENT}): are all by one? If not, the probabilities mean little"
            )
        return ""

    def compare(self, query: ImageSource) -> SignatureMatch:
        """Compare a signature, in any form that a reference may have, with these.

        Raise UsageError where it is a copy of one of them, since nobody signs twice alike; ImageError where it cannot
        be read, NoInkError where it has no ink.
        """
        name = _name(query, "the query")
        image = _normalized(query, name)
        twin = _twin(image, self.images, self.names)
        if twin is not None:
            raise UsageError(
                f"{name} is the same picture as {twin}; give one that is not among the references"
            )
        (point,) = self.verifier.embed(image[np.newaxis])
        similarity, agreement = signature_evidence(self.points, point)
        probability = self.verifier.to_probability(similarity, agreement)
        return SignatureMatch(probability, similarity, agreement, len(self.images), self.warning)


def verify_signature(references: Sequence[ImageSource], query: ImageSource) -> SignatureMatch:
    """Compare a signature with 3 to 10 references of one signer.

    references, query: paths, bytes, binary streams, PIL images or uint8 arrays (H, W) or (H, W, 3) that show one
        signature each.

    Raise what ``SignatureVerifier.references`` and ``References.compare`` raise.
    """
    return SignatureVerifier().references(references).compare(query)


def signature_evidence(references: NDArray[np.float32], query: NDArray[np.float32]) -> tuple[float, float]:
    """Return the mean cosine of a query (D,) to references (N, D), all of length 1; and that among the references."""
    among = references @ references.T
    pairs = np.triu_indices(len(references), 1)
    return float((references @ query).mean()), float(among[pairs].mean())


def normalize_signature(gray: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Return the signature in a uint8 gray image (H, W) as uint8 (48, 128), ink bright on 0; None where there is none.

    Size, place, paper and the darkness of the ink are taken away; proportions, slant and the width of strokes stay.
    """
    working = to_working_size(gray, line=True)
    for light in working.polarities:
        found = extract_ink(working, light=light)
        box = None if found is None else _extent(found)
        if found is not None and box is not None:
            return _fit(found, box)
    return None


def is_copy(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    """Tell whether two normalized signatures, uint8 (48, 128), show one signing: the same picture, or a copy of it."""
    blurred = [cv2.GaussianBlur(image, (0, 0), _COPY_BLUR).ravel() for image in (one, other)]
    return bool(np.asarray(np.corrcoef(blurred))[0, 1] >= _COPY)


def _name(source: ImageSource, otherwise: str) -> str:
    return str(source) if isinstance(source, str | Path) else otherwise


def _normalized(source: ImageSource, name: str) -> NDArray[np.uint8]:
    try:
        image = normalize_signature(decode_gray(source))
    except ImageError as error:
        raise ImageError(str(error) if name in str(error) else f"{name}: {error}") from error
    if image is None:
        raise NoInkError(f"{name} has no ink; expected a signature on paper")
    return image


def _twin(image: NDArray[np.uint8], images: Sequence[NDArray[np.uint8]], names: Sequence[str]) -> str | None:
    """Return the name of the same picture among ``images``, if it is there: the file itself, or one saved anew."""
    same = (name for one, name in zip(images, names, strict=False) if is_copy(one, image))
    return next(same, None)


def _extent(found: InkImage) -> tuple[int, int, int, int] | None:
    """Return (left, top, right, bottom) of the strokes; a thin line across the whole picture is a ruled one."""
    boxes = cv2.connectedComponentsWithStats(found.mask.astype(np.uint8), connectivity=8)[2][1:]
    height, width = found.mask.shape
    ruled = (boxes[:, 2] > 0.95 * width) & (boxes[:, 3] < 0.12 * height)
    boxes = boxes[(boxes[:, 4] >= _SPECK) & ~ruled]
    if not len(boxes):
        return None
    left, top = boxes[:, 0].min(), boxes[:, 1].min()
    right, bottom = (boxes[:, 0] + boxes[:, 2]).max(), (boxes[:, 1] + boxes[:, 3]).max()
    return int(left), int(top), int(right), int(bottom)


def _fit(found: InkImage, box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    left, top, right, bottom = box
    height, width = SIGNATURE_SIZE
    scale = min((height - 2 * _MARGIN) / (bottom - top), (width - 2 * _MARGIN) / (right - left))
    ink = found.ink[top:bottom, left:right]
    strokes = ink[ink > found.threshold]
    saturation = max(quantile(strokes, 0.6), 1.0) if len(strokes) else max(float(ink.max()), 1.0)
    strength = np.asarray(found.ink * np.float32(255 / saturation), np.float32)
    if scale < 0.8:
        strength = np.asarray(cv2.GaussianBlur(strength, (0, 0), 0.4 / scale), np.float32)
    across = (width - scale * (right - left)) / 2 - scale * left
    down = (height - scale * (bottom - top)) / 2 - scale * top
    matrix = np.array([[scale, 0, across], [0, scale, down]], np.float32)
    fitted = cv2.warpAffine(strength, matrix, (width, height), flags=cv2.INTER_LINEAR)
    return np.asarray(np.clip(fitted, 0, 255), np.uint8)
