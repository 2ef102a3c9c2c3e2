"""Comparing signatures with references."""

import io
import itertools
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from inkdigits import verify_signature
from inkdigits.errors import ImageError, ModelError, NoInkError, UsageError
from inkdigits.reading.signatures import (
    SIGNATURE_SIZE,
    SignatureVerifier,
    is_copy,
    normalize_signature,
    signature_evidence,
)
from inkdigits.synthesis.signatures import Signer
from inkdigits.weights import weights_path

Pictures = list[NDArray[np.uint8]]


def signed(number: int, count: int) -> Pictures:
    rng = np.random.default_rng((2_000, number))
    signer = Signer.sample(rng)
    return [signer.sign(rng) for _ in range(count)]


def forged(number: int, count: int) -> Pictures:
    rng = np.random.default_rng((2_000, number))
    signer, forger = Signer.sample(rng), Signer.sample(np.random.default_rng((3_000, number)))
    return [signer.forge(forger, rng) for _ in range(count)]


def test_genuine_signatures_are_told_from_others_and_from_forgeries() -> None:
    """A cheap floor; benchmarks/signatures.py measures."""
    verifier = SignatureVerifier()
    right = {"genuine": 0, "random": 0, "forged": 0}
    count = 12
    for number in range(count):
        genuine = signed(number, 5)
        known = verifier.references(genuine[:4])
        right["genuine"] += known.compare(genuine[4]).probability > 0.5
        right["random"] += known.compare(signed(number + 100, 1)[0]).probability < 0.5
        right["forged"] += known.compare(forged(number, 1)[0]).probability < 0.5
    assert right["random"] >= count - 1
    assert right["genuine"] >= 0.75 * count
    assert right["forged"] >= 0.7 * count


def test_a_match_is_plain_json() -> None:
    pictures = signed(1, 4)
    match = verify_signature(pictures[:3], pictures[3])
    assert match.references == 3
    assert match.to_dict().keys() == {"probability", "similarity", "agreement", "references", "warning"}
    assert 0 <= match.to_dict()["probability"] <= 1


def test_size_and_polarity_do_not_matter() -> None:
    picture = Image.fromarray(signed(2, 1)[0])
    larger = picture.resize((2 * picture.width, 2 * picture.height))
    inverted = picture.point(lambda value: 255 - value)
    seen = [normalize_signature(np.asarray(image, np.uint8)) for image in (picture, larger, inverted)]
    assert all(one is not None and one.shape == SIGNATURE_SIZE for one in seen)
    points = SignatureVerifier().embed(np.stack([one for one in seen if one is not None]))
    assert (points @ points.T).min() > 0.9
    assert np.linalg.norm(points, axis=1) == pytest.approx(1, abs=1e-4)


def test_evidence_is_of_the_query_and_of_the_references() -> None:
    points = np.eye(3, dtype=np.float32)
    similarity, agreement = signature_evidence(points[[0, 0, 1]], points[0])
    assert (similarity, agreement) == pytest.approx((2 / 3, 1 / 3))


def test_a_copy_saved_anew_is_no_second_signing() -> None:
    pictures = signed(5, 4)
    picture = Image.fromarray(pictures[1])
    file = io.BytesIO()
    picture.resize((int(1.3 * picture.width), int(1.3 * picture.height))).save(file, "JPEG", quality=70)
    with pytest.raises(UsageError, match="the query is the same picture as reference 1"):
        verify_signature(pictures[:3], file.getvalue())
    seen = [normalize_signature(one) for number in range(20) for one in signed(number, 3)]
    genuine = [one for one in seen if one is not None]
    assert not any(is_copy(one, other) for one, other in itertools.combinations(genuine, 2))


@pytest.mark.parametrize("count", [0, 2, 11])
def test_too_few_and_too_many_references(count: int) -> None:
    with pytest.raises(UsageError, match=f"{count} references were given; expected 3 to 10"):
        verify_signature(signed(3, count), signed(3, 1)[0])


def test_what_cannot_be_compared_is_named(tmp_path: Path) -> None:
    pictures = signed(4, 4)
    with pytest.raises(UsageError, match="the query is the same picture as reference 1"):
        verify_signature(pictures[:3], pictures[1])
    with pytest.raises(UsageError, match="reference 2 is the same picture as reference 0"):
        verify_signature([pictures[0], pictures[1], pictures[0]], pictures[3])
    with pytest.raises(NoInkError, match="reference 1 has no ink"):
        verify_signature([pictures[0], np.full((50, 90), 250, np.uint8), pictures[1]], pictures[3])
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(ImageError, match=r"broken\.png"):
        verify_signature(pictures[:3], tmp_path / "broken.png")


def test_another_model_is_refused() -> None:
    with pytest.raises(ModelError, match="expected a signature model"):
        SignatureVerifier(weights_path("digit"))
