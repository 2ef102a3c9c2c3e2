"""A batch: everything in a folder, a list or an address, read into rows; what was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from inkdigits._version import __version__
from inkdigits.batch.again import read_again
from inkdigits.batch.engines import PartDone, local_parts
from inkdigits.batch.inputs import Item, is_list, list_items, split_documents
from inkdigits.batch.progress import BatchProgress, SilentProgress
from inkdigits.batch.store import FileFormat, Part, Store
from inkdigits.batch.summary import Summary, write_summary
from inkdigits.batch.words import counted
from inkdigits.batch.work import Settings
from inkdigits.errors import OutputError, UsageError
from inkdigits.files import explain_write_error
from inkdigits.machine import available_cores
from inkdigits.reading import StatusThresholds
from inkdigits.reading.template_file import load_template

__all__ = ["batch"]

_FIELDS_A_PART = 256
_PAGES_A_PART = 4  # a page may take a second, and a part that is cut short is read again
_SECONDS_BETWEEN_COUNTS = 5.0
_SCHEMA_VERSION = 1
_READ_AT_ONCE = 1 << 20  # bytes
Engine = Callable[[list[Part], Settings], Generator[PartDone]]
"""Reads parts, writes them, and tells of each."""


def batch(
    source: str | Path,
    output: str | Path,
    settings: Settings | None = None,
    *,
    format: FileFormat = "parquet",
    workers: int | None = None,
    cluster: str | None = None,
    seconds: float = 120.0,
    retry_errors: bool = False,
    progress: BatchProgress | None = None,
) -> Summary:
    """Read everything that ``source`` names into rows in the folder ``output``; see docs/batch.md for both.

    settings: how fields are read. workers: how many processes, or actors of a cluster; None takes this machine's, or
    the cluster's, cores. cluster: None reads here; "local" starts Ray on this machine, and an address finds a cluster
    that runs, whose machines must all have ``output`` under the same path. seconds: how long one item may take
    before it is given up. retry_errors: once all is read, read again what ended in an error, and put its rows in the
    place of the errors.

    The same call again goes on where an earlier one was stopped, however that was, and the rows are those of a batch
    that was not: items are planned once, each part is written whole, and what is read together follows from the plan.
    Raise UsageError where there is nothing to read, where ``output`` was begun in another way, or options cannot be
    meant; OutputError where it cannot be written or the disk is full, with all that was done kept; DataError for a
    list that cannot be read; MissingExtraError without Ray. Processes are spawned, so a script that calls this keeps
    its own work under ``if __name__ == "__main__"``.
    """
    settings = settings or Settings()
    progress = progress or SilentProgress()
    if workers is not None and workers < 1:
        raise UsageError(f"workers is {workers}; expected a whole number from 1")
    for name, folder in (("OUTPUT", output), ("review", settings.review)):
        _require_folder_here(name, folder)
    settings = settings.absolute()
    about = _about(str(source), settings, format)
    store = Store(Path(output), format)
    try:
        begun = store.manifest is not None
        if begun:
            store.require_same(about)
        if store.is_finished:
            store.require_rows()
        if store.is_finished and not retry_errors and not store.again.exists():
            progress.say(f"{output} is complete already")
            return Summary.of_tables(store.tables())
        parts = [] if begun else _plan(str(source), settings, progress)
        if settings.review is not None:
            _make_folder(Path(settings.review))
        if not begun:
            store.begin(about, parts)

        def read_all(store: Store, parts: list[Part]) -> Summary:
            return _read_parts(store, parts, settings, _engine(cluster, workers, seconds, store), progress)

        if not store.is_finished:
            summary = read_all(store, store.parts())
            _finish(store, summary)
            if not (retry_errors and summary.errors):
                return summary
        return _read_errors_again(store, settings, read_all, progress)
    finally:
        store.close()


def _require_folder_here(name: str, folder: str | Path | None) -> None:
    """Raise UsageError for an address: as a path it would be a strange folder here."""
    if folder is not None and re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", str(folder)):
        raise UsageError(
            f"{name} is {folder}; expected a folder of this machine or a shared file system: rows are renamed into "
            "place, which object storage cannot; copy them there when all is done"
        )


def _plan(source: str, settings: Settings, progress: BatchProgress) -> list[Part]:
    progress.say(f"listing {source}")
    items, others = list_items(source)
    if others == 1:
        progress.say("1 file is no picture, and is left out")
    elif others:
        progress.say(f"{others:,} files are no pictures, and are left out")
    return _parts(_split(_counted_aloud(items, progress)), settings)


def _read_errors_again(
    store: Store,
    settings: Settings,
    read_all: Callable[[Store, list[Part]], Summary],
    progress: BatchProgress,
) -> Summary:
    errors = Summary.of_tables(store.tables()).errors
    if errors or store.again.exists():
        progress.say(f"reading again what ended in an error: {counted(errors, 'row')}")
        now = read_again(store, _split, lambda items: _parts(items, settings), read_all)
    else:
        progress.say("no row is an error")
        now = Summary()
    summary = Summary.of_tables(store.tables())
    summary.items, summary.read_seconds, summary.seconds = now.items, now.read_seconds, now.seconds
    _finish(store, summary)
    store.forget_again()
    return summary


def _read_parts(
    store: Store, parts: list[Part], settings: Settings, engine: Engine, progress: BatchProgress
) -> Summary:
    store.gather(len(parts))
    left = [part for part in parts if not store.is_done(part[0])]
    summary = Summary()
    if len(left) < len(parts):
        summary = Summary.of_tables(store.tables())
        progress.say(f"{len(parts) - len(left):,} of {counted(len(parts), 'part')} are done already")
    start = time.perf_counter()
    progress.begin(sum(len(items) for _, items in left))
    try:
        with closing(engine(left, settings)) as results:
            for done in results:
                summary.add(done)
                store.gather(len(parts), only=done.number)
                progress.part(done)
    finally:
        progress.close()
    store.gather(len(parts))
    summary.read_seconds = time.perf_counter() - start
    return summary


def _finish(store: Store, summary: Summary) -> None:
    write_summary(summary, store.folder)
    store.finish(keep_plan=summary.errors > 0)


def _engine(cluster: str | None, workers: int | None, seconds: float, store: Store) -> Engine:
    if cluster is None:
        count = workers or available_cores()
        return lambda parts, settings: local_parts(parts, settings, store.write_part, count, seconds)
    from inkdigits.batch.ray_engine import ray_parts

    return lambda parts, settings: ray_parts(parts, settings, store.folder, cluster, workers, seconds)


def _counted_aloud(items: Sequence[Item], progress: BatchProgress) -> Iterator[Item]:
    """Yield items, and tell now and then how many there were: to count a document's pages takes a while."""
    told = time.monotonic()
    for count, item in enumerate(items):
        if time.monotonic() - told > _SECONDS_BETWEEN_COUNTS:
            told = time.monotonic()
            progress.say(f"{count:,} of {len(items):,} looked into")
        yield item


def _split(items: Iterable[Item]) -> Iterator[Item]:
    return split_documents(items, _PAGES_A_PART)


def _parts(items: Iterable[Item], settings: Settings) -> list[Part]:
    """Return items in parts of so many fields, or so few pages, in order."""
    parts: list[Part] = []
    room = 0.0
    for item in items:
        is_page = settings.reads_pages or Path(item.location).suffix.lower() == ".pdf"
        share = 1 / (_PAGES_A_PART if is_page else _FIELDS_A_PART)
        if not parts or room < share - 1e-9:
            parts.append((len(parts), []))
            room = 1.0
        parts[-1][1].append(item)
        room -= share
    return parts


def _about(source: str, settings: Settings, format: FileFormat) -> dict[str, Any]:
    """Return what two calls must have in common to be one batch; raise as ``Settings.reader`` does."""
    reader, _ = settings.reader()
    options = {
        name: list(map(str, value)) if isinstance(value, list | tuple) else str(value)
        for name, value in settings.options.items()
        if value is not None
    }
    return {
        "schema_version": _SCHEMA_VERSION,
        "inkdigits": __version__,
        "source": source if "://" in source else str(Path(source).resolve()),
        "list": _digest(Path(source)) if is_list(source) else None,
        "format": format,
        "kind": settings.kind,
        "options": options,
        "pages": settings.pages,
        "template": None if settings.template is None else _template_digest(Path(settings.template)),
        "models": [f"{facts.name} {facts.version}" for facts in reader.models()],
        "model": None if settings.model is None else _model_digest(Path(settings.model)),
        "review": settings.review,
        "thresholds": _told(settings.thresholds),
    }


def _told(thresholds: StatusThresholds) -> str | None:
    """Return thresholds in words; None for the usual ones, of which older batches say nothing."""
    if thresholds == StatusThresholds():
        return None
    return f"ok from {thresholds.ok}, rejected from {thresholds.rejected}"


def _digest(path: Path) -> str:
    try:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while part := file.read(_READ_AT_ONCE):
                digest.update(part)
        return digest.hexdigest()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def _template_digest(path: Path) -> str:
    """Return what changes where the template does, or the blank form's picture that it names."""
    return hashlib.sha256(_digest(path).encode() + load_template(path).blank).hexdigest()


def _model_digest(path: Path) -> str:
    return _digest(path / "model.onnx" if path.is_dir() else path)


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(explain_write_error(path, error)) from error
