"""RapidOCR and Tesseract beside the reader, on the same real handwriting.

    python benchmarks/other_engines.py FOLDER [--limit N] [--json FILE]

FOLDER is as real_handwriting.py takes it. RapidOCR (PP-OCRv6) is installed into an environment of its own under build/;
Tesseract is used where it is installed (`apt-get install tesseract-ocr`), told that a line of digits and separators is
to be read. Each engine reads one picture at a time, and is scored on digits, separators ignored; for dates too, since
the others know nothing of days. Tesseract's time holds the start of its process.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path

import cv2
from real_handwriting import digits, load_sets

from inkdigits import Reader

ROOT = Path(__file__).parents[1]
ENVIRONMENT = ROOT / "build" / "engines" / "rapidocr"
RAPIDOCR = "rapidocr==3.10.0"
SYMBOLS = "0123456789.,-/%:="

Engine = Callable[[list[Path], str], tuple[list[str], float]]
"""Paths of pictures and their kind -> a text each, and milliseconds a picture."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--limit", type=int, default=400, help="at most N fields a set (default 400)")
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    arguments = parser.parse_args()
    if arguments.folder is None:
        print("left out: name a folder of real handwriting to measure on (see --help)")
        return
    engines: dict[str, Engine] = {"inkdigits": read_with_inkdigits, "RapidOCR": read_with_rapidocr}
    if shutil.which("tesseract"):
        engines["Tesseract"] = read_with_tesseract
    else:
        print("Tesseract is not installed and is left out (apt-get install tesseract-ocr)")
    rows = []
    for name, images, texts, kind in load_sets(arguments.folder, arguments.limit):
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder) / f"{index:05d}.png" for index in range(len(images))]
            for path, image in zip(paths, images, strict=True):
                cv2.imwrite(str(path), image)
            for engine, read in engines.items():
                found, milliseconds = read(paths, kind)
                right = sum(digits(a) == digits(b) for a, b in zip(found, texts, strict=True))
                row = {"set": name, "engine": engine, "n": len(texts), "digits": 100 * right / len(texts)}
                rows.append({**row, "ms": milliseconds})
                print(
                    f"{name:<16} {engine:<10} n {len(texts):<5} digits {row['digits']:5.1f}  {milliseconds:7.2f} ms",
                    flush=True,
                )
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n")


def read_with_inkdigits(paths: list[Path], kind: str) -> tuple[list[str], float]:
    reader = Reader()
    reader.read_field(paths[0], kind=kind)
    start = time.perf_counter()
    texts = [reader.read_field(path, kind=kind).text for path in paths]
    return texts, 1000 * (time.perf_counter() - start) / len(paths)


def read_with_rapidocr(paths: list[Path], kind: str) -> tuple[list[str], float]:  # noqa: ARG001
    python = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        print(f"installing {RAPIDOCR} into {ENVIRONMENT.relative_to(ROOT)}", flush=True)
        venv.create(ENVIRONMENT, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", RAPIDOCR, "onnxruntime"], check=True)
    worker = Path(__file__).parent / "engines" / "rapidocr_reader.py"
    names = "\n".join(map(str, paths))
    done = subprocess.run([python, worker], input=names, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"RapidOCR failed:\n{done.stderr}")
    answer = json.loads(done.stdout[done.stdout.index('{"texts"') :])
    return answer["texts"], answer["ms"]


def read_with_tesseract(paths: list[Path], kind: str) -> tuple[list[str], float]:
    mode = "10" if kind == "digit" else "7"  # one character, or one line
    start = time.perf_counter()
    texts = []
    for path in paths:
        command = ["tesseract", str(path), "-", "--psm", mode, "-c", f"tessedit_char_whitelist={SYMBOLS}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        texts.append(done.stdout.strip())
    return texts, 1000 * (time.perf_counter() - start) / len(paths)


if __name__ == "__main__":
    main()
