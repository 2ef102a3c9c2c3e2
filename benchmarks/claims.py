"""The claims of speed and of accuracy again, with few seeds, as one table of ratios: what `make bench` runs.

    python benchmarks/claims.py [--seeds 2] [--rounds 2] [--only NAME ...] [--json FILE]

What takes an hour, the training of `tiny` and `accurate`, is left out unless it is asked for: --only slow-training.
Each ratio comes of one run in which both sides took turns on this machine, so that it holds on another; what one side
alone takes, and how surely, is in the records. Every other script here runs by itself, with more seeds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Claim:
    """What is claimed: a ratio that should be at least, or else at most, a bound."""

    text: str
    ratio: float
    bound: float
    at_least: bool = True

    @property
    def holds(self) -> bool:
        return self.ratio >= self.bound if self.at_least else self.ratio <= self.bound


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=2, help="of each recipe that is trained")
    parser.add_argument("--rounds", type=int, default=2, help="in which classifiers take turns")
    parser.add_argument("--only", nargs="+", choices=sorted(SOURCES), default=sorted({*SOURCES} - SLOW))
    parser.add_argument("--json", type=Path, help="where to write the ratios")
    arguments = parser.parse_args()
    claims: list[Claim] = []
    for name in arguments.only:
        script, options, claimed = SOURCES[name]
        options = [option.format(seeds=arguments.seeds, rounds=arguments.rounds) for option in options]
        print(f"bench: {script} {' '.join(options)}", flush=True)
        claims += claimed(measured(script, options))
    width = max(len(claim.text) for claim in claims)
    print(f"\n{'claim':<{width}}  {'ratio':>7}  {'bound':>8}")
    for claim in claims:
        bound = f"{'>=' if claim.at_least else '<='} {claim.bound:g}"
        print(
            f"{claim.text:<{width}}  {claim.ratio:>7.2f}  {bound:>8}  {'' if claim.holds else 'not met here'}"
        )
    if arguments.json:
        arguments.json.write_text(json.dumps([vars(claim) for claim in claims], indent=1) + "\n")


def measured(script: str, options: list[str]) -> Any:
    """Run a script of this folder and return what it wrote as JSON; stop where it fails."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "measured.json"
        subprocess.run([sys.executable, str(HERE / script), *options, "--json", str(path)], check=True)
        return json.loads(path.read_text())


def of_training(results: Any) -> Iterator[Claim]:
    cnn = results["cnn_seconds_to_enough"]
    for model, bound in (("fast", 30.0), ("fast-99.5", 2.0)):
        seconds = [run["seconds"] for run in results["runs"] if run["model"] == model]
        yield Claim(f"{model}: times as fast as the tutorial CNN is at 99.0%", cnn / mean(seconds), bound)
    yield from of_accuracy(results, {"fast": 99.0, "fast-99.5": 99.5})


def of_slow_training(results: Any) -> Iterator[Claim]:
    return of_accuracy(results, {"tiny": 99.5, "accurate": 99.72})


def of_accuracy(results: Any, targets: dict[str, float]) -> Iterator[Claim]:
    for model, target in targets.items():
        right = [run["accuracy_percent"] for run in results["runs"] if run["model"] == model]
        yield Claim(f"{model}: right of the test images, over {target}%", mean(right) / target, 1.0)


def of_inference(rows: Any) -> Iterator[Claim]:
    for model in ("cnn", "fast"):
        forms = {row["form"]: row for row in rows if row["model"] == model}
        rate = {form: mean(row["images_a_second"]) for form, row in forms.items()}
        yield Claim(
            f"{model}: ONNX beside Keras' predict, images a second", rate["float32"] / rate["keras"], 1.0
        )
        yield Claim(f"{model}: 8 bits beside float32, images a second", rate["int8"] / rate["float32"], 2.0)
        yield Claim(
            f"{model}: 8 bits beside float32, test error",
            *ratio_of_errors(forms["int8"], forms["float32"]),
            False,
        )


def ratio_of_errors(small: Any, full: Any) -> tuple[float, float]:
    """Return the ratio of two errors in percent, and what it may be: 0.02 points more."""
    return small["error_percent"] / full["error_percent"], 1 + 0.02 / full["error_percent"]


def of_robustness(results: Any) -> Iterator[Claim]:
    first, second = (result["mean_corruption_error_percent"] for result in results)
    yield Claim("accurate: corruption error beside the digit classifier's", first / second, 1.0, False)


SOURCES: dict[str, tuple[str, list[str], Callable[[Any], Iterator[Claim]]]] = {
    "training": ("training_records.py", ["--seeds", "{seeds}", "--shells", "1"], of_training),
    "slow-training": (
        "training_records.py",
        ["--models", "tiny", "accurate", "--seeds", "{seeds}", "--shells", "0"],
        of_slow_training,
    ),
    "inference": ("inference.py", ["--rounds", "{rounds}"], of_inference),
    "robustness": ("robustness.py", ["accurate", "digit"], of_robustness),
}
SLOW = {"slow-training"}


if __name__ == "__main__":
    main()
