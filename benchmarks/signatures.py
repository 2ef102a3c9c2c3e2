"""How well the shipped network tells synthetic signers apart, and their forgers: equal error rates and calibration.

    python benchmarks/signatures.py [--signers 300] [--seeds 5] [--json FILE]

Each seed draws signers that nothing was trained or calibrated on, with 3 to 5 references each. Random: a signature by
somebody else. Forged: a copy by another hand. The equal error rate is that of the threshold at which as many genuine
signatures are turned away as others are taken, one threshold for all signers, on the probability. Synthetic signatures
are no real ones: real collections remain to be measured.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
from pathlib import Path
from statistics import mean, stdev

import numpy as np
from PIL import Image

from inkdigits.evaluation.calibration import expected_calibration_error
from inkdigits.reading.signatures import References, SignatureVerifier, is_copy, normalize_signature
from inkdigits.synthesis.signatures import Signer
from inkdigits.training.signature_export import Trial, signature_trials
from inkdigits.training.signature_model import make_signature_examples
from inkdigits.weights import weights_path

FIRST_SEED = 1001  # far from those of training and calibration


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--signers", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    arguments = parser.parse_args()
    verifier = SignatureVerifier()
    rows = []
    for seed in range(FIRST_SEED, FIRST_SEED + arguments.seeds):
        examples = make_signature_examples(arguments.signers, seed)
        rows.append(
            measure(verifier, signature_trials(weights_path("signature"), examples, seed))
            | warned_of(verifier, examples.genuine)
            | copies_found(examples.genuine, seed)
        )
        print(
            f"seed {seed}: " + ", ".join(f"{name} {value:.2f}" for name, value in rows[-1].items()),
            flush=True,
        )
    print(f"{arguments.seeds} seeds of {arguments.signers} signers each, percent:")
    for name in rows[0]:
        values = [row[name] for row in rows]
        print(f"{name}: {mean(values):.2f} ± {stdev(values) if len(values) > 1 else float('nan'):.2f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")


def measure(verifier: SignatureVerifier, trial: Trial) -> dict[str, float]:
    probability = np.array(
        [
            verifier.to_probability(*evidence)
            for evidence in zip(trial.similarity, trial.agreement, strict=True)
        ]
    )
    genuine = trial.kind == "genuine"
    figures = {
        f"equal error rate, {kind}": 100
        * equal_error_rate(probability[genuine], probability[trial.kind == kind])
        for kind in ("random", "forged")
    }
    figures["calibration error"] = 100 * expected_calibration_error(
        *balanced(probability, genuine, trial.kind)
    )
    figures["genuine given at least 0.9"] = 100 * float((probability[genuine] >= 0.9).mean())
    figures["forged given at least 0.9"] = 100 * float((probability[trial.kind == "forged"] >= 0.9).mean())
    return figures


def warned_of(verifier: SignatureVerifier, genuine: np.ndarray) -> dict[str, float]:
    figures = {}
    for others, name in ((0, "one signer"), (1, "one by another"), (2, "two by another")):
        sets = [
            [*signer[: 4 - others], *genuine[number - 1][:others]] for number, signer in enumerate(genuine)
        ]
        warned = [
            References(verifier, images, [""] * 4, verifier.embed(np.stack(images))).warning
            for images in sets
        ]
        figures[f"references warned of, {name}"] = 100 * float(np.mean([text != "" for text in warned]))
    return figures


def copies_found(genuine: np.ndarray, seed: int) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    pairs = [is_copy(*pair) for signer in genuine for pair in itertools.combinations(signer, 2)]
    found: dict[str, list[bool]] = {"saved anew": [], "turned and saved anew": []}
    for number in range(len(genuine)):
        draw = np.random.default_rng((seed, 7, number))
        picture = Signer.sample(draw).sign(draw)
        seen = normalize_signature(picture)
        for name, degrees in (("saved anew", 0.0), ("turned and saved anew", rng.uniform(-2, 2))):
            copy = normalize_signature(saved_anew(picture, degrees, rng))
            found[name].append(seen is not None and copy is not None and is_copy(seen, copy))
    return {
        "two signings taken for copies": 100 * float(np.mean(pairs)),
        **{f"copies found, {name}": 100 * float(np.mean(each)) for name, each in found.items()},
    }


def saved_anew(picture: np.ndarray, degrees: float, rng: np.random.Generator) -> np.ndarray:
    image = Image.fromarray(picture)
    scale = rng.uniform(0.6, 1.6)
    image = image.resize((round(scale * image.width), round(scale * image.height)))
    if degrees:
        image = image.rotate(degrees, Image.Resampling.BILINEAR, fillcolor=int(np.median(picture)))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=int(rng.integers(40, 90)))
    return np.asarray(Image.open(file))


def equal_error_rate(genuine: np.ndarray, others: np.ndarray) -> float:
    thresholds = np.unique(np.concatenate([genuine, others]))
    refused = np.searchsorted(np.sort(genuine), thresholds) / len(genuine)
    taken = 1 - np.searchsorted(np.sort(others), thresholds) / len(others)
    nearest = int(np.abs(refused - taken).argmin())
    return float(refused[nearest] + taken[nearest]) / 2


def balanced(
    probability: np.ndarray, genuine: np.ndarray, kinds: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return answers and whether they are right in the mixture that the probability is meant for, by drawing again."""
    rng = np.random.default_rng(1)
    chosen = np.concatenate(
        [
            rng.choice(np.flatnonzero(kinds == kind), count)
            for kind, count in (("genuine", 2000), ("random", 1000), ("forged", 1000))
        ]
    )
    sure = np.maximum(probability[chosen], 1 - probability[chosen])
    return sure, (probability[chosen] >= 0.5) == genuine[chosen]


if __name__ == "__main__":
    main()
