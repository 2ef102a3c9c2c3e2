"""How long one waits: for a digit from the shell, for the reader, for MNIST, for Kaggle's train.csv.

    python benchmarks/start_up.py [--runs 10] [--json FILE]

inkdigits read PHOTO --kind digit        0.36 ± 0.01 s (n = 10)
Reader() and its first digit and number  0.15 ± 0.02 s (n = 10)
load_mnist()                             0.19 ± 0.01 s (n = 10)
load_data(train.csv), 42,000 rows        0.70 ± 0.02 s (n = 10)

Measured on two cores of an AMD EPYC, idle otherwise; raw numbers in records/2026-11-22-start-up.
Each is timed in a fresh process, on files that the system has in memory; mean ± standard deviation of the runs, in
seconds. The shell command includes Python's own start.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import mean, stdev
from tempfile import TemporaryDirectory

from tutorial_models import write_kaggle_csv

PHOTO = Path(__file__).parents[1] / "examples" / "photos" / "digit-7.jpg"
TIMED = "import time; {imports}; start = time.perf_counter(); {work}; print(time.perf_counter() - start)"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    arguments = parser.parse_args()
    results = []
    with TemporaryDirectory() as folder:
        table = write_kaggle_csv(Path(folder) / "train.csv")
        waits = {
            "inkdigits read PHOTO --kind digit": time_shell,
            "Reader() and its first digit and number": lambda: time_python(
                "import inkdigits, numpy",
                "r = inkdigits.Reader(); p = numpy.full((50, 50), 255, 'uint8'); "
                "r.read_field(p, 'digit'); r.read_field(p, 'number')",
            ),
            "load_mnist()": lambda: time_python("from inkdigits import load_mnist", "load_mnist()"),
            "load_data(train.csv), 42,000 rows": lambda: time_python(
                "from inkdigits import load_data", f"load_data({str(table)!r})"
            ),
        }
        for name, wait in waits.items():
            wait()  # the first run brings files into memory
            seconds = [wait() for _ in range(arguments.runs)]
            print(f"{name:<40} {mean(seconds):.2f} ± {stdev(seconds):.2f} s (n = {len(seconds)})", flush=True)
            results.append({"wait": name, "seconds": seconds})
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


def time_shell() -> float:
    command = [sys.executable, "-m", "inkdigits", "read", str(PHOTO), "--kind", "digit"]
    start = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - start


def time_python(imports: str, work: str) -> float:
    command = [sys.executable, "-c", TIMED.format(imports=imports, work=work)]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


if __name__ == "__main__":
    main()
