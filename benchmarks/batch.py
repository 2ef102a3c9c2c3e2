"""How fast a batch reads single-field JPEGs from disk: one worker, two, and Ray, in turn on the same files.

    python benchmarks/batch.py [--files 4000] [--rounds 3] [--ray] [--flat 200000] [--json FILE]

Prints files a second from the command to its end, how much two workers gain, Ray against local workers, what a kill
may cost a worker, what one core takes for decoding, reading and writing, and with --flat the memory of a run over that
many files. Pictures are synthetic fields, 4,000 of them; more files are links to these.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from PIL import Image

from inkdigits import load_mnist
from inkdigits.batch.inputs import list_items
from inkdigits.batch.store import Store
from inkdigits.batch.work import Settings, Worker

_POLL_SECONDS = 0.2
_DRAWN = 4000  # pictures; more files are links to these
_WORKERS = 2  # of the run that is killed
_PARTS_BEFORE_KILL = 8


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kind", default="digit", choices=("digit", "number", "auto"))
    parser.add_argument("--ray", action="store_true", help="Ray on this machine too, with as many actors")
    parser.add_argument("--flat", type=int, default=0, help="files of a run whose memory is watched")
    parser.add_argument("--json", type=Path, help="where to write the raw results")
    arguments = parser.parse_args()
    results: dict[str, Any] = {}
    with TemporaryDirectory() as name:
        work = Path(name)
        make_files(work / "in", arguments.files, (1,) if arguments.kind == "digit" else (2, 3, 4, 5))
        ways = {"1 worker": ["--workers", "1"], "2 workers": ["--workers", "2"]}
        if arguments.ray:
            ways["Ray, 2 actors"] = ["--workers", "2", "--cluster", "local"]
        paces: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(arguments.rounds):
            for way, options in ways.items():
                output = work / f"{way}-{number}"
                seconds = timed(work / "in", output, arguments.kind, options)
                paces[way].append(arguments.files / seconds)
        for way, values in paces.items():
            print(f"{way}: {spread(values)} files/s")
        print(
            f"two workers against one: efficiency {mean(paces['2 workers']) / 2 / mean(paces['1 worker']):.2f}"
        )
        if arguments.ray:
            print(
                f"Ray against two workers: {mean(paces['Ray, 2 actors']) / mean(paces['2 workers']):.2f} of the pace"
            )
        output = work / "2 workers-0"
        results["bytes_a_row"] = bytes_a_row(output)
        print(f"{results['bytes_a_row']:.0f} bytes a row in Parquet")
        results |= {"paces": paces, "stages": stages(work / "in", arguments.kind)}
        results["lost"] = lost_to_a_kill(work / "in", work / "killed", arguments.kind)
        if arguments.flat:
            results["memory"] = memory(work, arguments.flat, arguments.kind)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


def make_files(folder: Path, count: int, digits: Sequence[int] = (1,)) -> None:
    """Write fields of MNIST's training digits, dark on light, as JPEGs of a form's scan would be."""
    folder.mkdir()
    images = load_mnist()[0][0]
    rng = np.random.default_rng(1)
    for number in range(min(count, _DRAWN)):
        chosen = images[rng.integers(len(images), size=rng.choice(digits))]
        ink = np.concatenate(list(chosen), axis=1).astype(np.float32) / 255
        paper = 235 + rng.normal(0, 4, (ink.shape[0] + 20, ink.shape[1] + 20))
        paper[10:-10, 10:-10] -= 190 * ink
        Image.fromarray(np.clip(paper, 0, 255).astype(np.uint8)).resize(
            (2 * paper.shape[1], 2 * paper.shape[0]), Image.Resampling.BICUBIC
        ).save(folder / f"{number:07}.jpg", quality=88)
    for number in range(_DRAWN, count):
        os.link(folder / f"{number % _DRAWN:07}.jpg", folder / f"{number:07}.jpg")


def bytes_a_row(output: Path) -> float:
    files = sorted(output.glob("rows-*.parquet"))
    return sum(path.stat().st_size for path in files) / sum(pq.read_metadata(path).num_rows for path in files)


def command(source: Path, output: Path, kind: str, options: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "inkdigits", "batch", str(source), str(output), "--kind", kind, *options]


def timed(source: Path, output: Path, kind: str, options: Sequence[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command(source, output, kind, options), check=True, capture_output=True)
    return time.perf_counter() - start


def stages(source: Path, kind: Any) -> dict[str, float]:
    """Time what one core does, milliseconds a file: listing, decoding, reading, writing."""
    start = time.perf_counter()
    items = list_items(str(source))[0][:1024]
    listing = time.perf_counter() - start
    worker = Worker(Settings(kind=kind))
    worker.read(items[:64])
    start = time.perf_counter()
    from inkdigits.batch.inputs import read_item
    from inkdigits.reading import open_document

    for item in items:
        with open_document(read_item(item)) as document:
            document.page(1)
    decoding = time.perf_counter() - start
    start = time.perf_counter()
    part = worker.read(items)
    reading = time.perf_counter() - start - decoding
    with TemporaryDirectory() as name:
        store = Store(Path(name) / "out", "parquet")
        start = time.perf_counter()
        for number in range(4):
            store.write_part(number, part.rows[number * 256 : (number + 1) * 256])
        writing = time.perf_counter() - start
        store.close()
    total = len(list(source.iterdir()))
    found = {"list": listing / total, "decode": decoding / len(items), "read": reading / len(items)}
    found["write"] = writing / len(items)
    found = {name: 1000 * seconds for name, seconds in found.items()}
    print(
        "milliseconds a file on one core: "
        + ", ".join(f"{name} {value:.2f}" for name, value in found.items())
    )
    return found


def lost_to_a_kill(source: Path, output: Path, kind: str) -> float:
    """Kill a run in the middle, and return the most seconds of a worker that may be for nothing: those of a part."""
    process = subprocess.Popen(
        command(source, output, kind, ["--workers", str(_WORKERS)]),
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    written: list[float] = []  # when each part was
    while process.poll() is None and len(written) < _PARTS_BEFORE_KILL:
        new = len(list(output.glob("_work/part-*"))) - len(written)
        written += [time.perf_counter()] * new
        time.sleep(_POLL_SECONDS / 20)
    if len(written) < _PARTS_BEFORE_KILL:
        raise SystemExit(f"the run ended after {len(written)} parts; give more --files")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    # While one worker reads a part, each of the others writes about one.
    lost = max(after - before for before, after in zip(written, written[_WORKERS:], strict=False))
    start = time.perf_counter()
    subprocess.run(command(source, output, kind, []), check=True, capture_output=True)
    rest = time.perf_counter() - start
    print(
        f"killed after {len(written)} parts; a part, the most that is lost, took a worker up to {lost:.1f} s"
    )
    print(f"the rest took {rest:.1f} s")
    return lost


def memory(work: Path, count: int, kind: str) -> dict[str, Any]:
    """Read ``count`` files, and return the seconds and the most memory of all processes together, bytes."""
    folder = work / "flat"
    folder.mkdir()
    sources = sorted((work / "in").iterdir())
    for number in range(count):
        os.link(sources[number % len(sources)], folder / f"{number:07}.jpg")
    process = subprocess.Popen(
        command(folder, work / "flat-out", kind, ["--workers", "2"]), stderr=subprocess.DEVNULL
    )
    samples: list[tuple[float, int]] = []
    start = time.perf_counter()

    def watch() -> None:
        while process.poll() is None:
            samples.append((time.perf_counter() - start, used_bytes(process.pid)))
            time.sleep(1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    process.wait()
    watcher.join()
    seconds = time.perf_counter() - start
    quarter = [used for at, used in samples if at > seconds / 4]
    print(
        f"{count:,} files in {seconds:.0f} s, {count / seconds:.0f} files/s; memory of all processes at most "
        f"{max(used for _, used in samples) / 1e6:.0f} MB, after the first quarter {min(quarter) / 1e6:.0f} to "
        f"{max(quarter) / 1e6:.0f} MB"
    )
    return {"files": count, "seconds": seconds, "samples": samples}


def used_bytes(pid: int) -> int:
    """Return the proportional memory of a process and its descendants."""
    total, left = 0, [pid]
    while left:
        each = left.pop()
        try:
            for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += 1024 * int(line.split()[1])
            left += [int(child) for child in Path(f"/proc/{each}/task/{each}/children").read_text().split()]
        except OSError:
            continue
    return total


def spread(values: list[float]) -> str:
    return f"{mean(values):.0f}" + (f" ± {stdev(values):.0f}" if len(values) > 1 else " (n = 1)")


if __name__ == "__main__":
    main()
