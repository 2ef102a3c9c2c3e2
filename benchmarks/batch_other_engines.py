"""A batch beside the obvious alternative, a Python loop over RapidOCR, on the same files of real handwriting.

    python benchmarks/batch_other_engines.py FOLDER [--limit N] [--rounds N] [--json FILE]

FOLDER is as real_handwriting.py takes it; its numbers are written as JPEGs, one field each. `inkdigits batch --kind
number` reads them with one worker and with two, from the command to its end. The loop is one process that recognizes
file after file with RapidOCR (PP-OCRv6, in an environment of its own), on as many threads as it takes by itself, here
all cores; its start is not counted. Prints files a second and, for each set, how many percent have all digits right,
separators ignored.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from statistics import mean

import cv2
import pyarrow.parquet as pq
from other_engines import read_with_rapidocr
from real_handwriting import digits, load_sets

from batch import spread, timed


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--limit", type=int, default=1000, help="at most N fields a set (default 1000)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    arguments = parser.parse_args()
    if arguments.folder is None:
        print("left out: name a folder of real handwriting to measure on (see --help)")
        return
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        truth = write_files(arguments.folder, work / "in", arguments.limit)
        paths = [work / "in" / file for file in truth]
        ways = {"inkdigits, 1 worker": ["--workers", "1"], "inkdigits, 2 workers": ["--workers", "2"]}
        paces: dict[str, list[float]] = {way: [] for way in [*ways, "loop over RapidOCR"]}
        texts: dict[str, dict[str, str]] = {}
        for number in range(arguments.rounds):
            for way, options in ways.items():
                output = work / f"{way}-{number}"
                paces[way].append(len(paths) / timed(work / "in", output, "number", options))
                files = sorted(map(str, output.glob("rows-*.parquet")))
                rows = pq.read_table(files, columns=["source", "text"]).to_pylist()
                texts["inkdigits"] = {Path(row["source"]).name: row["text"] or "" for row in rows}
            found, milliseconds = read_with_rapidocr(paths, "number")
            paces["loop over RapidOCR"].append(1000 / milliseconds)
            texts["RapidOCR"] = dict(zip(truth, found, strict=True))
    for way, values in paces.items():
        print(f"{way}: {spread(values)} files/s (n = {len(paths):,} files)")
    ratio = mean(paces["inkdigits, 2 workers"]) / mean(paces["loop over RapidOCR"])
    print(f"two workers against the loop: {ratio:.1f} times the pace")
    right = {engine: score(answers, truth) for engine, answers in texts.items()}
    for engine, sets in right.items():
        print(f"{engine}: " + ", ".join(f"{name} {share:.1f}% digits right" for name, share in sets.items()))
    if arguments.json:
        arguments.json.write_text(json.dumps({"paces": paces, "right": right}, indent=1) + "\n")


def write_files(source: Path, folder: Path, limit: int) -> dict[str, str]:
    """Write each number as a JPEG; return the texts by file name, which begins with the set's."""
    folder.mkdir()
    truth = {}
    for name, images, texts, kind in load_sets(source, limit):
        if kind != "number":
            continue
        for index, (image, text) in enumerate(zip(images, texts, strict=True)):
            file = f"{name}-{index:05d}.jpg"
            cv2.imwrite(str(folder / file), image, [cv2.IMWRITE_JPEG_QUALITY, 92])
            truth[file] = text
    if not truth:
        raise SystemExit(f"{source} holds no strings/*/labels.tsv of numbers")
    return truth


def score(answers: dict[str, str], truth: dict[str, str]) -> dict[str, float]:
    shares: dict[str, list[bool]] = {}
    for file, text in truth.items():
        shares.setdefault(file.rpartition("-")[0], []).append(digits(answers.get(file, "")) == digits(text))
    return {name: 100 * mean(right) for name, right in shares.items()}


if __name__ == "__main__":
    main()
