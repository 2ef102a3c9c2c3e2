from itertools import pairwise

import numpy as np
import pytest

from inkdigits.reading.signatures import normalize_signature
from inkdigits.synthesis.signatures import Signer


@pytest.fixture
def signers() -> list[Signer]:
    return [Signer.sample(np.random.default_rng((5, number))) for number in range(12)]


def difference(a: np.ndarray, b: np.ndarray) -> float:
    seen = [normalize_signature(image) for image in (a, b)]
    first, second = (image.astype(float) for image in seen if image is not None)
    return 1 - float((first * second).sum() / np.sqrt((first**2).sum() * (second**2).sum()))


def test_the_same_seed_signs_alike(signers: list[Signer]) -> None:
    once, again = (signers[0].sign(np.random.default_rng(1)) for _ in range(2))
    assert np.array_equal(once, again)
    assert once.dtype == np.uint8
    assert 40 <= once.shape[0] <= 160


def test_a_hand_is_nearer_to_itself_than_to_a_forger_and_to_others(signers: list[Signer]) -> None:
    rng = np.random.default_rng(2)
    own, forged, others = [], [], []
    for signer, other in pairwise(signers):
        reference = signer.sign(rng)
        own.append(difference(reference, signer.sign(rng)))
        forged.append(difference(reference, signer.forge(other, rng)))
        others.append(difference(reference, other.sign(rng)))
    assert np.mean(own) < np.mean(forged) < np.mean(others)


def test_a_forger_has_a_bias_of_their_own(signers: list[Signer]) -> None:
    rng = np.random.default_rng(3)
    signer, forger = signers[0], signers[1]
    copies = [difference(signer.forge(forger, rng), signer.forge(forger, rng)) for _ in range(6)]
    by_others = [difference(signer.forge(forger, rng), signer.forge(other, rng)) for other in signers[2:8]]
    assert np.mean(copies) < np.mean(by_others)
