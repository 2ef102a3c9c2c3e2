"""Synthetic fields on disk, so that training does not wait for them.

Making fields and training at the same time starves both of processor cores: `write_fields` makes them first,
`read_shard` gives them back.
"""

import json
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import DataError, OutputError, UsageError
from inkdigits.synthesis.fields import FIELD_BLOCK, field_block
from inkdigits.synthesis.hands import GlyphSources

__all__ = ["KINDS", "FieldShard", "read_shard", "to_height", "write_fields"]

KINDS = ("number", "reject", "empty")
"""The kinds of fields, in the order of their codes in a shard."""

_BLOCKS_IN_SHARD = 32

Mask = NDArray[np.uint8]


@dataclass(frozen=True)
class FieldShard:
    """Some thousand fields of one height, side by side.

    `pixels` uint8 (height, sum of widths), `bounds` int64 (N + 1,) where each begins and the last one ends,
    `texts` a str array (N,), `kinds` uint8 (N,) codes into `KINDS`.
    """

    pixels: Mask
    bounds: NDArray[np.int64]
    texts: NDArray[np.str_]
    kinds: NDArray[np.uint8]

    def __len__(self) -> int:
        """The number of fields."""
        return len(self.texts)

    def image(self, index: int) -> Mask:
        """Field number `index`, uint8 (height, W): a view."""
        return self.pixels[:, self.bounds[index] : self.bounds[index + 1]]


def write_fields(
    folder: Path,
    count: int,
    seed: int,
    sources: Callable[[], GlyphSources],
    *,
    workers: int = 1,
    height: int = 40,
    prepare: Callable[[Mask], Mask] | None = None,
) -> list[Path]:
    """Write `count` fields (rounded up to whole shards of 4,096) into `folder`, and return the shards' paths.

    Each worker process calls `sources` once, for instance `functools.partial(load_sources, Path(".fonts"))`.
    `prepare` turns a picture, uint8 (H, W), into uint8 (height, any width); by default that is `to_height`.
    What is in a shard depends on the seed and its number alone. A run that was broken off goes on where it
    stopped.

    Raises `UsageError` for a count, height or number of workers below 1, `OutputError` where `folder` cannot
    be written or holds other fields.
    """
    if min(count, height, workers) < 1 or seed < 0:
        raise UsageError(
            f"count {count}, height {height}, workers {workers}, seed {seed}: all but the seed are 1 or more"
        )
    prepare = partial(to_height, height=height) if prepare is None else prepare
    _open_folder(folder, {"seed": seed, "height": height, "blocks_in_shard": _BLOCKS_IN_SHARD})
    shards = -(-count // (FIELD_BLOCK * _BLOCKS_IN_SHARD))
    paths = [folder / f"shard-{number:05d}.npz" for number in range(shards)]
    missing = [number for number, path in enumerate(paths) if not path.exists()]
    if workers == 1:
        made = sources()
        for number in missing:
            _write_shard(paths[number], seed, number, made, prepare)
    elif missing:
        with ProcessPoolExecutor(workers, get_context("spawn"), _start_worker, (sources,)) as pool:
            tasks = [pool.submit(_work, paths[number], seed, number, prepare) for number in missing]
            for task in tasks:
                task.result()
    return paths


def read_shard(path: Path) -> FieldShard:
    """The fields of one file that `write_fields` wrote; raises `DataError` for any other file."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            shard = FieldShard(arrays["pixels"], arrays["bounds"], arrays["texts"], arrays["kinds"])
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise DataError(
            f"{path}: is no shard of fields ({error}); write it anew with write_fields"
        ) from error
    if len(shard.bounds) != len(shard.texts) + 1 or shard.bounds[-1] != shard.pixels.shape[1]:
        raise DataError(f"{path}: its counts contradict each other; write it anew with write_fields")
    return shard


def to_height(image: Mask, height: int) -> Mask:
    """The picture, uint8 (H, W), scaled to `height` rows, its proportions kept."""
    width = max(1, round(image.shape[1] * height / image.shape[0]))
    method = cv2.INTER_AREA if height < image.shape[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (width, height), interpolation=method), np.uint8)


def _open_folder(folder: Path, facts: dict[str, int]) -> None:
    """Make `folder`, or go on in it where it holds fields of the same facts."""
    note = folder / "fields.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if note.exists():
            found = json.loads(note.read_text(encoding="utf-8"))
            if found != facts:
                raise OutputError(f"{folder}: holds fields of {found}, not of {facts}; name another folder")
        elif any(folder.iterdir()):
            raise OutputError(f"{folder}: holds other things; name a folder that is new or empty")
        note.write_text(json.dumps(facts), encoding="utf-8")
    except (OSError, ValueError) as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"{folder}: cannot hold fields ({error}); name another folder") from error


def _write_shard(
    path: Path, seed: int, number: int, sources: GlyphSources, prepare: Callable[[Mask], Mask]
) -> None:
    blocks = range(number * _BLOCKS_IN_SHARD, (number + 1) * _BLOCKS_IN_SHARD)
    fields = [field for block in blocks for field in field_block(seed, block, sources)]
    images = [prepare(field.image) for field in fields]
    bounds = np.concatenate([[0], np.cumsum([image.shape[1] for image in images])])
    half_written = path.with_suffix(".partial")
    try:
        with half_written.open("wb") as file:
            np.savez(
                file,
                pixels=np.hstack(images),
                bounds=bounds.astype(np.int64),
                texts=np.array([field.text for field in fields], np.str_),
                kinds=np.array([KINDS.index(field.kind) for field in fields], np.uint8),
            )
        half_written.replace(path)
    except OSError as error:
        half_written.unlink(missing_ok=True)
        raise OutputError(
            f"{path}: cannot be written ({error.strerror}); make room or name another folder"
        ) from error


_worker_sources: list[GlyphSources] = []


def _start_worker(sources: Callable[[], GlyphSources]) -> None:
    cv2.setNumThreads(1)  # the processes share the cores already
    _worker_sources.append(sources())


def _work(path: Path, seed: int, number: int, prepare: Callable[[Mask], Mask]) -> None:
    _write_shard(path, seed, number, _worker_sources[0], prepare)
